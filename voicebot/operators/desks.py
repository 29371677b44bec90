"""Who can be rung: desks with their groups and skills, what each of them is doing, and who gets which.

Pure: a frozen value with methods that return the next one. ``loop_ms`` is the event loop's monotonic clock
in milliseconds, as the caller reads it. A claim is atomic: the desks that it returns are held by that call
until they are freed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from voicebot.vocabulary.urgency import Urgency, routed_as_urgent

_UNREACHABLE_CODES = frozenset({0, 404, 408, 410, 480, 500, 502, 503, 504, 604})
"""Answers to OPTIONS after which an INVITE would not ring either (RFC 3261 section 11.2)."""


class DeskState(StrEnum):
    """What a desk is doing."""

    FREE = "free"
    """It can be rung; of one that takes several calls at once: it has room for another."""
    RINGING = "ringing"
    ON_CALL = "on_call"
    PAUSED = "paused"
    """Its operator does not want to be rung."""
    RESTING = "resting"
    """It did not answer and is not rung again for a while."""
    UNREACHABLE = "unreachable"
    """Its phone is not there."""


_LAST_RESORTS = (DeskState.RESTING, DeskState.UNREACHABLE)


class Strategy(StrEnum):
    """Which desks of a group are rung."""

    IN_ORDER = "in_order"
    """One, the first free one of the settings."""
    LONGEST_FREE = "longest_free"
    """One, the one that has been free for the longest."""
    SEVERAL = "several"
    """Some at once, those that have been free for the longest."""
    ALL = "all"
    """All that are free, at once."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A phone that can be rung: the desk of one human, or the queue of a PBX."""

    name: str
    uri: str
    groups: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    calls_at_once: int | None = 1
    """Calls that may ring or talk there at the same time; None: any number."""


@dataclass(frozen=True, slots=True)
class Group:
    """Desks that a dialog can ask for by name."""

    name: str
    strategy: Strategy = Strategy.IN_ORDER
    at_once: int = 2
    """Desks that `Strategy.SEVERAL` rings."""
    next_group: str | None = None
    """Who is asked when nobody of this group is left."""
    uri: str | None = None
    """Where a caller is sent who is to reach this group without us."""


EVERYBODY = ""
"""The group of wishes without one."""
_PLAIN = Group(EVERYBODY)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a call wants: a human of a group, or of any when ``group`` is None."""

    call: str
    urgency: Urgency
    group: str | None = None
    skills: frozenset[str] = frozenset()
    """Skills that would help; nobody waits for them."""
    tried: frozenset[str] = frozenset()
    """Desks that it does not want again."""
    returned: bool = False
    """Its operator hung up before the caller did: it goes to the top of its class."""

    @property
    def urgent(self) -> bool:
        """Whether it is routed as urgent."""
        return routed_as_urgent(self.urgency)


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator's phone and what is known of it now."""

    operator: Operator
    ringing: frozenset[str] = frozenset()
    """Calls that hold it and are not talking."""
    talking: frozenset[str] = frozenset()
    paused: bool = False
    resting_until_ms: int = 0
    unreachable_until_ms: int = 0
    """What is known of a phone ages: after this it is rung again."""
    free_since_ms: int = 0
    heard_of_ms: int | None = None
    """When anything last told whether its phone is there, or was asked; None: never."""
    answers_options: bool = False
    """It has answered OPTIONS before, so that its silence means something."""

    @property
    def name(self) -> str:
        """The operator's name."""
        return self.operator.name

    @property
    def has_room(self) -> bool:
        """Whether it may hold another call."""
        most = self.operator.calls_at_once
        return most is None or len(self.ringing) + len(self.talking) < most

    def state(self, loop_ms: int) -> DeskState:
        """Say what it is doing."""
        if not self.has_room:
            return DeskState.ON_CALL if self.talking else DeskState.RINGING
        if self.paused:
            return DeskState.PAUSED
        if loop_ms < self.unreachable_until_ms:
            return DeskState.UNREACHABLE
        if loop_ms < self.resting_until_ms:
            return DeskState.RESTING
        return DeskState.FREE

    def may_be_rung(self, loop_ms: int) -> bool:
        """Whether it is a way to a human, now or before long."""
        return not self.paused and loop_ms >= self.unreachable_until_ms


