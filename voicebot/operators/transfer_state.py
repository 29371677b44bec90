"""Where a transfer stands, and how it goes from one route to the next. Pure; `transfer` has the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from voicebot.operators.desks import Operator
from voicebot.operators.outcomes import Attempt, Outcome
from voicebot.operators.transfer_events import (
    ClaimOperators,
    DropClaim,
    Effect,
    NoteAttempt,
    ReferCaller,
    ReleaseOperator,
    ReturnCaller,
)
from voicebot.operators.transfer_plan import Plan, RingDesks, Route, SendCaller
from voicebot.vocabulary.transfers import AttemptMode

GOODBYE = 200
"""The status of a leg that the other side ended by BYE."""


class Phase(StrEnum):
    """Where the transfer stands."""

    WAITING = "waiting"
    """For a desk to come free."""
    RINGING = "ringing"
    BRIEFING = "briefing"
    JOINING = "joining"
    """The legs are joined; audio both ways has not been seen yet."""
    REFERRING = "referring"
    """The legs are joined and about to leave us."""
    SENDING = "sending"
    """The caller is being sent away."""
    CONNECTED = "connected"
    QUEUED = "queued"
    """The dialog has the caller, who is on the waiting list."""
    OVER = "over"


JOINED = (Phase.JOINING, Phase.REFERRING, Phase.CONNECTED)
"""Phases in which caller and operator may hear each other."""


@dataclass(frozen=True, slots=True)
class TransferState:
    """The whole state; begin with ``begin``."""

    plan: Plan
    phase: Phase = Phase.WAITING
    deadline_ms: int | None = None
    """When `TimePassed` is due; None: never."""
    route: int = 0
    """Number of the route that is being tried."""
    ringing: tuple[Operator, ...] = ()
    operator: Operator | None = None
    """Who has picked up."""
    answered_ms: int = 0
    accepted: frozenset[str] = frozenset()
    """Who accepted on the screen while their phone rang."""
    proven: bool = False
    """While a REFER runs: audio was seen both ways."""
    operator_gone: bool = False
    """While a REFER runs: the operator's leg has ended, as it should when it is replaced."""
    returned: bool = False
    """An operator hung up before the caller did."""
    tried: frozenset[str] = frozenset()
    """Desks that failed in this round."""
    failed_sends: tuple[tuple[str, int], ...] = ()
    """Places that the caller could not be sent to, and since when."""
    reason: Outcome = Outcome.BUSY
    """Why the round has failed so far."""

    @property
    def one(self) -> Operator:
        """The operator who has picked up; there must be one."""
        assert self.operator is not None
        return self.operator

    @property
    def current(self) -> Route | None:
        """The route that is being tried; None when all were."""
        return self.plan.routes[self.route] if self.route < len(self.plan.routes) else None

    @property
    def mode(self) -> AttemptMode:
        """What an attempt on the current way is called."""
        if isinstance(self.current, SendCaller):
            return "fallback" if self.current.fallback else "blind"
        return "hot" if self.plan.mode == "hot" else "warm"

    @property
    def held(self) -> tuple[Operator, ...]:
        """The operators whose desks are ours."""
        return self.ringing if self.operator is None else (self.operator,)


Result = tuple[TransferState, tuple[Effect, ...]]


def next_round(state: TransferState, loop_ms: int) -> Result:
    """Begin with the first route, and with all desks."""
    return take_route(replace(state, tried=frozenset(), reason=Outcome.BUSY), 0, loop_ms)


def take_route(state: TransferState, route: int, loop_ms: int) -> Result:
    """Try the route of that number, or the next one that can be tried."""
    limits = state.plan.limits
    state = replace(
        state,
        route=route,
        ringing=(),
        operator=None,
        accepted=frozenset(),
        proven=False,
        operator_gone=False,
        failed_sends=tuple(
            (uri, at_ms) for uri, at_ms in state.failed_sends if loop_ms < at_ms + limits.send_again_ms
        ),
    )
    match state.current:
        case RingDesks(group):
            state = replace(state, phase=Phase.WAITING, deadline_ms=loop_ms + limits.wait_ms)
            return state, (ClaimOperators(group, state.tried, returned=state.returned),)
        case SendCaller(uri=uri) if uri not in dict(state.failed_sends):
            state = replace(state, phase=Phase.SENDING, deadline_ms=loop_ms + limits.refer_ms)
            return state, (DropClaim(), ReferCaller(uri))
        case SendCaller():
            return take_route(state, route + 1, loop_ms)
        case _:
            return _queue(state, loop_ms)


def _queue(state: TransferState, loop_ms: int) -> Result:
    groups = [route.group for route in state.plan.routes if isinstance(route, RingDesks)] or [None]
    state = replace(state, phase=Phase.QUEUED, route=0, deadline_ms=loop_ms + state.plan.limits.again_ms)
    claim = ClaimOperators(groups[0], state.tried, patient=True, returned=state.returned)
    return state, (ReturnCaller(state.reason), claim)


def failed(state: TransferState, operator: Operator, outcome: Outcome, code: int | None = None) -> Result:
    """Let go of an operator who did not take the call, or lost it.

    A leg that broke leaves a phone that may be gone; a BYE does not.
    """
    note = NoteAttempt(Attempt(operator.name, outcome, state.mode, code))
    state = replace(state, tried=state.tried | {operator.name}, reason=outcome)
    broke = outcome is Outcome.OPERATOR_LEFT and code not in (None, GOODBYE)
    return state, (ReleaseOperator(operator, Outcome.UNREACHABLE if broke else outcome), note)


def next_desk(state: TransferState, outcome: Outcome, code: int | None, loop_ms: int) -> Result:
    """Let go of the operator who has picked up, and look for another one on the same route."""
    state, effects = failed(state, state.one, outcome, code)
    state, more = take_route(state, state.route, loop_ms)
    return state, (*effects, *more)
