"""The way of one caller to a human, as a pure machine that never gives up and loses nobody.

::

     begin, AskedAgain, next round
        |
        v     desks claimed           answered             key 1, or on the screen
     WAITING -----------> RINGING -----------> BRIEFING --------------+
      | ^  ^                |  | hot, or accepted on the screen       |
      | |  |                |  +--------------------------------------+
      | |  +-- next desk ---+---- declined, timed out, ended ----+    v
      | |                                                        | JOINING     REFERRING (replaces;
      | +----- next route -- SENDING -- refused, timed out       |    | |   <---- joined meanwhile)
      |                      ^ |                                 +----+ |          |
      +------ next route ----+ | 2xx            audio both ways         v          | 2xx
      |                        v                CONNECTED <-------------+          v
      |                       OVER                |  |                            OVER
      | no route left              operator left  |  | caller left
      v                                           v  v
     QUEUED <-------------------------------------+ OVER      (from every phase: CallerLeft -> OVER)
      | a desk comes free -> RINGING; after a while -> WAITING, the next round

The routes are tried in order (`voicebot.operators.transfer_plan`). Of desks that ring at once the first who
picks up has the transfer, and the others are let go. Only a key or the console accepts, never speech of
anybody; a hot transfer needs no acceptance. `REFERRING` begins with the legs joined, so a REFER that is
refused or never finished leaves a bridge. A transfer is done when audio was seen both ways, or when the
NOTIFY of a REFER told of a 2xx (RFC 3515). In `QUEUED` the dialog talks with the caller, who keeps the place
on the waiting list. ``loop_ms`` is the event loop's monotonic clock in milliseconds, as the caller of `step`
reads it.
"""

from __future__ import annotations

from dataclasses import replace

from voicebot.operators.desks import Operator
from voicebot.operators.outcomes import Attempt, Outcome, outcome_of, outcome_of_refer
from voicebot.operators.transfer_events import (
    AcceptedOnScreen,
    AskedAgain,
    AudioProven,
    BriefSpoken,
    CallerLeft,
    DeclinedOnScreen,
    DropClaim,
    Effect,
    Event,
    FinishTransfer,
    JoinFailed,
    JoinLegs,
    NobodyLeft,
    NoteAttempt,
    OperatorAnswered,
    OperatorEnded,
    OperatorKey,
    OperatorsClaimed,
    Reassure,
    ReferMoved,
    ReferToOperator,
    ReleaseOperator,
    ReturnCaller,
    RingOperator,
    SpeakBrief,
    TimePassed,
    WhisperBrief,
)
from voicebot.operators.transfer_plan import Plan, SendCaller
from voicebot.operators.transfer_state import (
    GOODBYE,
    Phase,
    Result,
    TransferState,
    failed,
    next_desk,
    next_round,
    take_route,
)

_VANISHED = 408
"""An answered leg whose phone no longer says anything."""


def begin(plan: Plan, loop_ms: int) -> Result:
    """Start a transfer."""
    return next_round(TransferState(plan), loop_ms)


def step(state: TransferState, event: Event, loop_ms: int) -> Result:
    """Advance by one event that happened at ``loop_ms``; an event that does not fit the phase is ignored.

    Desks that are claimed when none is wanted any more are given back, also when all is over.
    """
    match event:
        case OperatorsClaimed(operators) if state.phase not in (Phase.WAITING, Phase.QUEUED):
            return state, tuple(ReleaseOperator(operator) for operator in operators)
        case _ if state.phase is Phase.OVER:
            return state, ()
        case TimePassed() if state.deadline_ms is None or loop_ms < state.deadline_ms:
            return state, ()
        case CallerLeft():
            return _caller_left(state)
        case AskedAgain(plan):
            return _asked_again(state, plan, loop_ms)
    match state.phase:
        case Phase.WAITING | Phase.QUEUED:
            return _waiting(state, event, loop_ms)
        case Phase.RINGING:
            return _ringing(state, event, loop_ms)
        case Phase.BRIEFING:
            return _briefing(state, event, loop_ms)
        case Phase.JOINING:
            return _joining(state, event, loop_ms)
        case Phase.REFERRING:
            return _referring(state, event, loop_ms)
        case Phase.SENDING:
            return _sending(state, event, loop_ms)
        case _:
            return _connected(state, event, loop_ms)


def _asked_again(state: TransferState, plan: Plan, loop_ms: int) -> Result:
    """Follow the new plan: at once while nobody was found, else only as far as it still matters."""
    if state.phase is Phase.QUEUED or (state.phase is Phase.WAITING and plan.routes != state.plan.routes):
        return next_round(replace(state, plan=plan), loop_ms)
    return replace(state, plan=replace(plan, routes=state.plan.routes)), ()


# --- phases ----------------------------------------------------------------------------------------


