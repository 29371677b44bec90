"""The part of a call that brings it to a human: one `HumanSearch`, and what its progress means here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from voicebot import control, dialog, metrics
from voicebot.calls.current_dialog import VoicedDialog
from voicebot.calls.hearing.leg_audio import LegAudio
from voicebot.calls.incident_writer import IncidentWriter
from voicebot.calls.talk import Talk
from voicebot.calls.transfers.briefing import Briefing
from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.calls.transfers.human_search import HumanSearch
from voicebot.calls.transfers.progress import (
    AttemptOver,
    CallerReturned,
    DeskRings,
    TransferDelayed,
    TransferOver,
    TransferPhase,
    TransferProgress,
)
from voicebot.calls.transfers.search_request import SearchPorts, SearchRequest
from voicebot.errors import LineGone
from voicebot.lines import LinePool
from voicebot.operators.invite_headers import CallContext
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer_plan import Plan, Policy, routes_to_a_human
from voicebot.operators.transfer_state import JOINED, Phase
from voicebot.operators.waiting_list import DELAY_MS
from voicebot.vocabulary.urgency import Urgency, routed_as_urgent

log = structlog.get_logger(__name__)

_END_LIMIT_S = 5.0
"""The search ends within one turn of the loop; a defect in it must not keep the record open."""
_FAILURES: dict[Outcome, dialog.TransferFailure] = {
    Outcome.BUSY: "busy",
    Outcome.NO_ANSWER: "no_answer",
    Outcome.TIMED_OUT: "no_answer",
    Outcome.DECLINED: "declined",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.NO_LEG: "no_leg",
    Outcome.OPERATOR_LEFT: "operator_left",
}


@dataclass(frozen=True, slots=True)
class HumanRoutes:
    """How callers of this site reach a human: the same for all calls."""

    lines: LinePool
    board: DeskBoard
    policy: Policy
    fallback: str | None
    """URI to which a caller is sent whom no operator takes; None: the desks are rung again and again."""
    console_url: str | None
    """Where operators read records; followed by the incident's id. None: their phones are not told."""


@dataclass(frozen=True, slots=True)
class CallerSide:
    """What a handover needs of its call."""

    offered: control.LegOffered
    """The caller's leg, and what its INVITE said."""
    voiced: VoicedDialog
    state: Callable[[], dialog.State | None]
    """Tells where the conversation stands; None before it begins."""
    writer: IncidentWriter
    talk: Talk
    """Falls silent when a human speaks."""
    audio: LegAudio
    """Listens to operators, too, and records them."""


