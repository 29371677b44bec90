"""The incident record: one document per call, in the shape that ``GET /api/incidents`` shows.

All models are frozen; a change makes a new record (`Incident.changed`, `Incident.said`). Times are UTC and
written with milliseconds and a ``Z``. ``None`` means not known, an empty list that there was nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from voicebot.ids import new_incident_id
from voicebot.vocabulary import urgency as levels
from voicebot.vocabulary.categories import Category
from voicebot.vocabulary.transfers import AttemptMode, TransferMode

State = Literal[
    "open",
    "transferring",
    "connected",
    "reported",
    "abandoned",
    "line_lost",
    "interrupted",
    "diverted",
    "closed",
]
"""Where the incident stands. voicebot itself never sets ``closed``: only a human closes an incident.

``open``
    the caller talks with voicebot.
``transferring``
    a human is being rung; the caller is still on the line.
``connected``
    a human talks, or talked, with the caller.
``reported``
    the report is complete and recorded; the caller was told what happens next. A human still has to read it.
``diverted``
    no operator took the call; the caller was sent to the fallback number.
``abandoned``
    the caller left before any of these; a human has to ring back.
``line_lost``
    our line process ended under the call; a human has to ring back.
``interrupted``
    the core itself ended under the call; set at the next start.
``closed``
    a human has dealt with it.
"""

LIVE_STATES: tuple[State, ...] = ("open", "transferring")
"""States that only a running call can be in; a record found in one at start was cut off by a crash."""

Speaker = Literal["caller", "bot", "operator"]


def timestamp(moment: datetime) -> str:
    """Return a time as records hold it: UTC with milliseconds and a ``Z``, so that texts sort like times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _whole_milliseconds(value: object) -> object:
    """Cut a time to milliseconds, so that a record reads back equal to what was written."""
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_whole_milliseconds),
    PlainSerializer(timestamp, return_type=str, when_used="json"),
]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class Evidence(_Part):
    """Why something was concluded."""

    rule: str
    """Name of the rule."""
    words: str
    """The caller's words that it matched."""
    utterance: int
    """Number of the utterance in the call, from 0."""
    confidence: Share
    """How sure the recogniser was of these words."""


class Urgency(_Part):
    """How urgent the call is; ``unknown`` is handled like ``urgent``."""

    level: levels.Urgency = "unknown"
    evidence: tuple[Evidence, ...] = ()


class IncidentType(_Part):
    """What happened."""

    category: Category = "unclear"
    code: str | None = None
    """Finer type within the category, for example ``fire.building``."""
    evidence: tuple[Evidence, ...] = ()
    confidence: Share = 0.0
    """How sure the recogniser was of the words that told it, of the surest evidence; 0 while none did."""


class Candidate(_Part):
    """One thing that a spoken name may have meant."""

    kind: str
    name: str
    gu: str | None = None
    lat: float | None = None
    lon: float | None = None
    score: Share = 0.0


class Location(_Part):
    """Where help is needed."""

    model_config = ConfigDict(extra="ignore")  # made from a richer value of understanding

    text: str | None = None
    """The caller's own words for the place."""
    gu: str | None = None
    dong: str | None = None
    road: str | None = None
    number: str | None = None
    place: str | None = None
    """Named place: a station exit, building, bridge, park."""
    lat: float | None = None
    lon: float | None = None
    """Degrees, WGS 84."""
    uncertainty_m: float | None = None
    """How far off the point may be: 1,500 for the middle of a dong; None without a point."""
    point_source: str | None = None
    """``gazetteer``, or the host of the address service; None before anybody was asked."""
    confirmed: bool = False
    """The caller said yes when the place was read back."""
    confidence: Share = 0.0
    """Of the least sure word or name in ``text``."""
    candidates: tuple[Candidate, ...] = ()
    conflict: bool = False
    """The named gu has no such dong: one of the two was misheard."""


