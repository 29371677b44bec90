"""From hits and second opinion to kind, urgency and danger signs.

What the thresholds below are worth, and how each was measured: docs/decisions/0009-rules-judge.md. Weights
are those of the lexicon's rules (2 to 50 in ours, 10 when none is given); odds are natural logarithms, added
up over the pieces of a text by `naive_bayes`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.understanding.naive_bayes import NO_OPINION, Opinion
from voicebot.understanding.results import FLAGS
from voicebot.understanding.rules import Hit
from voicebot.vocabulary.categories import Category
from voicebot.vocabulary.urgency import URGENCIES, Urgency

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

GUESS_WEIGHT = 5
"""Rules of this weight and below guess a kind from single words; they count when nothing better is found.

The convention that the lexicon is written by: all such rules stand at 5 or below, the next at 6.
"""

RAISED_ABOVE: dict[Urgency, float] = {"non_urgent": 0.0, "unknown": 25.0, "potential": 45.0}
"""Odds above which a text that the words call so is urgent all the same.

Non-urgent is raised by the least doubt: at 10 instead of 0, 34 of 1,122 everyday sentences fewer are called
urgent, but an urgent one is lost. Unknown is routed as urgent anyway, so it is raised only where it is sure.
"""

_PLAIN_CODE: dict[Category, str] = {
    "fire": "fire",
    "rescue": "rescue",
    "ems": "ems",
    "safety": "safety",
    "inquiry": "inquiry",
    "other_agency": "other",
}
"""Type of a kind of which no more is known."""

WEAK_WEIGHT = 7
"""Kinds of this weight and below yield to the kind of a matter that is over.

A convention of the lexicon; at 0 or 15 no more than 7 of 1,122 everyday sentences are judged otherwise.
"""

_LOW = ("potential", "non_urgent")

ODDS_PER_WEIGHT = 2.0
"""So many odds of the second opinion weigh as much as one of a rule's weight; best kinds of 0.5 to 8."""

WIDEST_ODDS = 36.0
"""So far apart the second opinion sets two kinds at most; a rule that is surer than that stands.

It bounds what examples can do to a rule of weight 18 above another: from 24 on the figures hardly change.
"""

SURE_ODDS = 12.0
"""Odds from which the second opinion alone tells a kind; best kinds of 0 to 30. The urgency stays unknown."""

DOUBTED_ODDS = -20.0
"""Odds of urgency under which the default urgency of a kind is not taken for granted: unknown, not urgent.

No urgent sentence is touched at any value up to 0, because unknown is routed as urgent too.
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the hits of one text add up to."""

    category: Category
    code: str | None
    urgency: Urgency
    flags: tuple[str, ...]
    sounds: tuple[str, ...] = ()
    """What only the second opinion told, for example ``likeness/fire`` and ``likeness/urgent``."""


def judge(hits: Sequence[Hit], over: Sequence[Hit] = (), opinion: Opinion = NO_OPINION) -> Judgement:
    """Return the kind for which rules and second opinion together weigh most, the highest urgency, all flags.

    A stated low urgency replaces the default of the kind, never a stated high one. Of what is ``over``
    only the kind counts, and only where nothing else tells one. The second opinion may raise a low urgency
    and question a default; it lowers no stated one.
    """
    hits = without_guesses(hits)
    kinds = [
        hit for hit in hits if hit.rule.category not in (None, "unclear") and hit.rule.weight > WEAK_WEIGHT
    ]
    kinds = kinds or [hit for hit in over if hit.rule.category is not None]
    kinds = kinds or [hit for hit in hits if hit.rule.category is not None]
    category, chief = _kind(kinds, opinion)
    by_rule = _heaviest(kinds)
    agreed = by_rule is not None and by_rule.rule.category == category
    stated = {hit.rule.urgency for hit in hits if hit.rule.urgency is not None}
    by_words: Urgency | None = next((level for level in URGENCIES if level in stated), None)
    settled = any(
        hit.rule.cancels and hit.rule.urgency in _LOW and hit.rule.category != "inquiry" for hit in hits
    )
    settled = (
        settled or by_rule is None
    )  # the second opinion alone tells a kind, no urgency: unknown is enough
    urgency = _urgency(by_words, category, opinion, agreed=agreed, settled=settled)
    raised = {flag for hit in hits for flag in hit.rule.flags}
    raised -= {flag for hit in hits for flag in hit.rule.clears}
    sounds: tuple[str, ...] = () if agreed or category == "unclear" else (f"likeness/{category}",)
    if urgency == "urgent" and by_words != "urgent" and not (agreed and by_words is None):
        sounds += ("likeness/urgent",)
    return Judgement(
        category=category,
        code=chief.rule.code if chief else _PLAIN_CODE.get(category),
        urgency=urgency,
        flags=tuple(flag for flag in FLAGS if flag in raised),
        sounds=sounds,
    )


def _kind(kinds: Sequence[Hit], opinion: Opinion) -> tuple[Category, Hit | None]:
    """Return the kind with the most weight behind it, and its heaviest rule when it has one."""
    loudest: Category = max(opinion.kinds, key=lambda each: opinion.kinds[each], default="unclear")
    most = opinion.kinds.get(loudest, 0.0)
    chiefs: dict[Category, Hit] = {}
    for hit in sorted(kinds, key=lambda hit: hit.rule.weight):
        if hit.rule.category is not None:
            chiefs[hit.rule.category] = hit
    if not chiefs:
        return (loudest if most >= SURE_ODDS else "unclear"), None
    total = {category: max(score, most - WIDEST_ODDS) for category, score in opinion.kinds.items()}
    for category, hit in chiefs.items():
        total[category] = total.get(category, 0.0) + ODDS_PER_WEIGHT * hit.rule.weight
    chosen = max(total, key=lambda each: total[each])
    return chosen, chiefs.get(chosen)


def _urgency(
    by_words: Urgency | None, category: Category, opinion: Opinion, *, agreed: bool, settled: bool
) -> Urgency:
    """Return the urgency that the words state or that goes with the kind, raised when it sounds urgent.

    What is ``settled`` (put out, freed, a pet) uses the words of an urgent call and is not raised for them.
    """
    urgency = by_words
    if urgency is None:
        urgency = DEFAULT_URGENCY[category] if agreed else "unknown"
        if urgency == "urgent" and opinion.urgent < DOUBTED_ODDS:
            urgency = "unknown"
    if urgency == "non_urgent" and not agreed:
        urgency = "unknown"
    if settled or category == "unclear" or opinion.urgent <= RAISED_ABOVE.get(urgency, math.inf):
        return urgency
    return "urgent"


def _heaviest(kinds: Sequence[Hit]) -> Hit | None:
    return max(kinds, key=lambda hit: hit.rule.weight, default=None)


def without_guesses(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Return the hits that count: guesses only where nothing else tells a kind."""
    if any(hit.rule.category is not None and not _guesses(hit) for hit in hits):
        return [hit for hit in hits if not _guesses(hit)]
    return hits


def _guesses(hit: Hit) -> bool:
    light = hit.rule.category is not None and hit.rule.weight <= GUESS_WEIGHT
    return light and hit.rule.urgency not in ("urgent", "potential")
