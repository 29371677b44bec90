"""What becomes of a caller whose session has failed: a sentence, and a human by the shortest route.

Nothing here uses the dialog, the recogniser or the record, since one of them may be what is broken:
only the line process, the operators and the fallback number.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from voicebot import control
from voicebot.calls.parts import Parts
from voicebot.calls.transfers.briefing import Briefing
from voicebot.calls.transfers.human_search import HumanSearch, SearchRequest
from voicebot.calls.transfers.progress import CallerReturned, TransferDelayed, TransferOver, TransferPhase
from voicebot.errors import LineGone
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer_plan import Plan, routes_to_a_human
from voicebot.operators.transfer_state import Phase

if TYPE_CHECKING:
    from voicebot.calls.session import CallSession

_PAUSE_S = 3.0


async def rescue(session: CallSession, parts: Parts) -> None:
    """Keep the caller company and look for a human until he has left.

    Returns when the caller's leg is gone. Cancellation leaves the leg to the line process.
    """
    if session.over:
        return
    note = asyncio.create_task(_note(session))
    try:
        ended = await _stand_by(session, parts)
    finally:
        note.cancel()
    await session.handover.end()
    with contextlib.suppress(Exception):
        await session.writer.ended(ended)


async def _note(session: CallSession) -> None:
    with contextlib.suppress(Exception):  # the record may be the broken part; the caller comes first
        await session.writer.flagged("system_failure")


async def _stand_by(session: CallSession, parts: Parts) -> str:
    """Follow the call to its end; return the state that its record should have."""
    state = "abandoned"
    searching = False  # what the session had begun is not ours: its brief needs the dialog
    if session.handover.joined:  # the talk goes on; when the operator leaves, we care
        state = "connected"
    else:
        searching = _search(session, parts)
    while True:
        event = await session.next_event()
        match event:
            case control.LegEnded() | control.LineLost() if getattr(event, "leg", session.leg) == session.leg:
                return state
            case _ if session.sent_on_by_line(event):
                state = "diverted"
            case TransferPhase(Phase.CONNECTED):
                state = "connected"
            case TransferOver(Outcome.CONNECTED, _, diverted):
                state = "diverted" if diverted else "connected"
            case TransferOver(Outcome.FAILED):  # whatever is broken, there is a next round
                await asyncio.sleep(_PAUSE_S)
                searching = _search(session, parts)
            case CallerReturned() | TransferDelayed():
                if searching:
                    _company(session, parts)
                else:
                    searching = _search(session, parts)
            case _:
                pass


def _company(session: CallSession, parts: Parts) -> None:
    sentence = parts.voice.last_resort.file
    with contextlib.suppress(LineGone):  # its loss is told, and ends the call
        parts.lines.send(control.Play(leg=session.leg, play_id="rescue", files=(str(sentence),), loop=True))


def _search(session: CallSession, parts: Parts) -> bool:
    """Say the sentence, ring the operators, send to the fallback, and so on; returns True."""
    _company(session, parts)
    prompts = parts.dialog.prompts
    request = SearchRequest(
        call=session.writer.call_id,
        leg=session.leg,
        urgency="urgent",
        briefing=Briefing(
            parts.voice.synthesiser,
            lambda: prompts["dead_man"].text,
            prompts["operator_accept"].text,
            prompts["caller_left"].text,
        ),
        headers=lambda _: (("X-Voicebot-Incident", session.writer.incident_id),),
    )
    routes = routes_to_a_human("warm", None, parts.board.group, parts.fallback)
    search = HumanSearch(
        request,
        Plan(routes=routes, limits=parts.policy.limits),
        send=parts.lines.send,
        board=parts.board,
        owns=session.own,
        tell=session.news,
    )
    session.handover.adopt(search)
    return True
