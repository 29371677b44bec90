"""The waiting list: who gets the next human, their place, and how long that may take.

Pure: a frozen value with methods that return the next one.

The order. Each call counts as if it had asked later by the delay of its urgency (`DELAY_MS`), and who
asked first is first. So an urgent caller goes before one who is not urgent and came up to 15 minutes
earlier, but not before one who has waited longer than that: nobody starves, and two calls never change
places unless an urgency changes. Within one class it is first come, first served; a caller whose operator
hung up on them comes before all others of the class. A new urgency counts at once and keeps the age.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from voicebot.operators.desks import Operator, Pool, Wish
from voicebot.vocabulary.urgency import Urgency

DELAY_MS: Mapping[Urgency, int] = {
    "urgent": 0,
    "unknown": 60_000,
    "potential": 300_000,
    "non_urgent": 900_000,
}
"""By how much a call is put back behind an urgent one; unknown is urgent, after those known to be
(docs/decisions/0021-waiting-list.md)."""

_RELEASES_KEPT = 16
"""Talks over which the expected wait is a mean: so few that it follows a surge. Chosen, not measured."""
_RELEASES_NEEDED = 3
"""Two give one gap only, which is no mean."""
_RELEASE_FORGOTTEN_MS = 1_800_000
"""Half an hour: a surge is not like the hour before it. Chosen, not measured."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that wants a human, since when."""

    wish: Wish
    since_ms: int

    @property
    def counts_from_ms(self) -> int:
        """When it would have asked, had it been urgent."""
        return self.since_ms + DELAY_MS[self.wish.urgency]


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a call stands: 1 is next. ``expected_wait_s`` is None while it is not known."""

    position: int
    expected_wait_s: int | None


@dataclass(frozen=True, slots=True)
class WaitingList:
    """All calls that wait, and when desks came free."""

    entries: tuple[Waiting, ...] = ()
    releases: tuple[tuple[int, str], ...] = ()
    """When which desk ended a talk, oldest first."""

    def joined(self, wish: Wish, since_ms: int) -> WaitingList:
        """Put a call on the list in place of an earlier wish of it; ``since_ms``: when it first asked."""
        return replace(self.left(wish.call), entries=(*self.left(wish.call).entries, Waiting(wish, since_ms)))

    def left(self, call: str) -> WaitingList:
        """Take a call off the list."""
        return replace(self, entries=tuple(entry for entry in self.entries if entry.wish.call != call))

    def reranked(self, call: str, urgency: Urgency) -> WaitingList:
        """Put a call where its new urgency belongs; its age is kept."""
        entries = (
            replace(entry, wish=replace(entry.wish, urgency=urgency)) if entry.wish.call == call else entry
            for entry in self.entries
        )
        return replace(self, entries=tuple(entries))

    def released(self, name: str, loop_ms: int) -> WaitingList:
        """A desk has ended a talk."""
        return replace(self, releases=(*self.releases, (loop_ms, name))[-_RELEASES_KEPT:])

    def ordered(self) -> tuple[Waiting, ...]:
        """Return all entries, the one that gets the next desk first."""
        first_of_class: dict[Urgency, int] = {}
        for entry in self.entries:
            urgency = entry.wish.urgency
            first_of_class[urgency] = min(
                first_of_class.get(urgency, entry.counts_from_ms), entry.counts_from_ms
            )

        def rank(entry: Waiting) -> tuple[int, bool, int]:
            if entry.wish.returned:
                return first_of_class[entry.wish.urgency], False, entry.since_ms
            return entry.counts_from_ms, True, entry.since_ms

        return tuple(sorted(self.entries, key=rank))

    def places(self, pool: Pool, loop_ms: int) -> tuple[tuple[Waiting, QueuePlace], ...]:
        """Return who waits, the next one first, each with its place among those who wait for the same desks.

        The expected wait is the place times the mean time between the last talks that ended at desks of the
        call, the one that is running counted in. It is None until three have ended within half an hour.
        """
        found: list[tuple[Waiting, QueuePlace]] = []
        before: Counter[frozenset[str]] = Counter()
        desks: dict[object, frozenset[str]] = {}
        for entry in self.ordered():
            wish = entry.wish
            kind = wish.group, wish.tried, wish.urgent
            if kind not in desks:
                desks[kind] = pool.desks_for(wish)
            ours = desks[kind]
            position = 1 + sum(count for theirs, count in before.items() if not ours.isdisjoint(theirs))
            before[ours] += 1
            found.append((entry, QueuePlace(position, self._expected_wait_s(ours, position, loop_ms))))
        return tuple(found)

    def place_of(self, call: str, pool: Pool, loop_ms: int) -> QueuePlace | None:
        """Return the place of one call; None when it does not wait."""
        if not any(entry.wish.call == call for entry in self.entries):
            return None
        return next(place for entry, place in self.places(pool, loop_ms) if entry.wish.call == call)

    def _expected_wait_s(self, desks: frozenset[str], position: int, loop_ms: int) -> int | None:
        ends = [
            at_ms
            for at_ms, name in self.releases
            if name in desks and loop_ms - at_ms <= _RELEASE_FORGOTTEN_MS
        ]
        if len(ends) < _RELEASES_NEEDED:
            return None
        return position * (loop_ms - ends[0]) // (len(ends) - 1) // 1000

    def served(
        self, pool: Pool, loop_ms: int
    ) -> tuple[WaitingList, Pool, tuple[tuple[str, tuple[Operator, ...]], ...]]:
        """Give free desks to waiting calls in their order.

        A group that rings several desks at once leaves one for each call that waits behind, as far as there
        are any. Returns the next list and pool, and pairs of call and its desks.
        """
        grants: list[tuple[str, tuple[Operator, ...]]] = []
        rest = self
        ordered = self.ordered()
        for index, entry in enumerate(ordered):
            if pool.nobody_free(loop_ms):
                break
            behind = (other.wish for other in ordered[index + 1 :])
            pool, operators = pool.claimed(entry.wish, loop_ms, behind)
            if operators:
                grants.append((entry.wish.call, operators))
                rest = rest.left(entry.wish.call)
        return rest, pool, tuple(grants)
