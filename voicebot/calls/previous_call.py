"""The earlier call of the same caller: what it told is where the new call begins.

A caller whose line broke must not tell everything again, and must not count for less than before.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from voicebot.dialog import CalledAgain
from voicebot.dialog.transition import EARLIER_CALL
from voicebot.incidents import Incident, IncidentStore, last_words
from voicebot.understanding import FLAGS, Assessment, Candidate, Evidence, Location

log = structlog.get_logger(__name__)

_FIND_LIMIT_S = 0.5
"""The caller waits for the greeting meanwhile."""


@dataclass(frozen=True, slots=True)
class PreviousCall:
    """A record that a new call goes on with."""

    record: Incident

    @property
    def incident_id(self) -> str:
        """Id of the incident: that of the caller's first call."""
        return self.record.continues or self.record.id

    def as_event(self) -> CalledAgain:
        """Return what the dialog of the new call begins with."""
        record = self.record
        urgency = record.urgency.level
        reason = Evidence(EARLIER_CALL, last_words(record) or "", 0, 1.0)
        known = Assessment(
            category=record.type.category,
            code=record.type.code,
            flags=tuple(flag for flag in FLAGS if flag in record.flags),
            location=_location(record),
        )
        return CalledAgain(known if urgency == "unknown" else known.at_least(urgency, reason))

    def live(self) -> dict[str, Any]:
        """Return what the operator's screen shows of it beside the new call."""
        record = self.record
        shown = record.model_dump(
            mode="json", include={"opened_at", "state", "urgency", "type", "location", "flags"}
        )
        return {"incident_id": record.id, "last_words": last_words(record)} | shown


async def find_previous(store: IncidentStore, incident: Incident, within: timedelta) -> PreviousCall | None:
    """Return the last call of the same caller, if it began ``within`` that time before this one.

    None as well when the store does not answer in half a second: the caller comes first.
    """
    if not within:
        return None
    try:
        async with asyncio.timeout(_FIND_LIMIT_S):
            record = await store.previous_call(incident, incident.opened_at - within)
    except TimeoutError:
        log.warning("earlier calls are not known, the store is slow", incident=incident.id)
        return None
    return None if record is None else PreviousCall(record)


def _location(record: Incident) -> Location | None:
    place = record.location
    if place.text is None:
        return None
    same = ("text", "gu", "dong", "road", "number", "place", "lat", "lon", "confidence", "conflict")
    candidates = tuple(
        Candidate(each.kind, each.name, each.gu, each.lat, each.lon, each.score)  # type: ignore[arg-type]
        for each in place.candidates
    )
    return Location(candidates=candidates, **{name: getattr(place, name) for name in same})
