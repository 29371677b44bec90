"""The silence ladder's clock: how long a caller has said nothing that could be understood.

It runs on media time while it is the caller's turn. Sounds stop the count of silence but not that of the
turn, so noise cannot re-arm it or hold it up for long: only words, a key or a prompt of ours do. Hold
pauses both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

NOISE_MS = 15_000
"""How much longer than the silence limit a turn without a word may last, whatever sounds there are."""


@dataclass(frozen=True, slots=True)
class SilenceClock:
    """``waited_ms`` of the caller's turn were silent of ``limit_ms``; None: it is not his turn."""

    limit_ms: int | None = None
    waited_ms: int = 0
    turn_ms: int = 0
    """How long the turn has lasted since its beginning, or since the last words."""

    def armed(self, limit_ms: int) -> SilenceClock:
        """Begin the caller's turn."""
        return SilenceClock(limit_ms=limit_ms)

    def stopped(self) -> SilenceClock:
        """End the caller's turn."""
        return SilenceClock()

    def worded(self) -> SilenceClock:
        """Take note of words in speech that goes on: the turn may last longer."""
        return replace(self, waited_ms=0, turn_ms=0)

    def advanced(self, elapsed_ms: int, *, paused: bool, sounding: bool = False) -> tuple[SilenceClock, bool]:
        """Let time pass; returns the clock and whether the limit has just been reached.

        ``paused`` (hold, or we speak) stops all counts, ``sounding`` (an utterance is under way) that of
        the silence only. A limit that was reached stops the clock, so that it is reported once.
        """
        if self.limit_ms is None or paused:
            return self, False
        waited_ms = self.waited_ms + (0 if sounding else elapsed_ms)
        turn_ms = self.turn_ms + elapsed_ms
        if waited_ms >= self.limit_ms or turn_ms >= self.limit_ms + NOISE_MS:
            return SilenceClock(), True
        return replace(self, waited_ms=waited_ms, turn_ms=turn_ms), False
