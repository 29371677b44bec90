"""The record of one call as it grows: what happens to the call becomes the incident document.

Every method that adds something saves before it returns, so that what was heard is on disk before the
dialog acts on it. A disk that fails is logged by the store and never stops the call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from voicebot import control, ids, metrics
from voicebot.calls.network_location import NetworkFix
from voicebot.calls.point_search import PointSearch
from voicebot.calls.previous_call import PreviousCall, find_previous
from voicebot.calls.tasks import CallTasks
from voicebot.dialog import Dialog, UpdateIncident
from voicebot.geocoding import Geocoder
from voicebot.incidents import (
    Evidence,
    Incident,
    IncidentStore,
    IncidentType,
    Location,
    TransferAttempt,
    Urgency,
    Utterance,
)
from voicebot.incidents.word_confidence import (
    lowest_confidence,
    lowest_of_last_utterance,
    with_word_confidence,
)
from voicebot.operators.outcomes import Attempt, Outcome
from voicebot.speech.recogniser import Transcript, Word
from voicebot.understanding import Location as SaidPlace

log = structlog.get_logger(__name__)

_SAVE_LIMIT_S = 1.0
"""How long the caller waits for a record to be on disk. Longer is felt as silence, shorter gives up safety
rule 5 (journaled before acted on) for a disk that is just busy; not measured."""
_LATE_SAVE_LIMIT_S = 0.05
"""Once the disk was too slow, a human is not to be rung later for it: each save gets no more than this."""
_TALKING = ("open", "transferring")
_NOT_ABOUT_URGENCY = ("place", "human", "answer", "repeat")
"""What rules are named after that tell something else; all others bear on what happened and how urgent."""


@dataclass(frozen=True, slots=True)
class RecordKeeping:
    """Where incidents are kept, and what is looked up for them: the same for all calls."""

    store: IncidentStore
    same_caller_within: timedelta
    """A caller who calls again so soon goes on with the earlier call; 0 for never."""
    geocoders: Sequence[Geocoder]
    """Who may give a better point for a spoken place."""


class IncidentWriter:
    """One incident and its live view. Used by the call's task, and by those that look for a point."""

    def __init__(
        self, offered: control.LegOffered, dialog: Dialog, records: RecordKeeping, tasks: CallTasks
    ) -> None:
        self.call_id = ids.new_call_id()
        self.incident_id = ids.new_incident_id()
        self.previous: PreviousCall | None = None
        """The call of the same caller that this one goes on with; known once `open` has returned."""
        self._records = records
        self._network = NetworkFix(offered.overflow, dialog.knowledge.gazetteer)
        self._said_place: SaidPlace | None = None
        self._search = PointSearch(records.geocoders, tasks, self._located)
        self._opened_s = time.monotonic()
        self._answered_s: float | None = None
        self._incident = Incident.model_validate(
            {
                "id": self.incident_id,
                "call_id": self.call_id,
                "opened_at": datetime.now(UTC),
                "dialog": {"name": dialog.name, "version": dialog.version},
                "caller": {
                    "number": offered.number,
                    "withheld": offered.withheld,
                    "overflow_reason": offered.overflow.why,
                },
                "network_location": self._network.beside(None),
            }
        )
        self._speaking: str | None = None
        self._partial = ""
        self._partial_confidence = 0.0
        self._partial_start_ms = 0
        self._last_recognised_ms: float | None = None
        self._transfer_phase: str | None = None
        self._spoke = False
        self._unanswered_since_s: float | None = None
        self._disk_is_slow = False

    @property
    def incident(self) -> Incident:
        """The document as it is now."""
        return self._incident

    def live(self) -> dict[str, Any]:
        """Return what the console shows of a running call."""
        incident = self._incident
        network = incident.network_location
        return {
            "call_id": self.call_id,
            "incident_id": self.incident_id,
            "number": incident.caller.number,
            "overflow_reason": incident.caller.overflow_reason,
            "state": incident.state,
            "since_ms": self.call_ms(),
            "speaking": self._speaking,
            "partial": self._partial,
            "urgency": incident.urgency.model_dump(mode="json"),
            "dialog": incident.dialog.model_dump(mode="json"),
            "answers": incident.answers,
            "answers_confidence": incident.answers_confidence,
            "type": incident.type.model_dump(mode="json"),
            "location": incident.location.model_dump(mode="json"),
            "network_location": None if network is None else network.model_dump(mode="json"),
            "flags": list(incident.flags),
            "transcript": [entry.model_dump(mode="json") for entry in incident.transcript[-20:]],
            "transfer": incident.transfer.model_dump(mode="json") | {"phase": self._transfer_phase},
            "recognised_in_ms": self._last_recognised_ms,
            "continues": incident.continues,
            "earlier": None if self.previous is None else self.previous.live(),
        }

    async def open(self) -> None:
        """Look for an earlier call of this caller, and write the first version of the document."""
        metrics.LIVE_CALLS.inc()
        self.previous = await find_previous(
            self._records.store, self._incident, self._records.same_caller_within
        )
        if self.previous is not None:
            self._incident = self._incident.changed(continues=self.previous.incident_id)
        await self._save()

    def answered(self) -> None:
        """Media time 0: the caller is on the line."""
        self._answered_s = time.monotonic()
        metrics.ANSWER_SECONDS.observe(self._answered_s - self._opened_s)

    async def key(self, key: str) -> None:
        """Keep a key that the caller pressed."""
        call_ms = self.call_ms()
        self._say("caller", f"[{key}]", call_ms, call_ms, 1.0)
        await self._save()

    def caller_began(self, start_ms: int) -> None:
        """The caller speaks."""
        del start_ms
        self._speaking = "caller"

    def partial(self, text: str, confidence: float = 0.0, start_ms: int = 0) -> None:
        """Show what the caller is just saying; empty when it came to nothing."""
        self._partial, self._partial_confidence, self._partial_start_ms = text, confidence, start_ms
        if not text:
            self._speaking = None

    async def said(
        self,
        speaker: str,
        heard: Transcript,
        start_ms: int,
        end_ms: int,
        recognised_in_ms: float | None = None,
    ) -> None:
        """Keep an utterance of the caller or the operator."""
        self._partial, self._speaking = "", None
        if recognised_in_ms is not None:
            self._unanswered_since_s = time.monotonic() - recognised_in_ms / 1000
            self._last_recognised_ms = round(recognised_in_ms, 1)
        self._say(speaker, heard.text, start_ms, end_ms, heard.confidence, heard.words)
        await self._save()

    def replies(self) -> None:
        """A sentence of ours begins: the first of the call, or the first after an utterance, is timed."""
        if not self._spoke:
            metrics.FIRST_PROMPT_SECONDS.observe(self.call_ms() / 1000)
        elif self._unanswered_since_s is not None:
            metrics.REPLY_SECONDS.observe(time.monotonic() - self._unanswered_since_s)
        self._spoke, self._unanswered_since_s = True, None

    async def spoke(self, prompt: str, text: str, heard_ms: int) -> None:
        """Keep what the caller heard of a sentence of ours; nothing when it was cut at once."""
        del prompt
        if text:
            call_ms = self.call_ms()
            self._say("bot", text, max(0, call_ms - heard_ms), call_ms, 1.0)
            await self._save()

    async def assessed(self, update: UpdateIncident) -> None:
        """Keep what is known; urgency and flags only ever rise in an assessment."""
        known, confirmed = update.assessment, update.place_confirmed
        said = self._incident.transcript
        evidence = with_word_confidence(said, [Evidence.model_validate(item) for item in known.evidence])
        urgency = tuple(item for item in evidence if _topic(item) not in _NOT_ABOUT_URGENCY)
        kind = tuple(item for item in evidence if _topic(item) == known.category)
        self._said_place = known.location
        location = Location() if known.location is None else Location.model_validate(known.location)
        sure = lowest_confidence(said, location.text or "")
        self._incident = self._incident.changed(
            urgency=Urgency(level=known.urgency, evidence=urgency),
            type=IncidentType(
                category=known.category,
                code=known.code,
                evidence=kind,
                confidence=max((item.confidence for item in kind), default=0.0),
            ),
            location=self._pointed(location).model_copy(
                update={
                    "confirmed": confirmed and known.location is not None,
                    "confidence": min(location.confidence, location.confidence if sure is None else sure),
                }
            ),
            network_location=self._network.beside(known.location),
            flags=tuple(dict.fromkeys((*self._incident.flags, *known.flags))),
            answers=dict(update.answers),
            answers_confidence=self._sure_of(update.answers),
        )
        await self._save()
        self._search.look_for(known.location)

    def _sure_of(self, answers: Mapping[str, str]) -> dict[str, float]:
        """Return the confidence of each answer: a new or changed one was said last."""
        before, last = self._incident, lowest_of_last_utterance(self._incident.transcript)
        return {
            slot: before.answers_confidence.get(slot, 0.0) if before.answers.get(slot) == value else last
            for slot, value in answers.items()
            if last is not None
        }

    async def flagged(self, flag: str) -> None:
        """Add a remark such as ``system_failure``."""
        self._incident = self._incident.changed(flags=tuple(dict.fromkeys((*self._incident.flags, flag))))
        await self._save()

    async def closed(self, state: str) -> None:
        """The bot has what it can get; a human still has to read it."""
        await self._become(state)

    async def transfer_asked(self, mode: str, reason: str) -> None:
        """A human is being looked for."""
        asked_at = self._incident.transfer.asked_at or datetime.now(UTC)
        self._transferred(mode=mode, outcome=None, operator=None, asked_at=asked_at)
        if reason == "silence":
            self._incident = self._incident.changed(
                flags=tuple(dict.fromkeys((*self._incident.flags, "silent")))
            )
        await self._become("transferring")

    async def transfer_moved(self, phase: str, operators: Sequence[str]) -> None:
        """Operators ring, one listens to the brief or talks with the caller, or nobody is there."""
        self._transfer_phase = phase
        if operators:
            self._transferred(operator=", ".join(operators))
            await self._save()

    async def attempted(self, attempt: Attempt) -> None:
        """One route to a human was tried; the fallback's does not hide how the operators answered."""
        metrics.TRANSFERS.labels(attempt.mode, attempt.outcome.value).inc()
        kept = TransferAttempt.model_validate(
            {
                "operator": attempt.operator,
                "mode": attempt.mode,
                "outcome": attempt.outcome.value,
                "code": attempt.code,
                "at": datetime.now(UTC),
            }
        )
        self._transferred(attempts=(*self._incident.transfer.attempts, kept))
        if attempt.mode != "fallback":
            self._transferred(operator=attempt.operator, outcome=attempt.outcome.value)
        await self._save()

    async def connected(self, operator: str) -> None:
        """Caller and operator hear each other."""
        self._transferred(operator=operator, outcome=Outcome.CONNECTED.value, connected_at=datetime.now(UTC))
        metrics.HUMAN_SECONDS.observe(time.monotonic() - (self._answered_s or self._opened_s))
        await self._become("connected")

    async def returned(self, reason: Outcome, *, abruptly: bool) -> None:
        """The dialog has the caller again; who lost the operator abruptly has not been served."""
        self._transfer_phase = None
        if self._incident.transfer.outcome is None:
            self._transferred(outcome=reason.value)
        if reason is not Outcome.OPERATOR_LEFT:
            await self._become("open")
        elif abruptly:
            await self._become("transferring")

    async def transfer_over(self, outcome: Outcome) -> None:
        """No human is looked for any more."""
        self._transfer_phase = None
        if self._incident.state in _TALKING and outcome is not Outcome.CONNECTED:
            self._transferred(outcome=outcome.value)
        await (self._become("open") if outcome is Outcome.FAILED else self._save())

    def _transferred(self, **changes: Any) -> None:
        self._incident = self._incident.changed(transfer=self._incident.transfer.model_copy(update=changes))

    async def ended(self, state: str) -> None:
        """The call is over; ``state`` holds only if the caller was still with the bot."""
        metrics.LIVE_CALLS.dec()
        metrics.CALLS.labels(state if self._incident.state in _TALKING else self._incident.state).inc()
        metrics.URGENCY.labels(self._incident.urgency.level).inc()
        if self._partial:  # the caller was cut off in the middle of it: these are the last words
            call_ms = self.call_ms()
            start_ms = min(self._partial_start_ms, call_ms)
            self._say("caller", self._partial, start_ms, call_ms, self._partial_confidence)
            self._partial = ""
        self._incident = self._incident.changed(ended_at=datetime.now(UTC))
        await self._become(state if self._incident.state in _TALKING else self._incident.state)

    def _say(
        self,
        speaker: str,
        text: str,
        start_ms: int,
        end_ms: int,
        confidence: float,
        words: Sequence[Word] = (),
    ) -> None:
        self._incident = self._incident.said(
            Utterance.model_validate(
                {
                    "speaker": speaker,
                    "text": text,
                    "start_ms": start_ms,
                    "end_ms": end_ms,
                    "confidence": round(confidence, 3),
                    "words": [{"text": word.text, "confidence": word.confidence} for word in words],
                }
            )
        )

    def _pointed(self, location: Location) -> Location:
        """Return the location with the point that was found for it, if one was."""
        point = self._search.point(self._said_place)
        if point is None:
            return location
        found = {"lat": point.lat, "lon": point.lon, "uncertainty_m": point.precision_m}
        return location.model_copy(update=found | {"point_source": point.source})

    async def _located(self) -> None:
        located = self._pointed(self._incident.location)
        if located != self._incident.location:
            self._incident = self._incident.changed(location=located)
            await self._save()

    async def _become(self, state: str) -> None:
        self._incident = self._incident.changed(state=state)
        await self._save()

    async def _save(self) -> None:
        try:
            # The write goes on; the caller cannot wait for it.
            async with asyncio.timeout(_LATE_SAVE_LIMIT_S if self._disk_is_slow else _SAVE_LIMIT_S):
                await self._records.store.save(self._incident)
            self._disk_is_slow = False
        except TimeoutError:
            self._disk_is_slow = True
            metrics.STORE_FAILURES.inc()
            log.warning("the record is late", incident=self.incident_id)

    def call_ms(self) -> int:
        """Return the milliseconds since the call was answered (since its INVITE, before that)."""
        return int((time.monotonic() - (self._answered_s or self._opened_s)) * 1000)


def _topic(evidence: Evidence) -> str:
    return evidence.rule.split("/")[0]