class Handover:
    """Looks for a human from the dialog's first wish to the end of the call. Used by the call's task."""

    def __init__(self, call: CallerSide, routes: HumanRoutes, ports: SearchPorts) -> None:
        self.joined = False
        """Caller and operator may hear each other, or the caller was sent to a human: we are silent."""
        self.mode = "warm"
        """How the caller is to be handed to a human."""
        self._call = call
        self._routes = routes
        self._report = ports.report_progress
        self._ports = replace(ports, report_progress=self._report_progress)
        self._search: HumanSearch | None = None
        self._task: asyncio.Task[None] | None = None
        self._urgency: Urgency = "unknown"
        self._talks_with: str | None = None
        """The operator with whom the caller talks, as the record says."""
        self._asked_ms: int | None = None
        """When the caller said what made us ring a human at once, until a phone rings."""

    @property
    def referred(self) -> bool:
        """Whether this search has asked the caller to go elsewhere by REFER."""
        return self._search is not None and self._search.referred

    # --- never blocks ----------------------------------------------------------------------------

    def ask(self, wanted: dialog.RequestTransfer, said_ms: int) -> None:
        """Look for a human, or look anew, for what the caller said (or pressed) at ``said_ms`` of the call.

        A desk that is free is dialled in one of the next turns of the loop; nothing else is waited for.
        """
        urgent = routed_as_urgent(wanted.urgency)
        policy, offered = self._routes.policy, self._call.offered
        mode = policy.mode(wanted.mode, urgent=urgent)
        connect = policy.connecting(offered.supports, offered.allows)
        routes = routes_to_a_human(mode, wanted.group, self._routes.board.group, self._routes.fallback)
        plan = Plan(mode, connect, routes, policy.limits)
        self.mode, self._urgency = mode, wanted.urgency
        if self._search is not None and self._task is not None and not self._task.done():
            self._search.ask_again(plan, wanted.urgency)
            return
        self._asked_ms = said_ms if urgent else None
        self.adopt(HumanSearch(self._request(wanted), plan, self._ports))

    def adopt(self, search: HumanSearch) -> None:
        """Look for a human with ``search``, in place of the one before."""
        self.drop()
        self._search = search
        self._task = self._ports.tasks.start(self._run(search), "search for a human")

    def drop(self) -> None:
        """Look no more; an operator's leg is hung up."""
        if self._task is not None:
            self._task.cancel()
        self._search = self._task = None

    def line_event(self, event: control.Event) -> None:
        """Take what happened on any leg of the call: a leg is the search's, or is leaving."""
        if isinstance(event, control.LegEnded):
            self._call.audio.close(event.leg)
        self._ports.leaving.line_event(event)
        if self._search is not None:
            self._search.line_event(event)

    def rerank(self, urgency: Urgency) -> None:
        """Move the caller up who tells of something worse; never down."""
        if self._search is not None and DELAY_MS[urgency] < DELAY_MS[self._urgency]:
            self._urgency = urgency
            self._search.rerank(urgency)

    def on_screen(self, operator: str, *, accepted: bool) -> bool:
        """Take an operator's answer from the console; returns whether anybody is being rung."""
        if self._search is None:
            return False
        if accepted:
            self._search.accept(operator)
        else:
            self._search.decline(operator)
        return True

    # --- what becomes of the search --------------------------------------------------------------

    async def follow(self, progress: TransferProgress) -> dialog.Event | None:
        """Write down what has become of the search; return what the dialog is to be told of it."""
        writer = self._call.writer
        match progress:
            case TransferPhase(phase, operators):
                return await self._moved(phase, operators)
            case AttemptOver(attempt):
                await writer.attempted(attempt)
            case TransferDelayed():
                return dialog.TransferDelayed()
            case CallerReturned(reason, abruptly):
                self._talks_with = None
                await writer.returned(reason, abruptly=abruptly)
                return dialog.TransferFailed(_FAILURES.get(reason, "failed"))
            case TransferOver():
                return await self._over(progress)
            case DeskRings():
                pass
        return None

    async def end(self) -> None:
        """The caller has gone: let the search end, and report how."""
        task, self._task = self._task, None
        if task is None or self._search is None:
            return
        self._search.caller_left()
        await asyncio.wait({task}, timeout=_END_LIMIT_S)
        task.cancel()

    async def _moved(self, phase: Phase, operators: tuple[str, ...]) -> dialog.Event | None:
        if phase is not Phase.OVER:
            was_joined, self.joined = self.joined, phase in JOINED
            if self.joined and not was_joined:
                await self._call.talk.stop()
                self._hear_operator()
        await self._call.writer.transfer_moved(phase.value, operators)
        if phase is Phase.CONNECTED and operators:
            return await self._connected(operators[0])
        return None

    def _hear_operator(self) -> None:
        search = self._search
        if search is not None and search.leg is not None and search.slot is not None:
            self._call.audio.open(search.leg, search.slot, self._call.writer.call_ms())

    async def _connected(self, operator: str) -> dialog.Event:
        self._talks_with = operator
        await self._call.writer.connected(operator)
        return dialog.TransferConnected(operator)

    async def _over(self, over: TransferOver) -> dialog.Event | None:
        told: dialog.Event | None = None
        if over.diverted:
            self.joined = True
            await self._call.talk.stop()
            await self._call.writer.closed("diverted")
        elif over.outcome is Outcome.CONNECTED and over.operator not in (None, self._talks_with):
            self.joined = True
            await self._call.talk.stop()
            told = await self._connected(over.operator)
        elif over.outcome is Outcome.FAILED:
            self.joined = False
            told = dialog.TransferFailed("failed")
        await self._call.writer.transfer_over(over.outcome)
        return told

    def _report_progress(self, progress: TransferProgress) -> None:
        if isinstance(progress, DeskRings) and self._asked_ms is not None:
            metrics.RINGING_SECONDS.observe(max(0, self._call.writer.call_ms() - self._asked_ms) / 1000)
            self._asked_ms = None
        self._report(progress)

    # --- the search ------------------------------------------------------------------------------

    def _request(self, wanted: dialog.RequestTransfer) -> SearchRequest:
        offered, voiced, writer = self._call.offered, self._call.voiced, self._call.writer
        context = CallContext(
            incident=writer.incident_id,
            own_uri=offered.to_uri,
            number=offered.number,
            diversion=offered.overflow.diversion,
            console_url=self._routes.console_url,
            group=wanted.group,
        )
        return SearchRequest(
            call=writer.call_id,
            leg=offered.leg,
            urgency=wanted.urgency,
            briefing=Briefing(
                voiced.voice.synthesiser,
                lambda: self._brief(wanted),
                voiced.dialog.prompts["operator_accept"].text,
                voiced.dialog.prompts["caller_left"].text,
            ),
            headers=context.headers,
            skills=self._skills,
            at_once=self._phones_at_once,
            display_name=offered.number or "",
            from_number=offered.number,
        )

    def _brief(self, wanted: dialog.RequestTransfer) -> str:
        """Return what the operator is told, with all that is known by the moment they answer."""
        state = self._call.state()
        if state is None:
            return wanted.brief
        found = self._call.voiced.dialog
        return dialog.render_brief(found, state, reason=wanted.reason, prompt=wanted.template)

    def _skills(self) -> frozenset[str]:
        state = self._call.state()
        return frozenset() if state is None else frozenset({state.language, state.assessment.category} - {""})

    def _phones_at_once(self) -> int:
        try:
            return self._routes.lines.phones_at_once(self._call.offered.leg)
        except LineGone:  # its loss is told, and ends the call
            return 1

    async def _run(self, search: HumanSearch) -> None:
        try:
            over = await search.run()
        except Exception:  # the border of the call: a fault here must bring the caller back to the dialog
            log.exception("transfer failed", call=self._call.writer.call_id)
            self._report(TransferOver(Outcome.FAILED))
        else:
            self._report(TransferOver(over.outcome, over.operator, over.diverted))
