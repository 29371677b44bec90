"""The legs of one line process, and how many operators may ring at once for one caller."""

from __future__ import annotations

NEWCOMER_LEGS = 2
"""A caller who is just dialling 119, and the operator for that call."""


class LegBudget:
    """Which legs are taken. The core keeps it from what it sends and hears."""

    def __init__(self) -> None:
        self.legs: set[str] = set()
        """All legs that are alive or being made."""
        self._callers: set[str] = set()

    def offered(self, leg: str) -> None:
        """A caller has come."""
        self.legs.add(leg)
        self._callers.add(leg)

    def dialled(self, leg: str) -> None:
        """An operator is being called."""
        self.legs.add(leg)

    def ended(self, leg: str) -> None:
        """A leg is gone."""
        self.legs.discard(leg)
        self._callers.discard(leg)

    def lost(self) -> tuple[str, ...]:
        """All legs are gone; returns them."""
        gone = tuple(sorted(self.legs))
        self.legs.clear()
        self._callers.clear()
        return gone

    def phones_at_once(self, capacity: int) -> int:
        """Return how many phones may ring at once for a caller; 1 or more.

        A leg is kept for each caller's operator, and two for a newcomer with an operator: who rings several
        desks takes no way to a human from others.
        """
        spare = capacity - max(len(self.legs), 2 * len(self._callers)) - NEWCOMER_LEGS
        return 1 + max(0, spare)
