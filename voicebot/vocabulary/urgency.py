"""How urgent a call is, and the rule of safety: an unknown urgency counts as urgent."""

from __future__ import annotations

from typing import Final, Literal, get_args

Urgency = Literal["urgent", "potential", "non_urgent", "unknown"]
"""The three levels of the 2018 life-safety rule, and unknown: not judged yet, so handled like urgent."""

URGENCIES: Final[tuple[Urgency, ...]] = get_args(Urgency)
"""Every urgency, as it is judged: the gravest first, last the one that says nothing."""

ROUTED_AS_URGENT: Final[tuple[Urgency, ...]] = ("urgent", "unknown")
"""Safety rule 1: who takes up a human at once. A caller of whom nothing is known may be dying."""

HELPED_FIRST: Final[tuple[Urgency, ...]] = (
    *ROUTED_AS_URGENT,
    *(each for each in URGENCIES if each not in ROUTED_AS_URGENT),
)
"""The order in which callers are helped, wherever one has to come before another."""


def routed_as_urgent(urgency: Urgency) -> bool:
    """Say whether a human must take this call first; an unknown urgency counts as urgent."""
    return urgency in ROUTED_AS_URGENT


def higher(first: Urgency, second: Urgency) -> Urgency:
    """Return the graver of two judgements; unknown is none and yields to anything that was judged."""
    return min(first, second, key=URGENCIES.index)


def helped_before(first: Urgency, second: Urgency) -> bool:
    """Say whether a caller of the first urgency is helped before one of the second."""
    return HELPED_FIRST.index(first) < HELPED_FIRST.index(second)
