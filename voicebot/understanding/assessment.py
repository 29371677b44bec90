"""What is known over the whole call; it grows with each utterance and never forgets a danger."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicebot.understanding.results import (
    DONG_RADIUS_M,
    FLAGS,
    Evidence,
    Location,
    Understanding,
)
from voicebot.vocabulary.categories import Category
from voicebot.vocabulary.urgency import Urgency, higher, routed_as_urgent


@dataclass(frozen=True, slots=True)
class Assessment:
    """The knowledge about one call. Urgency and flags only rise; slots are corrected by the caller."""

    category: Category = "unclear"
    code: str | None = None
    urgency: Urgency = "unknown"
    flags: tuple[str, ...] = ()
    location: Location | None = None
    wants_human: bool = False
    evidence: tuple[Evidence, ...] = ()

    @property
    def routed_as_urgent(self) -> bool:
        """Say whether a human must take this call first; unknown counts as urgent."""
        return routed_as_urgent(self.urgency)

    @property
    def has_incident(self) -> bool:
        """Say whether the kind of incident is known."""
        return self.category != "unclear"

    @property
    def has_place(self) -> bool:
        """Say whether a place was named that a crew could set out for."""
        return self.location is not None and self.location.sufficient

    def after(self, heard: Understanding) -> Assessment:
        """Return the assessment with a finished utterance taken in."""
        raised = self.raised_by(heard)
        takes_type = heard.category != "unclear" and (
            self.category == "unclear" or higher(heard.urgency, self.urgency) != self.urgency
        )
        return replace(
            raised,
            urgency=higher(self.urgency, heard.urgency),
            category=heard.category if takes_type else self.category,
            code=heard.code if takes_type else self.code,
            location=merged(self.location, heard.location),
            evidence=_joined(self.evidence, heard.evidence),
        )

    def raised_by(self, heard: Understanding) -> Assessment:
        """Return the assessment with urgency, flags and the wish for a human raised, nothing else.

        Unfinished (partial) utterances are taken in this way. An unfinished utterance without danger
        does not settle an unknown urgency, because its end may still tell one.
        """
        grave = heard.urgency == "urgent" or bool(heard.flags) or heard.wants_human
        settled = heard.urgency == "urgent" or self.urgency != "unknown"
        flags = tuple(flag for flag in FLAGS if flag in self.flags or flag in heard.flags)
        return replace(
            self,
            urgency=higher(self.urgency, heard.urgency) if settled else self.urgency,
            flags=flags,
            wants_human=self.wants_human or heard.wants_human,
            evidence=_joined(self.evidence, heard.evidence) if grave else self.evidence,
        )

    def without_place(self) -> Assessment:
        """Return the assessment with the place forgotten, after the caller said that it is wrong."""
        return replace(self, location=None)

    def at_least(self, urgency: Urgency, reason: Evidence) -> Assessment:
        """Return the assessment raised to ``urgency`` for a reason that is not in the words."""
        return replace(
            self, urgency=higher(self.urgency, urgency), evidence=_joined(self.evidence, (reason,))
        )


def merged(known: Location | None, heard: Location | None) -> Location | None:
    """Join what was known of the place with what was said now; what was said now wins, slot by slot."""
    if known is None or heard is None:
        return heard or known
    if heard.gu and heard.dong is None and known.dong:
        known = _narrowed(known, heard.gu)
    keeps_gu = heard.gu is None and not (heard.dong and heard.dong != known.dong)
    moved = heard.road is not None and heard.road != known.road
    keeps_number = heard.number is None and not moved
    has_point = heard.lat is not None
    return Location(
        text=heard.text if heard.text == known.text else f"{known.text} {heard.text}",
        gu=known.gu if keeps_gu else heard.gu,
        dong=heard.dong or known.dong,
        road=heard.road or known.road,
        number=known.number if keeps_number else heard.number,
        place=heard.place or known.place,
        lat=heard.lat if has_point else known.lat,
        lon=heard.lon if has_point else known.lon,
        uncertainty_m=heard.uncertainty_m if has_point else known.uncertainty_m,
        confidence=min(known.confidence, heard.confidence),
        candidates=heard.candidates or (() if heard.dong else known.candidates),
        conflict=heard.conflict or (known.conflict and not (heard.gu or heard.dong)),
    )


def _narrowed(known: Location, gu: str) -> Location:
    chosen = [candidate for candidate in known.candidates if candidate.gu == gu]
    if len(chosen) != 1:
        return known
    only = chosen[0]
    return replace(
        known,
        gu=gu,
        dong=only.name,
        lat=only.lat,
        lon=only.lon,
        uncertainty_m=DONG_RADIUS_M if only.lat is not None else None,
        candidates=(),
    )


def _joined(known: tuple[Evidence, ...], heard: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    seen = {(item.rule, item.utterance) for item in known}
    return known + tuple(item for item in heard if (item.rule, item.utterance) not in seen)
