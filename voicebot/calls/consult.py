"""One warm transfer: the asyncio shell around `voicebot.operators.transfer`.

It owns the operator's leg and all timers. What happens to that leg comes in through `line_event`, and
how it ended comes out of `run`. The caller's leg is never touched here but to be joined.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from voicebot import control, ids
from voicebot.calls.floor import Floor
from voicebot.errors import LineGone, SetupError, SpeechFailed
from voicebot.operators import transfer
from voicebot.operators.pool import Operator, Wish
from voicebot.operators.transfer import Limits, Outcome, Phase
from voicebot.speech.synthesiser import Synthesiser, Voice

log = structlog.get_logger(__name__)

_NO_LEG_CODE = 503
"""Our own line says so when it has no leg left to dial with."""

BRIEF_VOICE = Voice(words_per_minute=190)
"""Operators are trained listeners, and each second of the brief is one that the caller waits."""


@dataclass(frozen=True, slots=True)
class ConsultRequest:
    """What a transfer needs to know about the call."""

    call: str
    leg: str
    """The caller's leg."""
    urgency: str
    brief: Callable[[], str]
    """What the operator hears first; asked for when he has answered."""
    caller_left: str
    """What the operator hears when the caller has gone before he could accept."""
    headers: tuple[tuple[str, str], ...] = ()
    display_name: str = ""
    group: str | None = None
    """The desks that the dialog asks for; a PBX may route by it."""


