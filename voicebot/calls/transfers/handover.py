"""The part of a call that brings it to a human: one `HumanSearch`, and what its news mean for the call."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from voicebot import control, dialog, metrics
from voicebot.calls.current_dialog import VoicedDialog
from voicebot.calls.incident_writer import IncidentWriter
from voicebot.calls.parts import Parts
from voicebot.calls.transfers.briefing import Briefing
from voicebot.calls.transfers.human_search import HumanSearch, SearchRequest
from voicebot.calls.transfers.progress import (
    AttemptOver,
    CallerReturned,
    DeskRings,
    TransferDelayed,
    TransferOver,
    TransferPhase,
    TransferProgress,
)
from voicebot.errors import LineGone
from voicebot.operators.invite_headers import CallContext
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer_plan import Plan, routes_to_a_human
from voicebot.operators.transfer_state import JOINED, Phase
from voicebot.operators.waiting_list import DELAY_MS
from voicebot.vocabulary.urgency import Urgency, routed_as_urgent

log = structlog.get_logger(__name__)

_END_LIMIT_S = 5.0
_FAILURES: dict[Outcome, dialog.TransferFailure] = {
    Outcome.BUSY: "busy",
    Outcome.NO_ANSWER: "no_answer",
    Outcome.TIMED_OUT: "no_answer",
    Outcome.DECLINED: "declined",
    Outcome.UNREACHABLE: "unreachable",
    Outcome.NO_LEG: "no_leg",
    Outcome.OPERATOR_LEFT: "operator_left",
}


class Host(Protocol):
    """What a handover needs of its call."""

    leg: str
    writer: IncidentWriter

    def own(self, leg: str) -> None:
        """Have the events of another leg routed to this call."""

    def send(self, command: control.Command) -> None:
        """Tell the line."""

    def news(self, news: TransferProgress) -> None:
        """Take news of the transfer, in their turn; never blocks."""

    def state(self) -> dialog.State | None:
        """Return where the conversation stands."""

    async def advance(self, event: dialog.Event) -> None:
        """Give the dialog an event, and do what follows."""

    async def fall_silent(self) -> None:
        """Say no more: a human speaks now."""

    def hear_operator(self, leg: str, slot: int) -> None:
        """Listen to an operator's leg and record it."""


