"""Mentions of places in a text, and which of them the caller takes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["gu", "dong", "road", "number", "place"]

ENDING = (
    r"(?:이?요|이(?:에|예)요|(?:에|예)요|이?라예|이?라요|인데요?|인데유|인디요?|이?고요?|이?야|입니다|이?구나|이?유|이?여|이소|이?지유|이?지요"
    r"|이?어라|이?여라|이?당께|이?랑께|이?드래요|래요|이?구만요?|입니더|임다|임니다|이우다|우다|이쥬|쥬|이?네요|이?라고요|이?거든|거든예"
    r"|에서는?|에서요|에선|에|으로|로|까지|부터|쪽|근처|앞|뒤|옆|안|이|은|는|을|를|도|가|의|마씸|이?라고요?|이?래요|이?거든요|역시|지하"
    r"|(?:앞|뒤|옆|근처|쪽|안|부근)(?:에|이?요|인데요?|이?에요|예요|입니다|에서|으로|이?고요)?)?"
)
"""What may hang at the end of a name: particles, copulas and dialect endings, or nothing."""

_NO = r"(?:아\s+|어\s+)?(?:아니(?!면|에요\s*$)\S{0,2}|말고|아닙니다)(?:\s|$)"
_WITHDRAWN = re.compile(rf"^\S{{0,3}}?\s*{_NO}")
_WITHDRAWN_LATER = re.compile(rf"^\S{{0,3}}?(?:\s+\S{{1,4}}){{1,2}}?\s+{_NO}")
_CROSSING = re.compile(r"(?:로터리|[사오삼]거리|교차로|역(?: \d+번 출구)?)$")
_DIRECTION = re.compile(r"^\s*(?:방향|방면|가는\s*(?:차|쪽)|가려고|행\b|에\s*(?:살아요|있어요\s*저))")


@dataclass(frozen=True, slots=True)
class Mention:
    """One name, where it stands and how sure the reading is."""

    kind: Kind
    name: str
    start: int
    end: int
    score: float
    """0..1: similarity of the sounds; 1 for a listed name, 0.7 to 0.97 for one told by its form alone.

    The latter are estimates: they put listed names first, and go into the confidence of the place.
    """
    words: str
    near: tuple[str, ...] = ()
    """All names that sound equally like a word that is no name, this one first; empty for an exact name."""


def upheld(mentions: Sequence[Mention], text: str) -> list[Mention]:
    """Return the mentions that the caller upholds, in the order of the text.

    ``역삼동 아니 삼성동이요`` withdraws the first when a place follows; ``김포공항 방향`` is no place.
    """
    ordered = sorted(mentions, key=lambda mention: (mention.start, -mention.end))
    kept: list[Mention] = []
    for mention in ordered:
        rest = text[mention.end :]
        later = [other for other in ordered if other.start >= mention.end]
        same = any(other.kind == mention.kind for other in later)
        if mention.kind == "gu" and same and later[0].start == mention.end + 1:
            rest = text[later[0].end :]  # 마포구 신정동 is withdrawn whole
        withdrawn = (later and _WITHDRAWN.match(rest)) or (same and _WITHDRAWN_LATER.match(rest))
        if _DIRECTION.match(rest) or withdrawn or _inside(mention, ordered):
            continue
        kept.append(mention)
    return kept


def _inside(mention: Mention, others: Sequence[Mention]) -> bool:
    """Say whether a name is only a part of a longer one, as 백련산 of 백련산로.

    A dong in the name of a market or estate stands; a crossing is named after one nearby.
    """
    if mention.kind == "dong":
        others = [other for other in others if other.kind != "place" or _CROSSING.search(other.name)]
    return any(
        other.start <= mention.start
        and mention.end <= other.end
        and other.end - other.start > mention.end - mention.start
        for other in others
    )
