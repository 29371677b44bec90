"""Mentions of places in a text, and which of them the caller takes back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["gu", "dong", "road", "number", "place"]

ENDING = (
    r"(?:이?요|이(?:에|예)요|(?:에|예)요|이?라예|이?라요|인데요?|인디|이?고요?|이?야|입니다|이?구나|이?유|이여|이?지유|이?지요"
    r"|에서는?|에서요|에선|에|으로|로|까지|부터|쪽|근처|앞|뒤|옆|안|이|은|는|을|를|도|가|의|마씸|이?라고|이?래요|이?거든요|역시|지하)?"
)
"""What may hang at the end of a name: particles, copulas and dialect endings, or nothing."""

_WITHDRAWN = re.compile(r"^\S{0,3}?\s*(?:아\s+|어\s+)?(?:아니(?!면|에요\s*$)\S{0,2}|말고|아닙니다)(?:\s|$)")
_DIRECTION = re.compile(r"^\s*(?:방향|방면|가는\s*(?:길|차|쪽)|가려고|행\b|에\s*(?:살아요|있어요\s*저))")


@dataclass(frozen=True, slots=True)
class Mention:
    """One name, where it stands and how sure the reading is."""

    kind: Kind
    name: str
    start: int
    end: int
    score: float
    """0..1, similarity of the sounds."""
    words: str


def standing(mentions: Sequence[Mention], text: str) -> list[Mention]:
    """Return the mentions that the caller upholds, in the order of the text.

    ``역삼동 아니 삼성동이요`` withdraws the first when a place follows; ``김포공항 방향`` is no place.
    """
    ordered = sorted(mentions, key=lambda mention: (mention.start, -mention.end))
    kept: list[Mention] = []
    for mention in ordered:
        rest = text[mention.end :]
        followed = any(other.start >= mention.end and other.kind != "number" for other in ordered)
        if _DIRECTION.match(rest) or (followed and _WITHDRAWN.match(rest)):
            continue
        kept.append(mention)
    return kept
