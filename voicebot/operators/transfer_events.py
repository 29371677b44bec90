"""What the transfer machine is told (past participles) and what it wants done (imperatives)."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.operators.desks import Operator
from voicebot.operators.outcomes import Attempt, Outcome
from voicebot.operators.transfer_plan import Plan

# --- events; ``operator`` is the name of a desk ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class OperatorsClaimed:
    """These desks are ours and are to be rung at once."""

    operators: tuple[Operator, ...]


@dataclass(frozen=True, slots=True)
class NobodyLeft:
    """No desk is left on this route: each was tried, or none exists."""


@dataclass(frozen=True, slots=True)
class OperatorAnswered:
    """The phone was picked up."""

    operator: str


@dataclass(frozen=True, slots=True)
class BriefSpoken:
    """The operator has heard the brief to its end."""

    operator: str


@dataclass(frozen=True, slots=True)
class OperatorKey:
    """The operator pressed a key: 1 accepts, 2 declines, 3 repeats the brief."""

    operator: str
    key: str


@dataclass(frozen=True, slots=True)
class AcceptedOnScreen:
    """The operator accepted at the console; while it rings this holds for when they pick up."""

    operator: str


@dataclass(frozen=True, slots=True)
class DeclinedOnScreen:
    """The operator declined at the console."""

    operator: str


@dataclass(frozen=True, slots=True)
class OperatorEnded:
    """The leg ended with this SIP status; 200 for a BYE, 0 when the leg could not be made at all."""

    operator: str
    code: int


@dataclass(frozen=True, slots=True)
class AudioProven:
    """Since the legs were joined, audio of each has reached the other."""


@dataclass(frozen=True, slots=True)
class JoinFailed:
    """The line could not join the legs."""


@dataclass(frozen=True, slots=True)
class ReferMoved:
    """A REFER of the caller moved on; 500 and final when it could not even be sent."""

    code: int
    final: bool


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller hung up."""


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """The dialog, which has the caller, asks for a human again, perhaps by other routes."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Only the clock moved on."""


Event = (
    OperatorsClaimed
    | NobodyLeft
    | OperatorAnswered
    | BriefSpoken
    | OperatorKey
    | AcceptedOnScreen
    | DeclinedOnScreen
    | OperatorEnded
    | AudioProven
    | JoinFailed
    | ReferMoved
    | CallerLeft
    | AskedAgain
    | TimePassed
)

# --- effects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClaimOperators:
    """Find desks of ``group`` (None: of any) that are not among ``tried``; replaces an earlier claim."""

    group: str | None
    tried: frozenset[str]
    patient: bool = False
    """Wait on the list even if nobody is left for now; otherwise `NobodyLeft` is to be told."""
    returned: bool = False
    """The operator hung up before the caller did."""


@dataclass(frozen=True, slots=True)
class DropClaim:
    """Take the call off the waiting list."""


@dataclass(frozen=True, slots=True)
class RingOperator:
    """Call the operator."""

    operator: Operator
    limit_ms: int


@dataclass(frozen=True, slots=True)
class SpeakBrief:
    """Speak the brief to the operator (again) and how to accept."""

    operator: Operator


@dataclass(frozen=True, slots=True)
class WhisperBrief:
    """Speak the brief to the operator, who is joined with the caller already; the caller does not hear it."""

    operator: Operator


@dataclass(frozen=True, slots=True)
class JoinLegs:
    """Fall silent on both legs, and let caller and operator hear each other."""

    operator: Operator


@dataclass(frozen=True, slots=True)
class ReferToOperator:
    """Have the caller's side take our place on the operator's leg (REFER with Replaces)."""

    operator: Operator


@dataclass(frozen=True, slots=True)
class ReferCaller:
    """Send the caller to ``uri`` (blind REFER)."""

    uri: str


@dataclass(frozen=True, slots=True)
class ReleaseOperator:
    """End the operator's leg, if it is there, and give the desk back."""

    operator: Operator
    outcome: Outcome | None = None
    """Why; None when not needed: another one was quicker, or the claim came too late."""
    tell_caller_left: bool = False
    """They are on the line, and are told in one sentence that the caller has gone."""


@dataclass(frozen=True, slots=True)
class NoteAttempt:
    """An attempt has ended, or has connected: keep it in the record and count it."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Reassure:
    """What the caller just heard of a human broke off, the search goes on: a sentence, not silence."""


@dataclass(frozen=True, slots=True)
class ReturnCaller:
    """No route is left for now: the dialog has the caller again, and tells why. The call stays listed."""

    reason: Outcome
    abruptly: bool = False
    """The operator's leg broke off; the operator did not hang up."""


@dataclass(frozen=True, slots=True)
class FinishTransfer:
    """Nothing is left to do: the caller has arrived elsewhere, or has gone."""

    outcome: Outcome
    operator: str | None
    diverted: bool = False
    """The caller arrived at the fallback."""


Effect = (
    ClaimOperators
    | DropClaim
    | RingOperator
    | SpeakBrief
    | WhisperBrief
    | JoinLegs
    | ReferToOperator
    | ReferCaller
    | ReleaseOperator
    | NoteAttempt
    | Reassure
    | ReturnCaller
    | FinishTransfer
)
