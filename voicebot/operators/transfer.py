"""Warm transfer as a pure machine: ring an operator, brief him, wait for his key, join, or go on hunting.

::

    WAITING --OperatorClaimed--> RINGING --OperatorAnswered--> BRIEFING --key 1--> CONNECTED
       ^                            |                             |                   |
       +------- next operator ------+----- every other way out ---+                   v
                                                                                    OVER

Only a key accepts, never speech of anybody. Every attempt ends in a typed outcome; when nobody is
left to try, the caller goes back to the dialog with the last outcome as the reason. Times are
milliseconds of one clock that the caller of `step` passes in; the machine owns the limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from voicebot.operators.pool import Operator


class Outcome(StrEnum):
    """How an attempt to reach an operator ended."""

    CONNECTED = "connected"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    NO_LEG = "no_leg"
    CALLER_LEFT = "caller_left"
    OPERATOR_LEFT = "operator_left"
    FAILED = "failed"


class Phase(StrEnum):
    """Where the transfer stands."""

    WAITING = "waiting"
    RINGING = "ringing"
    BRIEFING = "briefing"
    CONNECTED = "connected"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One operator tried, and how it ended."""

    operator: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each phase may last, in milliseconds."""

    wait_ms: int = 20_000
    ring_ms: int = 20_000
    brief_ms: int = 20_000
    """For speaking the brief; a line that never reports its end does not hold the caller longer."""
    accept_ms: int = 15_000
    """From the end of the brief to the key."""
    hot: bool = False
    """The first operator who picks up has the caller at once, without a brief and without a key."""


@dataclass(frozen=True, slots=True)
class TransferState:
    """The whole state; begin with ``begin``."""

    phase: Phase
    deadline_ms: int
    operator: Operator | None = None
    attempts: tuple[Attempt, ...] = ()

    @property
    def tried(self) -> frozenset[str]:
        """Names of the operators that were rung already."""
        return frozenset(attempt.operator for attempt in self.attempts)


# --- events --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OperatorClaimed:
    """A free operator was found and is ours."""

    operator: Operator


@dataclass(frozen=True, slots=True)
class NobodyLeft:
    """Every operator was tried, or none exists."""


@dataclass(frozen=True, slots=True)
class OperatorAnswered:
    """The operator's phone was picked up."""


@dataclass(frozen=True, slots=True)
class BriefSpoken:
    """The operator has heard the brief to its end."""


@dataclass(frozen=True, slots=True)
class OperatorKey:
    """The operator pressed a key: 1 accepts, 2 declines, 3 repeats the brief."""

    key: str


@dataclass(frozen=True, slots=True)
class OperatorEnded:
    """The operator's leg ended with this SIP status; 0 when the leg could not be made at all."""

    code: int


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller hung up."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Only the clock moved on."""


Event = (
    OperatorClaimed
    | NobodyLeft
    | OperatorAnswered
    | BriefSpoken
    | OperatorKey
    | OperatorEnded
    | CallerLeft
    | TimePassed
)

# --- effects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClaimOperator:
    """Find a free operator that is not among ``tried``."""

    tried: frozenset[str]


@dataclass(frozen=True, slots=True)
class RingOperator:
    """Call the operator."""

    operator: Operator
    limit_ms: int


@dataclass(frozen=True, slots=True)
class SpeakBrief:
    """Speak the brief to the operator (again)."""


@dataclass(frozen=True, slots=True)
class JoinLegs:
    """Let caller and operator hear each other."""


@dataclass(frozen=True, slots=True)
class ReleaseOperator:
    """End the operator's leg, if it is there, and free the desk."""

    operator: Operator
    caller_left: bool = False
    """The operator is told in one sentence that the caller has gone."""


@dataclass(frozen=True, slots=True)
class FinishTransfer:
    """The transfer is over; anything but CONNECTED and CALLER_LEFT returns the caller to the dialog."""

    outcome: Outcome
    operator: str | None


Effect = ClaimOperator | RingOperator | SpeakBrief | JoinLegs | ReleaseOperator | FinishTransfer
Result = tuple[TransferState, tuple[Effect, ...]]


def begin(now_ms: int, limits: Limits) -> Result:
    """Start a transfer."""
    state = TransferState(Phase.WAITING, now_ms + limits.wait_ms)
    return state, (ClaimOperator(frozenset()),)