def _waiting(state: TransferState, event: Event, loop_ms: int) -> Result:
    match event:
        case OperatorsClaimed(operators) if operators:
            ring_ms = state.plan.limits.ring_ms
            state = replace(state, phase=Phase.RINGING, ringing=operators, deadline_ms=loop_ms + ring_ms)
            return state, tuple(RingOperator(operator, ring_ms) for operator in operators)
        case NobodyLeft() | TimePassed() if state.phase is Phase.WAITING:
            return take_route(state, state.route + 1, loop_ms)
        case TimePassed():
            return next_round(state, loop_ms)
        case _:
            return state, ()


def _ringing(state: TransferState, event: Event, loop_ms: int) -> Result:
    by_name = {operator.name: operator for operator in state.ringing}
    match event:
        case OperatorAnswered(name) if name in by_name:
            others = tuple(ReleaseOperator(each) for each in state.ringing if each.name != name)
            state = replace(state, ringing=(), operator=by_name[name], answered_ms=loop_ms)
            if state.plan.mode == "hot" or name in state.accepted:
                state, effects = _join(state, by_name[name], loop_ms)
            else:
                state, effects = _brief(state, by_name[name], loop_ms)
            return state, (*others, *effects)
        case AcceptedOnScreen(name) if name in by_name:
            return replace(state, accepted=state.accepted | {name}), ()
        case DeclinedOnScreen(name) if name in by_name:
            return _one_less(state, by_name[name], Outcome.DECLINED, None, loop_ms)
        case OperatorEnded(name, code) if name in by_name:
            return _one_less(state, by_name[name], outcome_of(code), code or None, loop_ms)
        case TimePassed():
            effects = ()
            for operator in state.ringing:
                state, more = failed(state, operator, Outcome.NO_ANSWER)
                effects += more
            state, more = take_route(state, state.route, loop_ms)
            return state, (*effects, *more)
        case _:
            return state, ()


def _one_less(
    state: TransferState, operator: Operator, outcome: Outcome, code: int | None, loop_ms: int
) -> Result:
    state, effects = failed(state, operator, outcome, code)
    state = replace(state, ringing=tuple(each for each in state.ringing if each != operator))
    if state.ringing:
        return state, effects
    state, more = take_route(state, state.route, loop_ms)
    return state, (*effects, *more)


def _briefing(state: TransferState, event: Event, loop_ms: int) -> Result:
    operator = state.one
    match event:
        case BriefSpoken(operator.name):
            return replace(state, deadline_ms=_until(state, loop_ms, state.plan.limits.accept_ms)), ()
        case OperatorKey(operator.name, "1") | AcceptedOnScreen(operator.name):
            return _join(state, operator, loop_ms)
        case OperatorKey(operator.name, "2") | DeclinedOnScreen(operator.name):
            return next_desk(state, Outcome.DECLINED, None, loop_ms)
        case OperatorKey(operator.name, "3"):
            return _brief(state, operator, loop_ms)
        case OperatorEnded(operator.name, code):
            outcome = {GOODBYE: Outcome.DECLINED, _VANISHED: Outcome.UNREACHABLE}.get(code)
            outcome = outcome or outcome_of(code)
            return next_desk(state, outcome, code, loop_ms)
        case TimePassed():
            return next_desk(state, Outcome.TIMED_OUT, None, loop_ms)
        case _:
            return state, ()


def _brief(state: TransferState, operator: Operator, loop_ms: int) -> Result:
    limits = state.plan.limits
    deadline_ms = _until(state, loop_ms, limits.brief_ms + limits.accept_ms)
    return replace(state, phase=Phase.BRIEFING, deadline_ms=deadline_ms), (SpeakBrief(operator),)


def _until(state: TransferState, loop_ms: int, limit_ms: int) -> int:
    return min(loop_ms + limit_ms, state.answered_ms + state.plan.limits.briefing_ms)


def _join(state: TransferState, operator: Operator, loop_ms: int) -> Result:
    limits = state.plan.limits
    if state.plan.mode == "hot":
        state = replace(state, phase=Phase.JOINING, deadline_ms=loop_ms + limits.proof_ms)
        return state, (JoinLegs(operator), WhisperBrief(operator))
    if state.plan.connect == "replaces":
        state = replace(state, phase=Phase.REFERRING, deadline_ms=loop_ms + limits.refer_ms)
        return state, (JoinLegs(operator), ReferToOperator(operator))
    state = replace(state, phase=Phase.JOINING, deadline_ms=loop_ms + limits.proof_ms)
    return state, (JoinLegs(operator),)


def _joining(state: TransferState, event: Event, loop_ms: int) -> Result:
    operator = state.one
    match event:
        case AudioProven():
            return _talking(state)
        case OperatorEnded(operator.name, code):
            return _broke_off(state, Outcome.OPERATOR_LEFT, code, loop_ms)
        case JoinFailed() | TimePassed():
            return _broke_off(state, Outcome.FAILED, None, loop_ms)
        case _:
            return state, ()


