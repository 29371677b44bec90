"""How long to wait before a process is started again: pure."""

from __future__ import annotations

STEPS_S = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)
"""The first restart is at once: others call. Chosen: then about doubled, so that one that cannot live does
not eat the processor; after 5 s at most a mended machine takes calls again."""
STEADY_S = 10.0
"""A process that lived for so long has proven itself: the next restart is immediate again."""


class Backoff:
    """Counts failures in a row."""

    def __init__(self) -> None:
        self._failures = 0

    def next_delay_s(self, lived_s: float) -> float:
        """Return the wait after a process that lived for ``lived_s``."""
        if lived_s >= STEADY_S:
            self._failures = 0
        delay_s = STEPS_S[min(self._failures, len(STEPS_S) - 1)]
        self._failures += 1
        return delay_s
