"""What becomes of a caller whose session has failed: a sentence, and a human by the shortest way.

Nothing here uses the dialog, the recogniser or the record, since one of them may be what is broken:
only the line process, the operators and the fallback number.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from voicebot import control
from voicebot.calls.consult import Consult, ConsultRequest
from voicebot.calls.parts import Parts
from voicebot.errors import LineGone
from voicebot.operators.transfer import Outcome, Phase

if TYPE_CHECKING:
    from voicebot.calls.session import CallSession

_PAUSE_S = 3.0


async def rescue(session: CallSession, parts: Parts) -> None:
    """Keep the caller company and ring operators, then the fallback, until he has left.

    Returns when the caller's leg is gone. Cancellation leaves the leg to the line process.
    """
    if session.over:
        return
    gone = asyncio.create_task(_caller_gone(session))
    note = asyncio.create_task(_note(session))
    reached = session.talks_to_a_human
    try:
        if reached and session.transfer is not None:  # the talk goes on; when the operator leaves, we care
            await asyncio.wait({gone, session.transfer}, return_when=asyncio.FIRST_COMPLETED)
        while not gone.done():
            reached = await _try_ways(session, parts) or reached
            await asyncio.wait({gone}, timeout=_PAUSE_S)
    finally:
        gone.cancel()
        note.cancel()
    with contextlib.suppress(Exception):
        await session.report.ended("connected" if reached else "abandoned")


async def _note(session: CallSession) -> None:
    with contextlib.suppress(Exception):  # the record may be the broken part; the caller comes first
        await session.report.flagged("system_failure")


async def _try_ways(session: CallSession, parts: Parts) -> bool:
    """Say the sentence, ring the operators, send to the fallback; returns whether a human was reached."""
    outcome = Outcome.FAILED
    try:
        sentence = parts.voice.last_resort.file
        parts.lines.send(control.Play(leg=session.leg, play_id="rescue", files=(str(sentence),), loop=True))
        outcome = await _ring(session, parts)
    except LineGone:
        return False
    except Exception:  # whatever is broken, there is a next way and a next round
        session.log.exception("no operator could be rung")
    if outcome not in (Outcome.CONNECTED, Outcome.CALLER_LEFT) and parts.fallback:
        with contextlib.suppress(LineGone):
            parts.lines.send(control.Refer(leg=session.leg, uri=parts.fallback))
    return outcome in (Outcome.CONNECTED, Outcome.OPERATOR_LEFT)


async def _ring(session: CallSession, parts: Parts) -> Outcome:
    prompts = parts.dialog.prompts
    request = ConsultRequest(
        call=session.report.call_id,
        leg=session.leg,
        urgency="urgent",
        brief=lambda: f"{prompts['dead_man'].text} {prompts['operator_accept'].text}",
        caller_left=prompts["caller_left"].text,
    )

    def changed(phase: Phase, _: object) -> None:
        session.log.info("rescue", phase=phase.value)

    consult = Consult(
        request,
        send=parts.lines.send,
        floor=parts.floor,
        synthesiser=parts.voice.synthesiser,
        owns=session.own,
        changed=changed,
        limits=parts.limits,
    )
    session.rescued_by(consult)
    return await consult.run()


async def _caller_gone(session: CallSession) -> None:
    """Read the inbox on: the operator's leg to the consult, until the caller's own leg has ended."""
    while True:
        event = await session.next_event()
        match event:
            case control.LegEnded(leg=leg) if leg == session.leg:
                session.consult_left()
                return
            case control.LineLost():
                session.consult_left()
                return
            case _:
                session.pass_to_consult(event)
