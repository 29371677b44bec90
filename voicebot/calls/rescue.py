"""What becomes of a caller whose session has failed: a sentence, and a human by the shortest route.

Nothing here uses the dialog, the recogniser or the record, since one of them may be what is broken:
only the line process, the operators and the fallback number. The tasks are those of the call, whose group
outlives the session.
"""

from __future__ import annotations

import asyncio
import contextlib

from voicebot import control
from voicebot.calls.current_dialog import VoicedDialog
from voicebot.calls.session import CallSession
from voicebot.calls.transfers.briefing import Briefing
from voicebot.calls.transfers.handover import HumanRoutes
from voicebot.calls.transfers.human_search import HumanSearch
from voicebot.calls.transfers.progress import CallerReturned, TransferDelayed, TransferOver, TransferPhase
from voicebot.calls.transfers.search_request import SearchRequest
from voicebot.errors import LineGone
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer_plan import Plan, routes_to_a_human
from voicebot.operators.transfer_state import Phase

_PAUSE_S = 3.0
"""From a search that has itself failed to the next one: a defect that is always met must not fill the log,
and the caller hears the sentence meanwhile. Not measured."""


async def rescue(session: CallSession, voiced: VoicedDialog, routes: HumanRoutes) -> None:
    """Keep the caller company and look for a human until the caller has left.

    Of ``voiced`` only ready sentences are used. Returns when the caller's leg is gone. Cancellation leaves
    the leg to the line process.
    """
    if session.over:
        return
    # The record may be the broken part: it is written beside the search.
    session.tasks.start(session.writer.flagged("system_failure"), "system failure")
    ended = await _Rescue(session, voiced, routes).stand_by()
    await session.handover.end()
    with contextlib.suppress(Exception):
        await session.writer.ended(ended)


class _Rescue:
    """The company that one caller gets, and the searches for a human."""

    def __init__(self, session: CallSession, voiced: VoicedDialog, routes: HumanRoutes) -> None:
        self._session = session
        self._voiced = voiced
        self._routes = routes
        self._searching = False
        """Whether the search is ours: the brief of one that the session had begun needs the dialog."""

    async def stand_by(self) -> str:
        """Follow the call to its end; return the state that its record should have."""
        state = "abandoned"
        if self._session.handover.joined:  # the talk goes on; when the operator leaves, we care
            state = "connected"
        else:
            self._search()
        while True:
            event = await self._session.next_event()
            match event:
                case control.LegEnded() | control.LineLost():
                    return state
                case _ if self._session.sent_on_by_line(event):
                    state = "diverted"
                case TransferPhase(Phase.CONNECTED):
                    state = "connected"
                case TransferOver(Outcome.CONNECTED, _, diverted):
                    state = "diverted" if diverted else "connected"
                case TransferOver(Outcome.FAILED):  # whatever is broken, there is a next round
                    await asyncio.sleep(_PAUSE_S)
                    self._search()
                case CallerReturned() | TransferDelayed():
                    if self._searching:
                        self._keep_company()
                    else:
                        self._search()
                case _:
                    pass

    def _keep_company(self) -> None:
        leg, sentence = self._session.leg, self._voiced.voice.last_resort.file
        with contextlib.suppress(LineGone):  # its loss is told, and ends the call
            self._routes.lines.send(
                control.Play(leg=leg, play_id="rescue", files=(str(sentence),), loop=True)
            )

    def _search(self) -> None:
        """Say the sentence, ring the operators, send to the fallback, and so on."""
        self._keep_company()
        self._searching = True
        writer, prompts = self._session.writer, self._voiced.dialog.prompts
        request = SearchRequest(
            call=writer.call_id,
            leg=self._session.leg,
            urgency="urgent",
            briefing=Briefing(
                self._voiced.voice.synthesiser,
                lambda: prompts["dead_man"].text,
                prompts["operator_accept"].text,
                prompts["caller_left"].text,
            ),
            headers=lambda _: (("X-Voicebot-Incident", writer.incident_id),),
        )
        routes = routes_to_a_human("warm", None, self._routes.board.group, self._routes.fallback)
        plan = Plan("warm", "bridge", routes, self._routes.policy.limits)
        self._session.handover.adopt(HumanSearch(request, plan, self._session.search_ports))
