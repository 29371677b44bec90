"""One call: the shell that joins hearing, dialog, playback, transfer and record.

Everything that happens to a call comes through one inbox and is handled in order: the pure dialog says
what follows, what was heard is saved, and only then the effects are carried out. The bot never ends a
call; a session ends when the caller's leg has.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import structlog

from voicebot import control, dialog
from voicebot.calls.consult import Consult, ConsultRequest
from voicebot.calls.ears import Ears
from voicebot.calls.enough import enough_ms
from voicebot.calls.hearing import HearingEvent, PartHeard, SpeechBegan, UtteranceHeard
from voicebot.calls.inbox import (
    Happening,
    Inbox,
    LimitReached,
    OwnEvent,
    SilencePassed,
    TransferOver,
    TransferPhase,
    VoiceFailed,
)
from voicebot.calls.parts import Parts
from voicebot.calls.playback import Sentence
from voicebot.calls.report import Report
from voicebot.calls.talk import Talk
from voicebot.errors import LineGone
from voicebot.operators.pool import Operator
from voicebot.operators.transfer import Outcome, Phase

log = structlog.get_logger(__name__)

_FAILURES: dict[Outcome, dialog.TransferFailure] = {
    Outcome.BUSY: "busy",
    Outcome.NO_ANSWER: "no_answer",
    Outcome.DECLINED: "declined",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.NO_LEG: "no_leg",
    Outcome.OPERATOR_LEFT: "operator_left",
}
_SIP_OK, _SIP_REDIRECT, _SIP_FAILURE = 200, 300, 500
_CONSULT_END_LIMIT_S = 5.0


class CallSession:
    """A call from its INVITE to its end. Made by the switchboard, which routes events here."""

    def __init__(self, offered: control.LegOffered, parts: Parts, owns: Callable[[str], None]) -> None:
        self.leg = offered.leg
        self.report = Report(offered, parts.store, parts.dialog, parts.same_caller_within)
        self.log = log.bind(call=self.report.call_id, incident=self.report.incident_id)
        self._offered = offered
        self._parts = parts
        self._script = parts.scripts.current
        self._owns = owns
        self._inbox = Inbox()
        self._state: dialog.State | None = None
        self._talk = Talk(
            self.leg, parts.hearing, self.report, self._send, advance=self._advance, enough=self._enough
        )
        self._talked_ms = 0
        self._consult: Consult | None = None
        self._consult_task: asyncio.Task[None] | None = None
        self._connected_to: str | None = None
        self._diverting = False
        self._ears = Ears(self.report.call_id, parts.lines, parts.hearing, parts.recordings)
        self._over = False

    # --- what others call: never blocks ----------------------------------------------------------

    def line_event(self, event: control.Event) -> None:
        """Take an event of one of this call's legs."""
        self._inbox.put(event)

    def heard(self, event: HearingEvent) -> None:
        """Take speech of one of this call's legs."""
        self._inbox.put(event)

    def media_passed(self, leg: str, elapsed_ms: int, *, speaking: bool) -> None:
        """Let the clocks of the caller's turn run on media time."""
        if leg != self.leg:
            return
        if self._connected_to is None and not self._talk.held:
            before = self._talked_ms
            self._talked_ms += elapsed_ms
            if before < self._parts.call_limit_ms <= self._talked_ms:
                self._inbox.put(LimitReached())
        if self._talk.media_passed(elapsed_ms, speaking=speaking):
            self._inbox.put(SilencePassed(self._talked_ms))

    def own(self, leg: str) -> None:
        """Have the events of another leg routed to this call."""
        self._owns(leg)

    def on_screen(self, operator: str, *, accepted: bool) -> bool:
        """Let an operator who is being rung take or decline this call; returns whether a transfer runs."""
        if self._consult is None:
            return False
        (self._consult.accept if accepted else self._consult.decline)(operator)
        return True

    # --- what `rescue` calls once `run` has failed -----------------------------------------------

    async def next_event(self) -> object:
        """Return the next event that nobody has handled."""
        return await self._inbox.get()

    def rescued_by(self, consult: Consult) -> None:
        """Let ``consult`` have the events of the operator's leg."""
        self._consult = consult

    def pass_to_consult(self, event: object) -> None:
        """Hand an event on, if it is one of a leg and a transfer is under way."""
        if self._consult is not None and not isinstance(event, HearingEvent | OwnEvent):
            self._consult.line_event(event)  # type: ignore[arg-type]

    def consult_left(self) -> None:
        """Tell a transfer under way that the caller has gone."""
        if self._consult is not None:
            self._consult.caller_left()

    @property
    def talks_to_a_human(self) -> bool:
        """True while an operator is on the line with the caller."""
        return self._connected_to is not None

    @property
    def over(self) -> bool:
        """True once the caller's leg has gone."""
        return self._over

    @property
    def transfer(self) -> asyncio.Task[None] | None:
        """The transfer or talk with an operator under way."""
        return self._consult_task

    def live(self) -> dict[str, Any]:
        """Return the read model of this call for the console: plain JSON values."""
        step = self._state.step if self._state else None
        place = self._parts.floor.place_of(self.report.call_id)
        return self.report.live() | {
            "step": step,
            "held": self._talk.held,
            "queue": asdict(place) if place else None,
        }

    # --- the task --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the call until the caller's leg is gone; cancellation leaves the record as it is."""
        try:
            self._send(control.Answer(leg=self.leg))
            await self.report.open()
            while not self._over:
                await self._handle(await self._inbox.get())
        finally:
            if self._consult_task is not None and self._over:
                await self._end_consult(self._consult_task)
            elif self._consult_task is not None and self._connected_to is None:
                self._consult_task.cancel()  # `rescue` rings anew; a talk with an operator is left alone
            await self._ears.close_all()

    async def pump_recordings(self) -> None:
        """Write out what was recorded since the last time."""
        await self._ears.pump()

    async def _handle(self, event: Happening) -> None:
        match event:
            case SpeechBegan() | PartHeard() | UtteranceHeard():
                await self._take_speech(event)
            case SilencePassed(at_ms):
                await self._advance(dialog.SilencePassed(at_ms))
            case LimitReached():
                await self._advance(dialog.TimeLimitReached())
            case VoiceFailed():
                await self._advance(dialog.RecogniserFailed())
            case TransferPhase(phase, operator):
                await self._transfer_changed(phase, operator)
            case TransferOver(outcome):
                await self._transfer_over(outcome)
            case control.LineLost():
                await self._caller_gone("line_lost", "the line process ended")
            case _ if getattr(event, "leg", None) == self.leg:
                await self._take_caller_event(event)
            case _:
                if isinstance(event, control.LegEnded):
                    await self._ears.close(event.leg)
                if self._consult is not None:
                    self._consult.line_event(event)

    async def _take_caller_event(self, event: control.Event) -> None:
        match event:
            case control.LegAnswered(slot=slot):
                await self._begin(slot)
            case control.MediaChanged(held=held):
                self._talk.held = held
            case control.KeyPressed(key=key):
                await self.report.key(key)
                await self._talk.interrupt()
                await self._advance(dialog.KeyPressed(key))
            case control.Played():
                await self._talk.played(event)
            case control.CommandFailed(command="Refer") if self._diverting:
                await self._diverted(_SIP_FAILURE)
            case control.CommandFailed(command="Play"):
                await self._talk.play_failed()
            case control.ReferProgress(code=code, final=True) if self._diverting:
                await self._diverted(code)
            case control.LegEnded(code=code, reason=reason):
                await self._caller_gone("abandoned", f"{code} {reason}")
            case _:
                pass

    async def _begin(self, slot: int) -> None:
        self.report.answered()
        self._ears.open(self.leg, slot, self, self.report.now_ms())
        self._state, effects = dialog.begin(self._script.dialog, self._parts.scripts.around())
        await self._carry_out(effects)
        if self.report.earlier is not None:
            await self._advance(self.report.earlier.told())

    # --- hearing ---------------------------------------------------------------------------------

    async def _take_speech(self, event: HearingEvent) -> None:
        if event.leg != self.leg:
            if isinstance(event, UtteranceHeard) and event.transcript and event.transcript.text:
                start_ms = self._ears.call_time_ms(event.leg, event.start_ms)
                end_ms = self._ears.call_time_ms(event.leg, event.end_ms)
                await self.report.said("operator", event.transcript, start_ms, end_ms)
            return
        await self._talk.hear(event)

    def _enough(self, heard: dialog.Heard, endpoint_ms: int) -> int | None:
        return (
            None if self._state is None else enough_ms(self._script.dialog, self._state, heard, endpoint_ms)
        )

    # --- the dialog ------------------------------------------------------------------------------

    async def _advance(self, event: dialog.Event) -> None:
        if self._state is None or self._connected_to is not None:
            return
        place = self._parts.floor.place_of(self.report.call_id)
        moved = dialog.QueueMoved(place.position, place.expected_wait_s) if place else dialog.QueueMoved(0)
        self._state, _ = dialog.step(self._script.dialog, self._state, moved)  # the next prompt may tell it
        self._state, effects = dialog.step(self._script.dialog, self._state, event)
        await self._carry_out(effects)

    async def _carry_out(self, effects: tuple[dialog.Effect, ...]) -> None:
        for update in effects:
            if isinstance(update, dialog.UpdateReport):
                await self.report.assessed(update)
        for effect in effects:
            match effect:
                case dialog.Say(prompt, text, barge_in):
                    self._talk.hush()
                    clip = await self._script.voice.clip(effect)
                    if clip is self._script.voice.last_resort:  # it promises a human, so one is rung
                        self._inbox.put(VoiceFailed())
                    self._talk.say(Sentence(prompt, text, clip, barge_in))
                    self.report.replies()
                case dialog.Listen():
                    self._talk.listen(effect, self._parts.longest_utterance_ms)
                case dialog.Transfer():
                    await self._start_transfer(effect)
                case dialog.Rerank(urgency):
                    self._parts.floor.rerank(self.report.call_id, urgency)
                case dialog.CloseReport(state):
                    await self.report.closed(state)
                case dialog.UpdateReport():
                    pass
        self._talk.answering = self._state is None or self._state.phase != "transferring"
        self._talk.give_floor()

    # --- the transfer ----------------------------------------------------------------------------

    async def _start_transfer(self, wanted: dialog.Transfer) -> None:
        if self._consult_task is not None:
            return
        mode = wanted.mode or "warm"
        await self.report.transfer_asked(mode, wanted.reason)
        prompts = self._script.dialog.prompts
        request = ConsultRequest(
            call=self.report.call_id,
            leg=self.leg,
            urgency=wanted.urgency,
            brief=lambda: self._brief(wanted),
            caller_left=prompts["caller_left"].text,
            headers=(("X-Voicebot-Incident", self.report.incident_id),),
            group=wanted.group,
            display_name=self._offered.number or "",
        )
        self._consult = Consult(
            request,
            send=self._parts.lines.send,
            floor=self._parts.floor,
            synthesiser=self._script.voice.synthesiser,
            owns=self._owns,
            changed=lambda phase, operator: self._inbox.put(TransferPhase(phase, operator)),
            limits=replace(self._parts.limits, hot=mode != "warm"),
        )
        self._consult_task = asyncio.create_task(self._transfer(self._consult))

    def _brief(self, wanted: dialog.Transfer) -> str:
        """Return what the operator is told, with all that is known by the moment he answers."""
        script, state = self._script.dialog, self._state
        known = wanted.brief
        if state is not None:
            known = dialog.render_brief(script, state, reason=wanted.reason, prompt=wanted.template)
        return f"{known} {script.prompts['operator_accept'].text}"

    async def _transfer(self, consult: Consult) -> None:
        try:
            outcome = await consult.run()
        except Exception:  # the border of the call: a fault here must bring the caller back to the dialog
            self.log.exception("transfer failed")
            outcome = Outcome.FAILED
        self._inbox.put(TransferOver(outcome))

    async def _transfer_changed(self, phase: Phase, operator: Operator | None) -> None:
        consult = self._consult
        if operator is not None:
            await self.report.transfer_phase(phase, operator.name)
        if phase is Phase.CONNECTED and operator is not None and consult is not None:
            self._connected_to = operator.name
            await self._talk.stop()
            await self.report.connected(operator.name)
            if self._state is not None:
                self._state, _ = dialog.step(
                    self._script.dialog, self._state, dialog.TransferConnected(operator.name)
                )
            if consult.leg is not None and consult.slot is not None:
                self._ears.open(consult.leg, consult.slot, self, self.report.now_ms())

    async def _transfer_over(self, outcome: Outcome) -> None:
        consult, self._consult, self._consult_task = self._consult, None, None
        attempts = consult.attempts if consult is not None else ()
        await self.report.transfer_over(outcome, attempts)
        if outcome in (Outcome.CONNECTED, Outcome.CALLER_LEFT):
            return
        self._connected_to = None
        if self._parts.fallback is not None and outcome is not Outcome.OPERATOR_LEFT and not self._diverting:
            self._diverting = True  # nobody of ours takes the call: the fallback is the next way
            self._send(control.Refer(leg=self.leg, uri=self._parts.fallback))
            return
        await self._advance(dialog.TransferFailed(_FAILURES.get(outcome, "failed")))

    async def _diverted(self, code: int) -> None:
        self.log.info("sent to the fallback", code=code)
        if _SIP_OK <= code < _SIP_REDIRECT:
            await self.report.closed("diverted")
            return
        await self._advance(dialog.TransferFailed("failed"))

    async def _caller_gone(self, state: str, why: str) -> None:
        self.log.info("caller gone", why=why)
        self._over = True
        await self._talk.stop()
        if self._consult is not None and self._consult_task is not None:
            self._consult.caller_left()
            outcome = await self._end_consult(self._consult_task)
            await self.report.transfer_over(outcome, self._consult.attempts)
        await self.report.ended(state)

    async def _end_consult(self, task: asyncio.Task[None]) -> Outcome:
        await asyncio.wait({task}, timeout=_CONSULT_END_LIMIT_S)
        task.cancel()
        return Outcome.CONNECTED if self._connected_to else Outcome.CALLER_LEFT

    def _send(self, command: control.Command) -> None:
        with contextlib.suppress(LineGone):  # LineLost follows and ends the call
            self._parts.lines.send(command)