class Handover:
    """Looks for a human from the dialog's first wish to the end of the call. Used by the call's task."""

    def __init__(self, host: Host, offered: control.LegOffered, parts: Parts, voiced: VoicedDialog) -> None:
        self.joined = False
        """Caller and operator may hear each other, or the caller was sent to a human: we are silent."""
        self.task: asyncio.Task[None] | None = None
        self._host = host
        self._offered = offered
        self._parts = parts
        self._voiced = voiced
        self.mode = "warm"
        """How the caller is to be handed to a human."""
        self._search: HumanSearch | None = None
        self._urgency: Urgency = "unknown"
        self._asked_ms: int | None = None
        """When the caller said what made us ring a human at once, until a phone rings."""

    @property
    def referred(self) -> bool:
        """Whether this search has asked the caller to go elsewhere by REFER."""
        return self._search is not None and self._search.referred

    # --- never blocks ----------------------------------------------------------------------------

    def ask(self, wanted: dialog.Transfer, said_ms: int) -> None:
        """Look for a human, or look anew, for what the caller said (or pressed) at ``said_ms`` of the call.

        A desk that is free is dialled in one of the next turns of the loop; nothing else is waited for.
        """
        urgent = routed_as_urgent(wanted.urgency)
        mode = self._parts.policy.mode(wanted.mode, urgent=urgent)
        connect = self._parts.policy.connecting(self._offered.supports, self._offered.allows)
        routes = routes_to_a_human(mode, wanted.group, self._parts.board.group, self._parts.fallback)
        plan = Plan(mode, connect, routes, self._parts.policy.limits)
        self.mode, self._urgency = mode, wanted.urgency
        if self._search is not None and self.task is not None and not self.task.done():
            self._search.ask_again(plan, wanted.urgency)
            return
        self._asked_ms = said_ms if urgent else None
        self.adopt(self._new_search(wanted, plan))

    def adopt(self, search: HumanSearch) -> None:
        """Look for a human with ``search``, in place of the one before."""
        self.drop()
        self._search = search
        self.task = asyncio.create_task(self._run(search))

    def drop(self) -> None:
        """Look no more; an operator's leg is hung up."""
        if self.task is not None:
            self.task.cancel()
        self._search = self.task = None

    def line_event(self, event: control.Event) -> None:
        """Take what happened on any leg of the call."""
        if self._search is not None:
            self._search.line_event(event)

    def rerank(self, urgency: Urgency) -> None:
        """Move the caller up when he tells of something worse; never down."""
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

    # --- news ------------------------------------------------------------------------------------

    async def take(self, news: TransferProgress) -> None:
        """Follow what has become of the search."""
        match news:
            case TransferPhase(phase, operators):
                await self._moved(phase, operators)
            case DeskRings():
                pass
            case AttemptOver(attempt):
                await self._host.writer.attempted(attempt)
            case TransferDelayed():
                await self._host.advance(dialog.TransferDelayed())
            case CallerReturned(reason, abruptly):
                await self._host.writer.returned(reason, abruptly=abruptly)
                await self._host.advance(dialog.TransferFailed(_FAILURES.get(reason, "failed")))
            case TransferOver():
                await self._over(news)

    async def end(self) -> None:
        """The caller has gone: let the search end, and keep in the record what it still tells."""
        task, self.task = self.task, None
        if task is None or self._search is None:
            return
        self._search.caller_left()
        await asyncio.wait({task}, timeout=_END_LIMIT_S)
        task.cancel()

    async def _moved(self, phase: Phase, operators: tuple[str, ...]) -> None:
        if phase is not Phase.OVER:
            was_joined, self.joined = self.joined, phase in JOINED
            if self.joined and not was_joined:
                await self._host.fall_silent()
                self._hear_operator()
        await self._host.writer.transfer_moved(phase.value, operators)
        if phase is Phase.CONNECTED and operators:
            await self._connected(operators[0])

    def _hear_operator(self) -> None:
        search = self._search
        if search is not None and search.leg is not None and search.slot is not None:
            self._host.hear_operator(search.leg, search.slot)

    async def _connected(self, operator: str) -> None:
        await self._host.writer.connected(operator)
        await self._host.advance(dialog.TransferConnected(operator))

    async def _over(self, over: TransferOver) -> None:
        if over.diverted:
            self.joined = True
            await self._host.fall_silent()
            await self._host.writer.closed("diverted")
        elif over.outcome is Outcome.CONNECTED and over.operator is not None:
            self.joined = True
            await self._host.fall_silent()
            await self._connected(over.operator)
        await self._host.writer.transfer_over(over.outcome)
        if over.outcome is Outcome.FAILED:
            self.joined = False
            await self._host.advance(dialog.TransferFailed("failed"))

    def _told(self, news: TransferProgress) -> None:
        if isinstance(news, DeskRings) and self._asked_ms is not None:
            metrics.RINGING_SECONDS.observe(max(0, self._host.writer.call_ms() - self._asked_ms) / 1000)
            self._asked_ms = None
        self._host.news(news)

    # --- the search ------------------------------------------------------------------------------

    def _new_search(self, wanted: dialog.Transfer, plan: Plan) -> HumanSearch:
        script, writer = self._voiced.dialog, self._host.writer
        context = CallContext(
            incident=writer.incident_id,
            own_uri=self._offered.to_uri,
            number=self._offered.number,
            diversion=self._offered.overflow.diversion,
            console_url=self._parts.console_url,
            group=wanted.group,
        )
        request = SearchRequest(
            call=writer.call_id,
            leg=self._host.leg,
            urgency=wanted.urgency,
            briefing=Briefing(
                self._voiced.voice.synthesiser,
                lambda: self._brief(wanted),
                script.prompts["operator_accept"].text,
                script.prompts["caller_left"].text,
            ),
            headers=context.headers,
            skills=self._skills,
            at_once=self._phones_at_once,
            display_name=self._offered.number or "",
            from_number=self._offered.number,
        )
        return HumanSearch(
            request,
            plan,
            send=self._parts.lines.send,
            board=self._parts.board,
            owns=self._host.own,
            tell=self._told,
        )

    def _brief(self, wanted: dialog.Transfer) -> str:
        """Return what the operator is told, with all that is known by the moment he answers."""
        state = self._host.state()
        if state is None:
            return wanted.brief
        return dialog.render_brief(self._voiced.dialog, state, reason=wanted.reason, prompt=wanted.template)

    def _skills(self) -> frozenset[str]:
        state = self._host.state()
        return frozenset() if state is None else frozenset({state.language, state.assessment.category} - {""})

    def _phones_at_once(self) -> int:
        try:
            return self._parts.lines.phones_at_once(self._host.leg)
        except LineGone:  # its loss is told, and ends the call
            return 1

    async def _run(self, search: HumanSearch) -> None:
        try:
            over = await search.run()
        except Exception:  # the border of the call: a fault here must bring the caller back to the dialog
            log.exception("transfer failed", call=self._host.writer.call_id)
            self._host.news(TransferOver(Outcome.FAILED))
        else:
            self._host.news(TransferOver(over.outcome, over.operator, over.diverted))