class Consult:
    """A transfer under way. ``changed`` is told of each new phase, ``owns`` of each leg that is made."""

    def __init__(
        self,
        request: ConsultRequest,
        *,
        send: Callable[[control.Command], None],
        floor: Floor,
        synthesiser: Synthesiser,
        owns: Callable[[str], None],
        changed: Callable[[Phase, Operator | None], None],
        limits: Limits | None = None,
    ) -> None:
        self.leg: str | None = None
        self.slot: int | None = None
        """Ring slot of the operator's leg; None until it has answered."""
        self._request = request
        self._send = send
        self._floor = floor
        self._synthesiser = synthesiser
        self._owns = owns
        self._changed = changed
        self._limits = limits or Limits()
        self._events: asyncio.Queue[transfer.Event] = asyncio.Queue()
        self._claim: asyncio.Task[None] | None = None
        self.attempts: tuple[transfer.Attempt, ...] = ()

    def line_event(self, event: control.Event) -> None:
        """Take what happened to the operator's leg."""
        match event:
            case control.LegAnswered(leg=leg, slot=slot) if leg == self.leg:
                self.slot = slot
                self._events.put_nowait(transfer.OperatorAnswered())
            case control.KeyPressed(leg=leg, key=key) if leg == self.leg:
                self._events.put_nowait(transfer.OperatorKey(key))
            case control.LegEnded(leg=leg, code=code, by_remote=by_remote) if leg == self.leg:
                no_leg = code == _NO_LEG_CODE and not by_remote
                self.leg = self.slot = None
                self._events.put_nowait(transfer.OperatorEnded(0 if no_leg else code))
            case control.CommandFailed(leg=leg, command="Dial") if leg == self.leg:
                self.leg = self.slot = None
                self._events.put_nowait(transfer.OperatorEnded(0))
            case control.Played(leg=leg, finished=True) if leg == self.leg:
                self._events.put_nowait(transfer.BriefSpoken())
            case _:
                pass

    def caller_left(self) -> None:
        """The caller hung up."""
        self._events.put_nowait(transfer.CallerLeft())

    def accept(self, operator: str) -> None:
        """The operator accepted at the console."""
        del operator
        self._events.put_nowait(transfer.OperatorKey("1"))

    def decline(self, operator: str) -> None:
        """The operator declined at the console."""
        del operator
        self._events.put_nowait(transfer.OperatorKey("2"))

    async def run(self) -> Outcome:
        """Hunt until somebody accepts; returns when the transfer is over, connected or not.

        After ``CONNECTED`` was reported through ``changed``, it goes on until either side leaves.
        Cancellation hangs up the operator's leg and frees his desk.
        """
        state, effects = transfer.begin(_now_ms(), self._limits)
        self._changed(state.phase, state.operator)
        outcome: Outcome | None = None
        try:
            while True:
                for effect in effects:
                    finished = await self._execute(effect)
                    outcome = finished or outcome
                if outcome is not None:
                    return outcome
                event = await self._next_event(state)
                phase = state.phase
                state, effects = transfer.step(state, event, _now_ms(), self._limits)
                self.attempts = state.attempts
                if state.phase is not phase:
                    if state.phase is Phase.CONNECTED and state.operator is not None:
                        self._floor.on_call(state.operator.name, self._request.call)
                    self._changed(state.phase, state.operator)
        finally:
            if self._claim is not None:
                self._claim.cancel()
            self._return_unused_desk()
            if outcome is None and state.operator is not None:
                self._release(state.operator)

    def _return_unused_desk(self) -> None:
        """A desk that was claimed at the very end, too late for the machine to see it, is free again."""
        while not self._events.empty():
            event = self._events.get_nowait()
            if isinstance(event, transfer.OperatorClaimed):
                self._floor.free(event.operator.name, self._request.call)

    async def _next_event(self, state: transfer.TransferState) -> transfer.Event:
        if state.phase is Phase.CONNECTED:
            return await self._events.get()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0, state.deadline_ms - _now_ms()) / 1000):
                return await self._events.get()
        return transfer.TimePassed()

    async def _execute(self, effect: transfer.Effect) -> Outcome | None:
        match effect:
            case transfer.ClaimOperator(tried):
                if self._floor.nobody_for(self._wish(tried)):
                    self._events.put_nowait(transfer.NobodyLeft())
                else:
                    self._claim = asyncio.create_task(self._wait_for_operator(tried))
            case transfer.RingOperator(operator, limit_ms):
                self._ring(operator, limit_ms)
            case transfer.SpeakBrief():
                await self._speak(self._request.brief())
            case transfer.JoinLegs():
                self._join()
            case transfer.ReleaseOperator(operator, caller_left):
                if caller_left and await self._speak(self._request.caller_left):
                    self._floor.free(
                        operator.name, self._request.call, after=self.leg
                    )  # its end hangs up: see the switchboard
                else:
                    self._release(operator)
            case transfer.FinishTransfer(outcome, _):
                return outcome
        return None

    async def _wait_for_operator(self, tried: frozenset[str]) -> None:
        first, *others = await self._floor.claim(self._wish(tried))
        for operator in others:
            self._floor.free(operator.name, self._request.call)
        self._events.put_nowait(transfer.OperatorClaimed(first))

    def _wish(self, tried: frozenset[str]) -> Wish:
        return Wish(self._request.call, self._request.urgency, self._request.group, tried=tried)

    def _ring(self, operator: Operator, limit_ms: int) -> None:
        self.leg = ids.new_leg_id(ids.line_of(self._request.leg))
        group = self._request.group
        self._owns(self.leg)
        dial = control.Dial(
            leg=self.leg,
            uri=operator.uri,
            display_name=self._request.display_name,
            headers=(*self._request.headers, *((("X-Voicebot-Group", group),) if group else ())),
            ring_limit_ms=limit_ms,
        )
        try:
            self._send(dial)
        except LineGone:
            self.leg = None
            self._events.put_nowait(transfer.OperatorEnded(0))

    async def _speak(self, text: str) -> bool:
        if self.leg is None:
            return False
        try:
            clip = await self._synthesiser.speech(text, BRIEF_VOICE)
        except (SpeechFailed, SetupError) as error:
            log.warning("brief has no voice", call=self._request.call, error=str(error))
            return False
        try:
            self._send(control.Play(leg=self.leg, play_id="brief", files=(str(clip.file),)))
        except LineGone:
            return False
        return True

    def _join(self) -> None:
        assert self.leg is not None
        with contextlib.suppress(LineGone):
            self._send(control.StopPlay(leg=self.leg))
            self._send(control.StopPlay(leg=self._request.leg))
            self._send(control.Bridge(leg=self._request.leg, other=self.leg))

    def _release(self, operator: Operator) -> None:
        leg, self.leg, self.slot = self.leg, None, None
        if leg is not None:
            with contextlib.suppress(LineGone):
                self._send(control.HangUp(leg=leg))
        self._floor.free(operator.name, self._request.call, after=leg)


def _now_ms() -> int:
    return int(asyncio.get_running_loop().time() * 1000)
