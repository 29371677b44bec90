"""One caller's way to a human: the asyncio shell around `voicebot.operators.transfer`.

It owns the operators' legs until it lets go of them (`voicebot.calls.transfers.leaving_legs`), and all timers
of the transfer. What happens on any leg of the call comes in through `line_event`, what it comes to goes out
through `SearchPorts.report_progress`, and how it ended comes out of `run`. Of the caller's leg it only ever
says two things to the line: join it with an operator's, or send its party elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools

import structlog

from voicebot import control, ids
from voicebot.calls.inbox import Inbox
from voicebot.calls.transfers.progress import (
    AttemptOver,
    CallerReturned,
    DeskRings,
    TransferDelayed,
    TransferPhase,
)
from voicebot.calls.transfers.search_request import SearchPorts, SearchRequest
from voicebot.errors import LineGone
from voicebot.operators import transfer, transfer_events
from voicebot.operators.desks import Operator, Wish
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer_events import FinishTransfer
from voicebot.operators.transfer_plan import Plan
from voicebot.operators.transfer_state import JOINED, Phase, TransferState
from voicebot.vocabulary.urgency import Urgency

log = structlog.get_logger(__name__)

_NO_LEG_CODE = 503
"""Our own line says so when it has no leg left to dial with."""
_NOT_SENT = 500
"""Stands for the final status of a REFER that could not be sent: a failure that is ours (RFC 3261 21.5.1)."""
_EVENTS = 100
"""The search takes its events without waiting for anything, so that more than a few never wait."""
_MAY_BE_LOST = (
    transfer_events.OperatorKey,
    transfer_events.AcceptedOnScreen,
    transfer_events.DeclinedOnScreen,
)
"""What an operator can send without end, and sends again when nothing follows."""
_RESTING = (Outcome.NO_ANSWER, Outcome.TIMED_OUT, Outcome.FAILED)
"""Whose desk is left in peace for a while. So is one that was connected by REFER: we cannot see its talk."""


class HumanSearch:
    """A transfer from its first wish to the end of the call.

    Its events wait in a queue that is bounded: see `_MAY_BE_LOST` for what is dropped when it is full. That a
    leg has ended or was answered, that audio has passed, and which desks were claimed always gets in.
    """

    def __init__(self, request: SearchRequest, plan: Plan, ports: SearchPorts) -> None:
        self.phase: Phase | None = None
        self.leg: str | None = None
        """The leg of the operator who has picked up."""
        self.slot: int | None = None
        """Its ring slot."""
        self.referred = False
        """Whether the caller was asked to go elsewhere (REFER) in this search."""
        self._request = request
        self._plan = plan
        self._urgency = request.urgency
        self._ports = ports
        self._board = ports.board
        self._events: Inbox[transfer_events.Event] = Inbox(_EVENTS, _MAY_BE_LOST)
        self._claim: asyncio.Task[None] | None = None
        self._prepared = False
        """Whether the briefing has begun to be made."""
        self._legs: dict[str, str] = {}
        """By operator: the legs that are alive."""
        self._names: dict[str, str] = {}
        self._slots: dict[str, int] = {}
        self._speech: asyncio.Task[None] | None = None

    # --- what others call: never blocks ----------------------------------------------------------

    def line_event(self, event: control.Event) -> None:
        """Take what happened on the caller's or an operator's leg."""
        match event:
            case control.LineLost():
                self._events.put(transfer_events.CallerLeft())
            case control.BridgeProven(leg=leg, other=other) if self.leg in (leg, other):
                self._events.put(transfer_events.AudioProven())
            case _ if getattr(event, "leg", None) == self._request.leg:
                self._caller_event(event)
            case _ if (leg := getattr(event, "leg", "")) in self._names:
                self._operator_event(event, leg, self._names[leg])
            case _:
                pass

    def caller_left(self) -> None:
        """The caller hung up."""
        self._events.put(transfer_events.CallerLeft())

    def ask_again(self, plan: Plan, urgency: Urgency) -> None:
        """The dialog asks again, perhaps for other routes."""
        self._urgency = urgency
        self._events.put(transfer_events.AskedAgain(plan))

    def rerank(self, urgency: Urgency) -> None:
        """Move the caller to where the urgency belongs."""
        self._urgency = urgency
        self._board.rerank(self._request.call, urgency)

    def accept(self, operator: str) -> None:
        """An operator accepted at the console."""
        self._events.put(transfer_events.AcceptedOnScreen(operator))

    def decline(self, operator: str) -> None:
        """An operator declined at the console."""
        self._events.put(transfer_events.DeclinedOnScreen(operator))

    def _caller_event(self, event: control.Event) -> None:
        match event:
            case control.LegEnded():
                self._events.put(transfer_events.CallerLeft())
            case control.ReferProgress(code=code, final=final):
                self._events.put(transfer_events.ReferMoved(code, final))
            case control.CommandFailed(command="Refer"):
                self._events.put(transfer_events.ReferMoved(_NOT_SENT, final=True))
            case control.CommandFailed(command="Bridge"):
                self._events.put(transfer_events.JoinFailed())
            case _:
                pass

    def _operator_event(self, event: control.Event, leg: str, name: str) -> None:
        match event:
            case control.LegRinging():
                self._ports.report_progress(DeskRings(name))
            case control.LegAnswered(slot=slot):
                self._slots[leg] = slot
                self._ports.report_progress(DeskRings(name))
                self._events.put(transfer_events.OperatorAnswered(name))
            case control.KeyPressed(key=key):
                self._events.put(transfer_events.OperatorKey(name, key))
            case control.Played(play_id="brief", finished=True) | control.CommandFailed(command="Play"):
                self._events.put(transfer_events.BriefSpoken(name))
            case control.LegEnded(code=code, by_remote=by_remote):
                no_leg = code == _NO_LEG_CODE and not by_remote
                self._ended(leg, name, 0 if no_leg else code)
            case control.CommandFailed(command="Dial"):
                self._ended(leg, name, 0)
            case _:
                pass

    def _ended(self, leg: str, name: str, code: int) -> None:
        self._forget(leg, name)
        self._events.put(transfer_events.OperatorEnded(name, code))

    # --- the task --------------------------------------------------------------------------------

    async def run(self) -> FinishTransfer:
        """Look for a human until the caller has gone, or has arrived elsewhere.

        Cancellation hangs up the operators' legs and frees their desks, but for a talk when the server stops.
        """
        state, effects = transfer.begin(self._plan, _loop_ms())
        try:
            while True:
                self._moved(state)
                for effect in effects:
                    if isinstance(effect, FinishTransfer):
                        return effect
                    self._execute(effect)
                event = await self._next_event(state)
                state, effects = transfer.step(state, event, _loop_ms())
        finally:
            self._drop_claim()
            self._stop_speech()
            # When the server stops, the line process outlives us and keeps a talk going: it is left alone.
            left_alone = self._ports.tasks.closed and state.phase in JOINED
            for operator in (*(() if left_alone else state.held), *self._claimed_too_late()):
                self._release(operator)

    def _claimed_too_late(self) -> list[Operator]:
        claimed = (each for each in self._events.left() if isinstance(each, transfer_events.OperatorsClaimed))
        return [operator for each in claimed for operator in each.operators]

    async def _next_event(self, state: TransferState) -> transfer_events.Event:
        if state.deadline_ms is None:
            return await self._events.get()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0, state.deadline_ms - _loop_ms()) / 1000):
                return await self._events.get()
        return transfer_events.TimePassed()

    def _moved(self, state: TransferState) -> None:
        operator = state.operator
        self.leg = self._legs.get(operator.name) if operator is not None else None
        self.slot = self._slots.get(self.leg) if self.leg is not None else None
        if state.phase is self.phase:
            return
        self.phase = state.phase
        if state.phase is Phase.CONNECTED and operator is not None:
            self._board.on_call(operator.name, self._request.call)
        self._ports.report_progress(TransferPhase(state.phase, tuple(each.name for each in state.held)))

    def _execute(self, effect: transfer_events.Effect) -> None:
        match effect:
            case transfer_events.ClaimOperators():
                self._drop_claim()
                self._claim_for(effect)
            case transfer_events.DropClaim():
                self._drop_claim()
            case transfer_events.RingOperator(operator, limit_ms):
                self._ring(operator, limit_ms)
            case transfer_events.SpeakBrief(operator):
                self._speak(operator, accept=True)
            case transfer_events.WhisperBrief(operator):
                self._speak(operator, accept=False)
            case transfer_events.JoinLegs(operator):
                self._join(operator)
            case transfer_events.ReferToOperator(operator):
                replaces = self._legs.get(operator.name)
                self._refer(control.Refer(leg=self._request.leg, replaces=replaces) if replaces else None)
            case transfer_events.ReferCaller(uri):
                self._refer(control.Refer(leg=self._request.leg, uri=uri))
            case transfer_events.ReleaseOperator(operator, outcome, tell_caller_left):
                self._release(operator, outcome, farewell=tell_caller_left)
            case _:
                self._report(effect)

    def _report(self, effect: transfer_events.Effect) -> None:
        match effect:
            case transfer_events.NoteAttempt(attempt):
                self._ports.report_progress(AttemptOver(attempt))
            case transfer_events.Reassure():
                self._ports.report_progress(TransferDelayed())
            case transfer_events.ReturnCaller(reason, abruptly):
                self._ports.report_progress(CallerReturned(reason, abruptly))
            case _:
                pass

    # --- desks -----------------------------------------------------------------------------------

    def _claim_for(self, wanted: transfer_events.ClaimOperators) -> None:
        wish = Wish(
            self._request.call,
            self._urgency,
            wanted.group,
            skills=self._request.skills(),
            tried=wanted.tried,
            returned=wanted.returned,
        )
        if not wanted.patient and self._board.nobody_for(wish):
            self._events.put(transfer_events.NobodyLeft())
        else:
            self._claim = self._ports.tasks.start(self._wait_for_desks(wish), "claim")

    async def _wait_for_desks(self, wish: Wish) -> None:
        operators = await self._board.claim(wish)
        most = self._request.at_once()
        for operator in operators[most:]:
            self._board.free(operator.name, wish.call)
        operators = operators[:most]
        self._events.put(transfer_events.OperatorsClaimed(operators))
        for operator in operators:
            if self._board.wants(operator.name, wish.call):
                self.accept(operator.name)

    def _drop_claim(self) -> None:
        if self._claim is not None:
            self._claim.cancel()
            self._claim = None

    def _release(self, operator: Operator, outcome: Outcome | None = None, *, farewell: bool = False) -> None:
        free = functools.partial(
            self._board.free,
            operator.name,
            self._request.call,
            rest=outcome in _RESTING or (outcome is Outcome.CONNECTED and operator.calls_at_once == 1),
            unreachable=outcome is Outcome.UNREACHABLE,
        )
        leg = self._legs.get(operator.name)
        if leg is None:
            free()
            return
        self._forget(leg, operator.name)
        file = self._request.briefing.farewell if farewell else None
        if file is not None:
            with contextlib.suppress(LineGone):
                self._ports.send(control.Unbridge(leg=self._request.leg, other=leg))
        self._ports.leaving.let_go(leg, free, file)

    # --- legs ------------------------------------------------------------------------------------

    def _ring(self, operator: Operator, limit_ms: int) -> None:
        request = self._request
        leg = ids.new_leg_id(ids.line_of(request.leg))
        self._legs[operator.name], self._names[leg] = leg, operator.name
        self._ports.route_leg(leg)
        dial = control.Dial(
            leg=leg,
            uri=operator.uri,
            display_name=request.display_name,
            from_number=request.from_number,
            headers=request.headers(self._urgency),
            ring_limit_ms=limit_ms,
        )
        try:
            self._ports.send(dial)
        except LineGone:
            self._ended(leg, operator.name, 0)
            return
        if not self._prepared:
            self._prepared = True
            self._ports.tasks.start(request.briefing.prepare(), "briefing")

    def _speak(self, operator: Operator, *, accept: bool) -> None:
        self._stop_speech()
        leg = self._legs.get(operator.name)
        if leg is not None:
            self._speech = self._ports.tasks.start(
                self._play_brief(leg, operator.name, accept=accept), "brief"
            )

    async def _play_brief(self, leg: str, name: str, *, accept: bool) -> None:
        files = await self._request.briefing.brief(accept=accept)
        if not files:
            self._events.put(transfer_events.BriefSpoken(name))
        elif leg in self._names:
            with contextlib.suppress(LineGone):
                self._ports.send(control.Play(leg=leg, play_id="brief", files=files))

    def _stop_speech(self) -> None:
        if self._speech is not None:
            self._speech.cancel()
            self._speech = None

    def _join(self, operator: Operator) -> None:
        self._stop_speech()
        leg = self._legs.get(operator.name)
        if leg is None:
            return  # its end is among the events already
        with contextlib.suppress(LineGone):
            self._ports.send(control.StopPlay(leg=leg))
            self._ports.send(control.StopPlay(leg=self._request.leg))
            self._ports.send(control.Bridge(leg=self._request.leg, other=leg))

    def _refer(self, command: control.Refer | None) -> None:
        try:
            if command is not None:
                self.referred = True
                self._ports.send(command)
                return
        except LineGone:
            pass
        self._events.put(transfer_events.ReferMoved(_NOT_SENT, final=True))

    def _forget(self, leg: str, name: str) -> None:
        self._names.pop(leg, None)
        self._slots.pop(leg, None)
        if self._legs.get(name) == leg:
            del self._legs[name]
        if self.leg == leg:
            self.leg = self.slot = None


def _loop_ms() -> int:
    return int(asyncio.get_running_loop().time() * 1000)
