"""One call: the shell that joins hearing, dialog, playback, transfer and record.

Everything that happens to a call comes through one inbox and is handled in order: the pure dialog says
what follows, what was heard is saved, and only then the effects are carried out. The bot never ends a
call; a session ends when the caller's leg has.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from voicebot import control, dialog
from voicebot.calls.current_dialog import CurrentDialog
from voicebot.calls.happenings import Happening, LimitReached, SilencePassed, VoiceFailed
from voicebot.calls.hearing.early_endpoint import early_endpoint_ms
from voicebot.calls.hearing.leg_audio import LegAudio
from voicebot.calls.hearing.listening import Hearing, HearingEvent, PartHeard, SpeechBegan, UtteranceHeard
from voicebot.calls.hearing.recording import Recordings
from voicebot.calls.inbox import Inbox
from voicebot.calls.incident_writer import IncidentWriter, RecordKeeping
from voicebot.calls.playback import Sentence
from voicebot.calls.talk import Talk
from voicebot.calls.tasks import CallTasks
from voicebot.calls.transfers.handover import CallerSide, Handover, HumanRoutes
from voicebot.calls.transfers.leaving_legs import LeavingLegs
from voicebot.calls.transfers.progress import TransferProgress
from voicebot.calls.transfers.search_request import SearchPorts
from voicebot.errors import LineGone
from voicebot.lines import LinePool

log = structlog.get_logger(__name__)

_SIP_SUCCESS = 2
"""First digit of the codes that say: it is done (RFC 3261 7.2)."""
_TALK_LIMIT_MS = 300_000
"""Talk with the bot, holds left out, after which the dialog goes to a human (`on.time_limit`). Chosen: nobody
whom five minutes of questions did not serve is served by a sixth; not measured."""
_INBOX_EVENTS = 1000
"""A call has a few a second, so that this many wait only for a session that stands still for minutes."""
_MAY_BE_LOST = (SpeechBegan, PartHeard, UtteranceHeard, control.KeyPressed)
"""What a caller or an operator can send without end. The end of a leg is not among it."""


@dataclass(frozen=True, slots=True)
class CallResources:
    """What every call of this server draws on; a session hands each of its parts only that part's own."""

    current_dialog: CurrentDialog
    """The dialog of new calls; a running call keeps the one it began with."""
    lines: LinePool
    hearing: Hearing
    recordings: Recordings | None
    """None when nothing is recorded."""
    records: RecordKeeping
    routes: HumanRoutes


