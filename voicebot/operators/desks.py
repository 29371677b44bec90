"""Who is free and who waits: operators are given to waiting calls by urgency, then by age.

Pure: a frozen value with methods that return the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from voicebot.operators.transfer import Operator

URGENCY_ORDER = ("urgent", "unknown", "potential", "non_urgent")
"""Unknown counts as urgent, after those known to be."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that wants an operator; ``tried`` are desks that it does not want again."""

    call: str
    urgency: str
    since_ms: int
    tried: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Desks:
    """All operators, which of them are taken, and the waiting list."""

    operators: tuple[Operator, ...]
    taken: frozenset[str] = frozenset()
    waiting: tuple[Waiting, ...] = ()

    def joined(self, newcomer: Waiting) -> Desks:
        """Put a call on the list; one that is there already is replaced but keeps its age."""
        older = [entry for entry in self.waiting if entry.call == newcomer.call]
        if older:
            newcomer = replace(newcomer, since_ms=older[0].since_ms)
        rest = tuple(entry for entry in self.waiting if entry.call != newcomer.call)
        return replace(self, waiting=(*rest, newcomer))

    def left(self, call: str) -> Desks:
        """Take a call off the list."""
        return replace(self, waiting=tuple(entry for entry in self.waiting if entry.call != call))

    def freed(self, name: str) -> Desks:
        """Give a desk back."""
        return replace(self, taken=self.taken - {name})

    def nobody_for(self, tried: Iterable[str]) -> bool:
        """Whether every desk is among ``tried``, so that waiting is of no use."""
        return {operator.name for operator in self.operators} <= set(tried)

    def assigned(self) -> tuple[Desks, tuple[tuple[str, Operator], ...]]:
        """Give free desks to waiting calls; returns the new state and pairs of call and operator."""
        desks, pairs = self, []
        order = sorted(self.waiting, key=lambda entry: (URGENCY_ORDER.index(entry.urgency), entry.since_ms))
        for entry in order:
            for operator in desks.operators:
                if operator.name not in desks.taken and operator.name not in entry.tried:
                    pairs.append((entry.call, operator))
                    desks = replace(desks.left(entry.call), taken=desks.taken | {operator.name})
                    break
        return desks, tuple(pairs)