def step(state: TransferState, event: Event, now_ms: int, limits: Limits) -> Result:
    """Advance by one event that happened at ``now_ms``; an event that does not fit the phase is ignored."""
    match event:
        case _ if state.phase is Phase.OVER:
            return state, ()
        case CallerLeft():
            return _caller_left(state)
        case OperatorEnded(code) if state.operator is not None:
            return _operator_ended(state, code, now_ms, limits)
        case OperatorClaimed(operator) if state.phase is Phase.WAITING:
            state = replace(
                state, phase=Phase.RINGING, operator=operator, deadline_ms=now_ms + limits.ring_ms
            )
            return state, (RingOperator(operator, limits.ring_ms),)
        case NobodyLeft() if state.phase is Phase.WAITING:
            return _give_up(state, Outcome.BUSY)
        case OperatorAnswered() if state.phase is Phase.RINGING:
            if limits.hot:
                return replace(state, phase=Phase.CONNECTED), (JoinLegs(),)
            state = replace(state, phase=Phase.BRIEFING)
            return _brief(state, now_ms, limits)
        case BriefSpoken() if state.phase is Phase.BRIEFING:
            return replace(state, deadline_ms=now_ms + limits.accept_ms), ()
        case OperatorKey(key) if state.phase is Phase.BRIEFING:
            return _key(state, key, now_ms, limits)
        case TimePassed() if state.phase is not Phase.CONNECTED and now_ms >= state.deadline_ms:
            return _too_late(state, now_ms, limits)
        case _:
            return state, ()


def _key(state: TransferState, key: str, now_ms: int, limits: Limits) -> Result:
    if key == "1":
        return replace(state, phase=Phase.CONNECTED), (JoinLegs(),)
    if key == "2":
        return _next(state, Outcome.DECLINED, now_ms, limits)
    if key == "3":
        return _brief(state, now_ms, limits)
    return state, ()


def _brief(state: TransferState, now_ms: int, limits: Limits) -> Result:
    deadline_ms = now_ms + limits.brief_ms + limits.accept_ms
    return replace(state, deadline_ms=deadline_ms), (SpeakBrief(),)


def _too_late(state: TransferState, now_ms: int, limits: Limits) -> Result:
    if state.phase is Phase.WAITING:
        return _give_up(state, Outcome.BUSY)
    return _next(state, Outcome.NO_ANSWER, now_ms, limits)


def _operator_ended(state: TransferState, code: int, now_ms: int, limits: Limits) -> Result:
    if state.phase is Phase.CONNECTED:
        assert state.operator is not None
        operator = state.operator
        state = replace(state, phase=Phase.OVER, attempts=_tried(state, Outcome.OPERATOR_LEFT))
        return state, (ReleaseOperator(operator), FinishTransfer(Outcome.OPERATOR_LEFT, operator.name))
    picked_up = state.phase is Phase.BRIEFING
    return _next(state, Outcome.DECLINED if picked_up else outcome_of(code), now_ms, limits)


def outcome_of(code: int) -> Outcome:
    """Name what a final SIP status of a dialled leg means (RFC 3261 section 21)."""
    match code:
        case 0:
            return Outcome.NO_LEG
        case 486 | 600:
            return Outcome.BUSY
        case 408 | 480 | 487:
            return Outcome.NO_ANSWER
        case 403 | 603:
            return Outcome.DECLINED
        case 404 | 410 | 500 | 502 | 503 | 504 | 604:
            return Outcome.UNREACHABLE
        case _:
            return Outcome.FAILED


def _tried(state: TransferState, outcome: Outcome) -> tuple[Attempt, ...]:
    if state.operator is None:
        return state.attempts
    return (*state.attempts, Attempt(state.operator.name, outcome))


def _next(state: TransferState, outcome: Outcome, now_ms: int, limits: Limits) -> Result:
    assert state.operator is not None
    released = ReleaseOperator(state.operator)
    state = TransferState(
        Phase.WAITING, now_ms + limits.wait_ms, operator=None, attempts=_tried(state, outcome)
    )
    return state, (released, ClaimOperator(state.tried))


def _give_up(state: TransferState, otherwise: Outcome) -> Result:
    outcome = state.attempts[-1].outcome if state.attempts else otherwise
    name = state.attempts[-1].operator if state.attempts else None
    return replace(state, phase=Phase.OVER), (FinishTransfer(outcome, name),)


def _caller_left(state: TransferState) -> Result:
    effects: tuple[Effect, ...] = ()
    connected = state.phase is Phase.CONNECTED
    name = state.operator.name if state.operator else None
    if state.operator is not None:
        answered = state.phase is Phase.BRIEFING
        effects = (ReleaseOperator(state.operator, caller_left=answered),)
    outcome = Outcome.CONNECTED if connected else Outcome.CALLER_LEFT
    state = replace(state, phase=Phase.OVER, attempts=_tried(state, outcome))
    return state, (*effects, FinishTransfer(outcome, name))
