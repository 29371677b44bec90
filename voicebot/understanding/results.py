"""What can be understood from an utterance: plain frozen values, no behaviour beyond small questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voicebot.vocabulary.categories import Category
from voicebot.vocabulary.urgency import Urgency

Answer = Literal["yes", "no"]

FLAGS = (
    "not_breathing",
    "unconscious",
    "trapped",
    "suicide",
    "weapon",
    "spreading",
    "multiple_victims",
    "children",
    "hazmat",
    "bleeding",
)
"""Danger signs, the gravest first; tuples of flags keep this order."""

DONG_RADIUS_M = 1500.0
"""A dong of Seoul reaches hardly further from its middle.

Nine of ten of the 467 legal dongs have another one's middle within 1,506 m (places/data/dongs.csv). A lower
value would call a fix in the same dong a conflict, a higher one would hide conflicts with the next.
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why something was concluded: the rule, the caller's words, and how sure the recogniser was."""

    rule: str
    """Name of the rule, for example ``urgency/not_breathing/3`` or ``place/dong``."""
    words: str
    utterance: int
    """Number of the utterance in the call, from 0."""
    confidence: float
    """0..1, as the recogniser gave it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a spoken name may have meant."""

    kind: Literal["gu", "dong", "road", "place"]
    name: str
    gu: str | None
    lat: float | None
    lon: float | None
    score: float
    """0..1, similarity of the sounds; 1 is the exact spelling."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where help is needed, as far as it was said. ``None`` means not said."""

    text: str
    """The words of the caller that were read as a place."""
    gu: str | None = None
    dong: str | None = None
    road: str | None = None
    number: str | None = None
    """Building or lot number, ``"152"`` or ``"152-3"``."""
    place: str | None = None
    """Station with exit, building, bridge, park, mountain, km post or national point number."""
    lat: float | None = None
    lon: float | None = None
    """Degrees, WGS 84; the middle of the dong, or of the landmark. ``None`` when not in the gazetteer."""
    uncertainty_m: float | None = None
    """How far off the point may be; ``None`` when there is none."""
    confidence: float = 0.0
    """0..1: recogniser's confidence times the similarity of the worst matched name."""
    candidates: tuple[Candidate, ...] = ()
    """More than one reading is possible; empty when there is one."""
    conflict: bool = False
    """The named gu has no such dong: one of the two was misheard."""

    @property
    def sufficient(self) -> bool:
        """Say whether a crew could set out: more than a gu, or a number alone, was named."""
        return bool(self.dong or self.road or self.place)

    @property
    def ambiguous(self) -> bool:
        """Say whether the caller must be asked which of several places is meant."""
        return len(self.candidates) > 1

    def spoken(self) -> str:
        """Return the place as it is read back, for example ``강남구 역삼동 테헤란로 152``."""
        return " ".join(part for part in (self.gu, self.dong, self.road, self.number, self.place) if part)


@dataclass(frozen=True, slots=True)
class Understanding:
    """All that one utterance told, each point with its evidence."""

    category: Category = "unclear"
    code: str | None = None
    """Code of the incident type, for example ``fire.building``; ``None`` when no type was recognised."""
    urgency: Urgency = "unknown"
    flags: tuple[str, ...] = ()
    location: Location | None = None
    wants_human: bool = False
    answer: Answer | None = None
    wants_repeat: bool = False
    language: str | None = None
    """Language of the words, ISO 639-1, where it is plainly not Korean; ``None`` otherwise."""
    evidence: tuple[Evidence, ...] = ()