class CallSession:
    """A call from its INVITE to its end. Made by the switchboard, which routes events here.

    `tasks` must be entered before `run` and left after it, and after `rescue` if that was needed.
    """

    def __init__(
        self, offered: control.LegOffered, resources: CallResources, route_leg: Callable[[str], None]
    ) -> None:
        """``route_leg`` has the events of another leg routed to this call."""
        self.leg = offered.leg
        self.tasks = CallTasks(self.leg)
        self._resources = resources
        self._voiced = voiced = resources.current_dialog.voiced
        self.writer = IncidentWriter(offered, voiced.dialog, resources.records, self.tasks)
        self.log = log.bind(call=self.writer.call_id, incident=self.writer.incident_id)
        self.caller_left = asyncio.Event()
        """Set when the caller's leg has ended, whoever may still have to learn of it."""
        self._inbox: Inbox[Happening] = Inbox(_INBOX_EVENTS, _MAY_BE_LOST)
        self._state: dialog.State | None = None
        self._talked_ms = 0
        self._over = False
        self._talk = Talk(
            self.leg,
            resources.hearing,
            self.writer,
            self._send,
            advance=self._advance,
            early_endpoint=self._early_endpoint,
        )
        self._audio = LegAudio(
            self.writer.call_id, self, resources.lines, resources.hearing, resources.recordings, self.tasks
        )
        self.search_ports = SearchPorts(
            send=resources.lines.send,
            board=resources.routes.board,
            leaving=LeavingLegs(resources.lines.send, self.tasks),
            tasks=self.tasks,
            route_leg=route_leg,
            report_progress=self._inbox.put,
        )
        """What a search for a human acts on, ours or that of `rescue`."""
        caller = CallerSide(offered, voiced, lambda: self._state, self.writer, self._talk, self._audio)
        self.handover = Handover(caller, resources.routes, self.search_ports)

    # --- what others call: never blocks ----------------------------------------------------------

    def line_event(self, event: control.Event) -> None:
        """Take an event of one of this call's legs; operators are answered without waiting for the dialog."""
        self.handover.line_event(event)
        if getattr(event, "leg", self.leg) == self.leg:
            self._inbox.put(event)
            if isinstance(event, control.LegEnded | control.LineLost):
                self.caller_left.set()

    def heard(self, event: HearingEvent) -> None:
        """Take speech of one of this call's legs."""
        self._inbox.put(event)

    def media_passed(self, leg: str, elapsed_ms: int, *, speaking: bool) -> None:
        """Let the clocks of the caller's turn run on media time."""
        if leg != self.leg:
            return
        if not self.handover.joined and not self._talk.held:
            before = self._talked_ms
            self._talked_ms += elapsed_ms
            if before < _TALK_LIMIT_MS <= self._talked_ms:
                self._inbox.put(LimitReached())
        if self._talk.media_passed(elapsed_ms, speaking=speaking):
            self._inbox.put(SilencePassed(self._talked_ms))

    def on_screen(self, operator: str, *, accepted: bool) -> bool:
        """Let an operator who is being rung take or decline this call; returns whether a transfer runs."""
        return self.handover.on_screen(operator, accepted=accepted)

    def live(self) -> dict[str, Any]:
        """Return the read model of this call for the console: plain JSON values."""
        place = self._resources.routes.board.place_of(self.writer.call_id)
        return self.writer.live() | {
            "step": self._state.step if self._state else None,
            "held": self._talk.held,
            "queue": asdict(place) if place else None,
        }

    # --- what `rescue` calls once `run` has failed -----------------------------------------------

    @property
    def over(self) -> bool:
        """True once the caller's leg has gone."""
        return self._over

    async def next_event(self) -> Happening:
        """Return the next event that nobody has handled."""
        return await self._inbox.get()

    def sent_on_by_line(self, event: object) -> bool:
        """Say whether ``event`` tells that the caller is with the fallback without having been sent by us.

        The line does that by itself while the core stands still (its dead-man's switch).
        """
        return (
            isinstance(event, control.ReferProgress)
            and event.leg == self.leg
            and event.final
            and event.code // 100 == _SIP_SUCCESS
            and not self.handover.referred
        )

    # --- the task --------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the call until the caller's leg is gone; cancellation leaves the record as it is."""
        try:
            self._send(control.Answer(leg=self.leg))
            await self.writer.open()
            while not self._over:
                await self._handle(await self._inbox.get())
        finally:
            if not self.handover.joined:  # `rescue` rings anew; a talk with an operator is left alone
                self.handover.drop()
            self._audio.close_all()

    async def _handle(self, event: Happening) -> None:
        match event:
            case SpeechBegan() | PartHeard() | UtteranceHeard():
                await self._handle_speech(event)
            case SilencePassed(at_ms):
                await self._advance(dialog.SilencePassed(at_ms))
            case LimitReached():
                await self._advance(dialog.TimeLimitReached())
            case VoiceFailed():
                await self._advance(dialog.RecogniserFailed())
            case _ if isinstance(event, TransferProgress):
                told = await self.handover.follow(event)
                if told is not None:
                    await self._advance(told)
            case control.LineLost():
                await self._caller_gone("line_lost", "the line process ended")
            case _:
                await self._handle_caller_event(event)

    async def _handle_caller_event(self, event: control.Event) -> None:
        match event:
            case control.LegAnswered(slot=slot):
                await self._begin(slot)
            case control.MediaChanged(held=held):
                self._talk.held = held
            case control.KeyPressed(key=key):
                await self.writer.key(key)
                await self._talk.keyed()
                await self._advance(dialog.KeyPressed(key))
            case control.Played():
                await self._talk.played(event)
            case control.CommandFailed(command="Play"):
                await self._talk.play_failed()
            case _ if self.sent_on_by_line(event):
                await self.writer.closed("diverted")
            case control.LegEnded(code=code, reason=reason):
                await self._caller_gone("abandoned", f"{code} {reason}")
            case _:
                pass

    async def _begin(self, slot: int) -> None:
        self.writer.answered()
        self._audio.open(self.leg, slot, self.writer.call_ms())
        self._state, effects = dialog.begin(self._voiced.dialog, self._resources.current_dialog.around())
        await self._carry_out(effects, 0)
        if self.writer.previous is not None:
            await self._advance(self.writer.previous.as_event())
        if self._resources.hearing.deaf:  # a human, before the caller has spoken in vain
            await self._advance(dialog.RecogniserFailed())

    # --- hearing ---------------------------------------------------------------------------------

    async def _handle_speech(self, event: HearingEvent) -> None:
        if event.leg == self.leg:
            await self._talk.hear(event)
        elif isinstance(event, UtteranceHeard) and event.transcript and event.transcript.text:
            start_ms = self._audio.call_ms(event.leg, event.start_ms)
            end_ms = self._audio.call_ms(event.leg, event.end_ms)
            await self.writer.said("operator", event.transcript, start_ms, end_ms)

    def _early_endpoint(self, heard: dialog.Heard, endpoint_ms: int) -> int | None:
        if self._state is None:
            return None
        return early_endpoint_ms(self._voiced.dialog, self._state, heard, endpoint_ms)

    # --- the dialog ------------------------------------------------------------------------------

    async def _advance(self, event: dialog.Event) -> None:
        """Give the dialog an event and do what follows; nothing while a human talks with the caller."""
        if self._state is None or self._over:
            return
        if self.handover.joined and not isinstance(event, dialog.TransferConnected):
            return
        said_ms = event.end_ms if isinstance(event, dialog.Heard) else self.writer.call_ms()
        place = self._resources.routes.board.place_of(self.writer.call_id)
        moved = dialog.QueueMoved(place.position, place.expected_wait_s) if place else dialog.QueueMoved(0)
        self._state, _ = dialog.step(self._voiced.dialog, self._state, moved)  # the next prompt may tell it
        self._state, effects = dialog.step(self._voiced.dialog, self._state, event)
        await self._carry_out(effects, said_ms)

    async def _carry_out(self, effects: tuple[dialog.Effect, ...], said_ms: int) -> None:
        """Do what the dialog wants because of what was said at ``said_ms``, in the order of safety rule 5.

        "What was heard is journaled before it is acted on": a whole utterance and a key are saved before the
        dialog is asked at all (`Talk.hear`, `_handle_caller_event`). A disk that is late is waited for one
        second, and from then on 50 ms each time: a human is not rung later for it. A part of an utterance may
        ring without being saved (rule 11): a crash loses the utterance in progress.
        """
        # A human first: the phone rings in one of the next turns of the loop, while we save and speak.
        for wanted in effects:
            if isinstance(wanted, dialog.RequestTransfer):
                self.handover.ask(wanted, said_ms)
        # Then what is known by now is saved, so that nothing is said about it that the record does not hold.
        for update in effects:
            if isinstance(update, dialog.UpdateIncident):
                await self.writer.assessed(update)
                self.handover.rerank(update.assessment.urgency)
        # Then all else in the dialog's order: sentences, the caller's turn, and the state of the record.
        for effect in effects:
            await self._do(effect)
        self._talk.answering = self._state is None or self._state.phase != "transferring"
        self._talk.begin_turn()

    async def _do(self, effect: dialog.Effect) -> None:
        match effect:
            case dialog.Say(prompt, text, barge_in):
                self._talk.hush()
                clip = await self._voiced.voice.clip(effect)
                if clip is self._voiced.voice.last_resort:  # it promises a human, so one is rung
                    self._inbox.put(VoiceFailed())
                self._talk.say(Sentence(prompt, text, clip, barge_in))
                self.writer.replies()
            case dialog.Listen():
                self._talk.listen(effect)
            case dialog.RequestTransfer(mode, reason=reason):
                await self.writer.transfer_asked(mode or self.handover.mode, reason)
            case dialog.Rerank(urgency):
                self.handover.rerank(urgency)
            case dialog.CloseIncident(state):
                await self.writer.closed(state)
            case dialog.UpdateIncident():
                pass

    def _send(self, command: control.Command) -> None:
        """Tell the line; when it is gone, `LineLost` follows and ends the call."""
        with contextlib.suppress(LineGone):
            self._resources.lines.send(command)

    # --- the end ---------------------------------------------------------------------------------

    async def _caller_gone(self, state: str, why: str) -> None:
        self.log.info("caller gone", why=why)
        self._over = True
        await self._talk.stop()
        await self.handover.end()
        for event in self._inbox.left():  # how the search for a human has ended
            if isinstance(event, TransferProgress):
                await self.handover.follow(event)
        await self.writer.ended(state)
