"""From hits to kind, urgency and danger signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.understanding.rules import Hit
from voicebot.understanding.types import FLAGS, Category, Urgency

DEFAULT_URGENCY: dict[Category, Urgency] = {
    "fire": "urgent",
    "rescue": "urgent",
    "ems": "urgent",
    "safety": "potential",
    "inquiry": "non_urgent",
    "other_agency": "non_urgent",
    "unclear": "unknown",
}
"""When the words tell the kind but not how bad it is: severity not shown means dispatch (2018 rule)."""

GUESS = 5
"""Rules of this weight and below guess a kind from single words; they count when nothing better is found."""

WEAK = 7
"""Kinds of this weight and below yield to the kind of a matter that is over."""

_FROM_HIGH: tuple[Urgency, ...] = ("urgent", "potential", "non_urgent", "unknown")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the hits of one text add up to."""

    category: Category
    code: str | None
    urgency: Urgency
    flags: tuple[str, ...]


def judge(hits: Sequence[Hit], over: Sequence[Hit] = ()) -> Judgement:
    """Return the kind of the heaviest hit, the highest stated urgency, and all flags.

    A stated low urgency replaces the default of the kind, never a stated high one. Of what is ``over``
    only the kind counts, and only where nothing else tells one.
    """
    hits = without_guesses(hits)
    kinds = [hit for hit in hits if hit.rule.category not in (None, "unclear") and hit.rule.weight > WEAK]
    kinds = kinds or [hit for hit in over if hit.rule.category is not None]
    kinds = kinds or [hit for hit in hits if hit.rule.category is not None]
    chief = max(kinds, key=lambda hit: hit.rule.weight, default=None)
    category: Category = chief.rule.category if chief and chief.rule.category else "unclear"
    stated = {hit.rule.urgency for hit in hits if hit.rule.urgency is not None}
    urgency = next((level for level in _FROM_HIGH if level in stated), DEFAULT_URGENCY[category])
    raised = {flag for hit in hits for flag in hit.rule.flags}
    raised -= {flag for hit in hits for flag in hit.rule.clears}
    return Judgement(
        category=category,
        code=chief.rule.code if chief else None,
        urgency=urgency,
        flags=tuple(flag for flag in FLAGS if flag in raised),
    )


def without_guesses(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Return the hits that count: guesses only where nothing else tells a kind."""
    if any(hit.rule.category is not None and not _guesses(hit) for hit in hits):
        return [hit for hit in hits if not _guesses(hit)]
    return hits


def _guesses(hit: Hit) -> bool:
    light = hit.rule.category is not None and hit.rule.weight <= GUESS
    return light and hit.rule.urgency not in ("urgent", "potential")