@dataclass(frozen=True, slots=True)
class Pool:
    """All desks and the groups that they form."""

    desks: tuple[Desk, ...]
    groups: Mapping[str, Group] = field(default_factory=dict)

    @classmethod
    def of(cls, operators: Iterable[Operator], groups: Iterable[Group] = ()) -> Pool:
        """Begin with all desks free."""
        return cls(tuple(Desk(operator) for operator in operators), {group.name: group for group in groups})

    # --- asking ----------------------------------------------------------------------------------

    def desk(self, name: str) -> Desk | None:
        """Return the desk of that name."""
        return next((desk for desk in self.desks if desk.name == name), None)

    def nobody_for(self, wish: Wish, loop_ms: int) -> bool:
        """Whether no desk of the wish's group is left that is there and was not tried."""
        return not any(desk.may_be_rung(loop_ms) for desk in self._untried(wish, wish.group))

    def nobody_free(self, loop_ms: int) -> bool:
        """Whether no wish whatever could be given a desk now."""
        possible = (DeskState.FREE, *_LAST_RESORTS)
        return all(desk.state(loop_ms) not in possible for desk in self.desks)

    def desks_for(self, wish: Wish) -> frozenset[str]:
        """Return the desks that could be given to the wish, once they are free."""
        return frozenset(desk.name for group in self._reach(wish) for desk in self._untried(wish, group))

    def free_for(self, wish: Wish, loop_ms: int) -> tuple[Operator, ...]:
        """Return who could be rung for the wish now, the best first, all of one group.

        A matching skill comes first, then whoever has the fewest skills that are not needed, then the order
        of the group's strategy. An urgent wish goes on to the next groups at once when its own is busy, and
        as a last resort rings a desk that rests, or seems not to be there, if no other could come free.
        """
        for group in self._reach(wish):
            free = [desk for desk in self._untried(wish, group) if desk.state(loop_ms) is DeskState.FREE]
            if free:
                return self._sorted(free, wish, group)
        if not wish.urgent:
            return ()
        own = list(self._untried(wish, wish.group))
        if any(desk.may_be_rung(loop_ms) and not desk.has_room for desk in own):
            return ()
        for state in _LAST_RESORTS:
            last = [desk for desk in own if desk.state(loop_ms) is state]
            if last:
                return self._sorted(last, wish, wish.group)
        return ()

    def next_change_ms(self, loop_ms: int) -> int | None:
        """Return when the next rest or silence of a phone is over; None when none is under way."""
        ends = (end for desk in self.desks for end in (desk.resting_until_ms, desk.unreachable_until_ms))
        return min((end for end in ends if end > loop_ms), default=None)

    def unknown_since(self, before_ms: int) -> tuple[Operator, ...]:
        """Return the desks without a call of which nothing was heard since ``before_ms``."""
        return tuple(
            desk.operator
            for desk in self.desks
            if not (desk.ringing or desk.talking)
            and (desk.heard_of_ms is None or desk.heard_of_ms <= before_ms)
        )

    # --- changing --------------------------------------------------------------------------------

    def claimed(
        self, wish: Wish, loop_ms: int, rivals: Iterable[Wish] = ()
    ) -> tuple[Pool, tuple[Operator, ...]]:
        """Hold the desks that the group's strategy rings at once; none when none is free.

        Of several, one is left for each of the ``rivals`` who could have it, but the best is always taken.
        """
        free = self.free_for(wish, loop_ms)
        if not free:
            return self, ()
        group = self.groups.get(self._found_in(wish, free[0]), _PLAIN)
        most = {Strategy.SEVERAL: group.at_once, Strategy.ALL: len(free)}.get(group.strategy, 1)
        if most > 1:
            claimants = sum(not set(free).isdisjoint(self.free_for(rival, loop_ms)) for rival in rivals)
            most = max(1, min(most, len(free) - claimants))
        pool = self
        for operator in free[:most]:
            pool = pool._changed(
                operator.name, lambda desk: replace(desk, ringing=desk.ringing | {wish.call})
            )
        return pool, free[:most]

    def given(self, name: str, call: str) -> Pool | None:
        """Hold a desk whose operator wants that call, even if it is paused; None when it has no room."""
        desk = self.desk(name)
        if desk is None or not desk.has_room or call in desk.ringing | desk.talking:
            return None
        return self._changed(name, lambda desk: replace(desk, ringing=desk.ringing | {call}))

    def on_call(self, name: str, call: str, loop_ms: int) -> Pool:
        """The operator has answered and talks with the caller."""

        def change(desk: Desk) -> Desk:
            if call not in desk.ringing:
                return desk
            return replace(
                desk,
                ringing=desk.ringing - {call},
                talking=desk.talking | {call},
                heard_of_ms=loop_ms,
                resting_until_ms=0,
                unreachable_until_ms=0,
            )

        return self._changed(name, change)

    def freed(self, name: str, call: str, loop_ms: int) -> Pool:
        """Give a desk back after use; nothing happens when the call does not hold it."""
        return self._without(name, call, lambda desk: replace(desk, free_since_ms=loop_ms))

    def unclaimed(self, name: str, call: str) -> Pool:
        """Give back a desk that was not rung: it has been free all along."""
        return self._without(name, call, lambda desk: desk)

    def not_answered(self, name: str, loop_ms: int, rest_ms: int) -> Pool:
        """Nobody answered a desk: it rests. The queue of a PBX does not, since others may answer there."""
        return self._changed(
            name,
            lambda desk: (
                replace(desk, heard_of_ms=loop_ms, resting_until_ms=loop_ms + rest_ms)
                if desk.operator.calls_at_once == 1
                else desk
            ),
        )

    def not_there(self, name: str, loop_ms: int, unreachable_ms: int) -> Pool:
        """The phone of a desk could not be reached; it is to be asked by OPTIONS soon."""
        return self._changed(
            name, lambda desk: replace(desk, heard_of_ms=None, unreachable_until_ms=loop_ms + unreachable_ms)
        )

    def with_pause(self, name: str, *, paused: bool) -> Pool:
        """Let a desk not be rung until it is un-paused, which also ends its rest."""
        return self._changed(
            name,
            lambda desk: replace(
                desk, paused=paused, resting_until_ms=desk.resting_until_ms if paused else 0
            ),
        )

    def asked(self, uri: str, loop_ms: int) -> Pool:
        """A phone was asked by OPTIONS whether it is there."""
        return self._at(uri, lambda desk: replace(desk, heard_of_ms=loop_ms))

    def answered_options(self, uri: str, code: int, loop_ms: int, unreachable_ms: int) -> Pool:
        """A phone has answered OPTIONS with ``code``, 0 or 408 when it has not.

        Of a phone that never answers OPTIONS nothing is learnt: it may ring all the same.
        """

        def change(desk: Desk) -> Desk:
            desk = replace(desk, heard_of_ms=loop_ms)
            if code not in _UNREACHABLE_CODES:
                return replace(desk, unreachable_until_ms=0, answers_options=True)
            return (
                replace(desk, unreachable_until_ms=loop_ms + unreachable_ms) if desk.answers_options else desk
            )

        return self._at(uri, change)

    # --- inside ----------------------------------------------------------------------------------

    def _changed(self, name: str, change: Callable[[Desk], Desk]) -> Pool:
        return replace(self, desks=tuple(change(desk) if desk.name == name else desk for desk in self.desks))

    def _at(self, uri: str, change: Callable[[Desk], Desk]) -> Pool:
        return replace(
            self, desks=tuple(change(desk) if desk.operator.uri == uri else desk for desk in self.desks)
        )

    def _without(self, name: str, call: str, change: Callable[[Desk], Desk]) -> Pool:
        def given_back(desk: Desk) -> Desk:
            if call not in desk.ringing | desk.talking:
                return desk
            return change(replace(desk, ringing=desk.ringing - {call}, talking=desk.talking - {call}))

        return self._changed(name, given_back)

    def _untried(self, wish: Wish, group: str | None) -> Iterator[Desk]:
        """Yield the desks of a group, all without one, that the call has not tried and does not hold."""
        for desk in self.desks:
            member = group is None or group not in self.groups or group in desk.operator.groups
            if member and desk.name not in wish.tried and wish.call not in desk.ringing | desk.talking:
                yield desk

    def _reach(self, wish: Wish) -> tuple[str | None, ...]:
        """Return the groups in which a desk is looked for at once: of an urgent wish all that follow, too."""
        found: list[str | None] = [wish.group]
        while wish.urgent and found[-1] is not None:
            group = self.groups.get(found[-1])
            if group is None or group.next_group is None or group.next_group in found:
                break
            found.append(group.next_group)
        return tuple(found)

    def _found_in(self, wish: Wish, operator: Operator) -> str:
        return next((group for group in self._reach(wish) if group and group in operator.groups), EVERYBODY)

    def _sorted(self, desks: list[Desk], wish: Wish, group: str | None) -> tuple[Operator, ...]:
        strategy = self.groups.get(group or EVERYBODY, _PLAIN).strategy
        listed = strategy is Strategy.IN_ORDER

        def rank(desk: Desk) -> tuple[int, int, int]:
            skills = desk.operator.skills
            return (
                -len(skills & wish.skills),
                len(skills - wish.skills),
                0 if listed else desk.free_since_ms,
            )

        return tuple(desk.operator for desk in sorted(desks, key=rank))
