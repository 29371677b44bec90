"""The silence ladder's clock: how long a caller has said nothing that could be understood.

It runs on media time while it is the caller's turn. Noise cannot re-arm it: only words, a key or a
prompt of ours do. Hold pauses it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class SilenceClock:
    """``waited_ms`` of the caller's turn have passed of ``limit_ms``; None: it is not his turn."""

    limit_ms: int | None = None
    waited_ms: int = 0

    def armed(self, limit_ms: int) -> SilenceClock:
        """Begin the caller's turn."""
        return SilenceClock(limit_ms=limit_ms)

    def stopped(self) -> SilenceClock:
        """End the caller's turn."""
        return SilenceClock()

    def advanced(self, elapsed_ms: int, *, paused: bool) -> tuple[SilenceClock, bool]:
        """Let time pass; returns the clock and whether the limit has just been reached.

        ``paused`` (hold, or the caller is in the middle of an utterance) stops the count, not the
        turn. A limit that was reached stops the clock, so that it is reported once.
        """
        if self.limit_ms is None or paused:
            return self, False
        waited_ms = self.waited_ms + elapsed_ms
        if waited_ms >= self.limit_ms:
            return SilenceClock(), True
        return replace(self, waited_ms=waited_ms), False
