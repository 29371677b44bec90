"""The silence ladder's clock: how long a caller has said nothing that could be understood.

It runs on media time while it is the caller's turn. Sounds stop the count of silence but not that of the
turn, so noise cannot hold it up for long. A new turn begins the count of silence anew, but not that of
turns without a word: text that a recogniser made out of noise gets an answer and gives the turn back
again and again, and that too must end with a human. Only words of fair confidence or a key begin both
counts anew. Hold pauses both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

NOISE_MS = 15_000
"""How much longer than the silence limit turns without a word may last, whatever sounds there are. Chosen:
noise keeps a caller from a human for this long at most; shorter would cut off who speaks in noise."""
FAIR_CONFIDENCE = 0.6
"""Mean probability per token from which a text counts as words. Most speech in noise is above, what is
made out of a murmur of voices mostly below; nothing but this clock asks for it."""


@dataclass(frozen=True, slots=True)
class SilenceClock:
    """``waited_ms`` of the caller's turn were silent of ``limit_ms``; None: it is not their turn."""

    limit_ms: int | None = None
    waited_ms: int = 0
    turn_ms: int = 0
    """How long it has been the caller's turn, in this turn and those before, since the last words."""

    def armed(self, limit_ms: int) -> SilenceClock:
        """Begin the caller's turn."""
        return replace(self, limit_ms=limit_ms, waited_ms=0)

    def stopped(self) -> SilenceClock:
        """End the caller's turn."""
        return replace(self, limit_ms=None, waited_ms=0)

    def heard(self, confidence: float) -> SilenceClock:
        """Take note of a text, partial or whole; ``confidence`` 0 to 1. Words allow for more time."""
        return replace(self, waited_ms=0, turn_ms=0) if confidence >= FAIR_CONFIDENCE else self

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