def _referring(state: TransferState, event: Event, loop_ms: int) -> Result:
    operator = state.one
    match event:
        case AudioProven():
            return replace(state, proven=True), ()
        case OperatorEnded(operator.name, _):
            assert state.deadline_ms is not None
            deadline_ms = min(state.deadline_ms, loop_ms + state.plan.limits.replaced_ms)
            return replace(state, operator_gone=True, deadline_ms=deadline_ms), ()
        case ReferMoved(code) if 200 <= code < 300:
            return _arrived(state, operator.name, code, ReleaseOperator(operator, Outcome.CONNECTED))
        case ReferMoved(code, final) if final or code >= 300:
            return _stay_bridged(state, loop_ms)
        case TimePassed():
            return _stay_bridged(state, loop_ms)
        case _:
            return state, ()


def _stay_bridged(state: TransferState, loop_ms: int) -> Result:
    """The legs could not leave us: go on with the bridge that they have."""
    if state.operator_gone and state.proven:
        return _operator_left(state, GOODBYE, loop_ms)
    if state.operator_gone:
        return _broke_off(state, Outcome.OPERATOR_LEFT, None, loop_ms)
    if state.proven:
        return _talking(state)
    return replace(state, phase=Phase.JOINING, deadline_ms=loop_ms + state.plan.limits.proof_ms), ()


def _talking(state: TransferState) -> Result:
    note = NoteAttempt(Attempt(state.one.name, Outcome.CONNECTED, state.mode))
    return replace(state, phase=Phase.CONNECTED, deadline_ms=None), (note,)


def _sending(state: TransferState, event: Event, loop_ms: int) -> Result:
    route = state.current
    assert isinstance(route, SendCaller)
    match event:
        case ReferMoved(code) if 200 <= code < 300:
            return _arrived(state, route.name, code)
        case ReferMoved(code, final) if final or code >= 300:
            outcome = outcome_of_refer(code)
        case TimePassed():
            outcome, code = Outcome.TIMED_OUT, 0
        case _:
            return state, ()
    note = NoteAttempt(Attempt(route.name, outcome, state.mode, code or None))
    state = replace(state, reason=outcome, failed_sends=(*state.failed_sends, (route.uri, loop_ms)))
    state, effects = take_route(state, state.route + 1, loop_ms)
    return state, (note, *effects)


def _arrived(state: TransferState, name: str, code: int, *effects: Effect) -> Result:
    route = state.current
    diverted = isinstance(route, SendCaller) and route.fallback
    note = NoteAttempt(Attempt(name, Outcome.CONNECTED, state.mode, code))
    state = replace(state, phase=Phase.OVER, deadline_ms=None, operator=None)
    return state, (*effects, note, FinishTransfer(Outcome.CONNECTED, name, diverted))


def _connected(state: TransferState, event: Event, loop_ms: int) -> Result:
    if isinstance(event, OperatorEnded) and event.operator == state.one.name:
        return _operator_left(state, event.code, loop_ms)
    return state, ()


# --- ends ------------------------------------------------------------------------------------------


def _operator_left(state: TransferState, code: int, loop_ms: int) -> Result:
    """Give the caller back and ring anew: at once after a failure, after a while when they said goodbye."""
    operator = state.one
    state, effects = failed(state, operator, Outcome.OPERATOR_LEFT, code)
    effects = (*effects, ReturnCaller(Outcome.OPERATOR_LEFT, abruptly=code != GOODBYE))
    state = replace(state, phase=Phase.QUEUED, operator=None, returned=True, tried=frozenset(), route=0)
    if code == GOODBYE:
        return replace(state, deadline_ms=loop_ms + state.plan.limits.return_ms), effects
    state, more = next_round(state, loop_ms)
    return state, (*effects, *more)


def _caller_left(state: TransferState) -> Result:
    on_the_phone = state.phase in (Phase.BRIEFING, Phase.JOINING, Phase.REFERRING)
    talked = state.phase is Phase.CONNECTED or state.proven
    outcome = Outcome.CONNECTED if talked else Outcome.CALLER_LEFT
    told = on_the_phone and not talked and not state.operator_gone
    effects: list[Effect] = [DropClaim()]
    for operator in state.held:
        effects.append(ReleaseOperator(operator, Outcome.CALLER_LEFT, tell_caller_left=told))
        if state.phase is not Phase.CONNECTED:  # noted when it connected
            effects.append(NoteAttempt(Attempt(operator.name, outcome, state.mode)))
    if state.phase is Phase.SENDING:
        route = state.current
        assert isinstance(route, SendCaller)
        effects.append(NoteAttempt(Attempt(route.name, outcome, state.mode)))
    name = state.operator.name if state.operator is not None else None
    state = replace(state, phase=Phase.OVER, deadline_ms=None, ringing=(), operator=None)
    return state, (*effects, FinishTransfer(outcome, name))


def _broke_off(state: TransferState, outcome: Outcome, code: int | None, loop_ms: int) -> Result:
    """Look on for a caller who may have heard the operator already."""
    state, effects = next_desk(state, outcome, code, loop_ms)
    told = any(isinstance(effect, ReturnCaller) for effect in effects)
    return state, effects if told else (*effects, Reassure())