class NetworkLocation(_Part):
    """Where the network or the device says the caller is (RFC 6442); kept beside the words, never merged."""

    lat: float | None = None
    lon: float | None = None
    """Degrees, WGS 84; the middle of the area. None when only an address was given."""
    uncertainty_m: float | None = None
    """Radius of the area; None when not told."""
    method: str | None = None
    """``GPS``, ``Cell``, ``Wiremap`` …"""
    at: str | None = None
    """Time of the fix as it was written (RFC 3339)."""
    address: str | None = None
    """The civic address in one line."""
    near_gu: str | None = None
    near_dong: str | None = None
    """Legal dong whose middle is nearest to the point: a hint."""
    apart_m: float | None = None
    """From the middle of what the caller said; None while one of the two has no point."""
    conflict: bool = False
    """Too far from what the caller said for both to be true: a human has to ask."""
    reference: str | None = None
    """URI under which the location can be fetched, when the INVITE names one; it is not fetched."""


class Caller(_Part):
    """Who called, as far as the INVITE tells."""

    number: str | None = None
    withheld: bool = False
    """Privacy was asked for (RFC 3323): the number is for ringing back only."""
    overflow_reason: str | None = None
    """Why the call came to us, as `voicebot.control.Overflow.why` says it, for example ``no_answer``."""


class Word(_Part):
    """A recognised word."""

    text: str
    confidence: Share
    """How sure the recogniser was of it."""


class Utterance(_Part):
    """One thing that was said."""

    speaker: Speaker
    text: str
    start_ms: int = Field(ge=0)
    """Milliseconds since the call was answered."""
    end_ms: int = Field(ge=0)
    confidence: Share = 1.0
    """How sure the recogniser was; 1 for the bot's own words."""
    words: tuple[Word, ...] = ()
    """The words one by one; empty for the bot's own and for keys."""


class TransferAttempt(_Part):
    """One way to a human that was tried."""

    operator: str
    """Name of the desk, or of the place that the caller was sent to."""
    mode: AttemptMode
    outcome: str
    """``connected``, ``no_answer``, ``busy``, ``declined``, ``unreachable``, ``no_leg``, ``caller_left``,
    ``operator_left``, ``timed_out`` or ``failed``."""
    code: int | None = None
    """The SIP status that ended it."""
    at: Moment


class Transfer(_Part):
    """The way to a human; all None while nobody was asked for."""

    mode: TransferMode | None = None
    outcome: str | None = None
    """How the last attempt ended: ``connected``, ``no_answer``, ``declined`` …; None until then."""
    operator: str | None = None
    """Name of the operator who was asked last."""
    asked_at: Moment | None = None
    connected_at: Moment | None = None
    attempts: tuple[TransferAttempt, ...] = ()
    """All ways that were tried, in this order."""


class DialogVersion(_Part):
    """The dialog that led the call."""

    name: str | None = None
    version: str | None = None
    """Hash of its files, as `voicebot dialog check` shows it."""


class Incident(_Part):
    """One call and all that is known from it."""

    id: str = Field(default_factory=new_incident_id)
    call_id: str
    opened_at: Moment
    ended_at: Moment | None = None
    """When the caller's leg ended; None while it has not, and for ever when a crash cut it off."""
    continues: str | None = None
    """Incident of the same caller's first call that this call goes on with; None when there is none."""
    state: State = "open"
    urgency: Urgency = Urgency()
    type: IncidentType = IncidentType()
    location: Location = Location()
    network_location: NetworkLocation | None = None
    """None when the INVITE told no location."""
    caller: Caller = Caller()
    flags: tuple[str, ...] = ()
    """Danger signs such as ``trapped``, and remarks such as ``silent``."""
    transcript: tuple[Utterance, ...] = ()
    transfer: Transfer = Transfer()
    dialog: DialogVersion = DialogVersion()
    answers: dict[str, str] = {}
    """What the caller answered to the questions of the dialog, by slot."""
    answers_confidence: dict[str, Share] = {}
    """How sure the recogniser was of the least sure word of each answer."""

    def changed(self, **parts: Any) -> Self:
        """Return a copy with some parts replaced; wrong names and values raise `pydantic.ValidationError`."""
        current = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(current | parts)

    def said(self, utterance: Utterance) -> Self:
        """Return a copy with one more utterance at the end of the transcript."""
        return self.model_copy(update={"transcript": (*self.transcript, utterance)})

    def document(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return self.model_dump(mode="json")
