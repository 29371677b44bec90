"""Calls whose side tasks fail, and calls that end at any moment: the caller goes on, and nothing is left behind."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.switchboard import DESK, ListSite, running
from tests.unit.calls.transfers.test_handover import accepts, asks_for_a_human, end, record
from voicebot import control
from voicebot.calls import session as session_module
from voicebot.calls import switchboard as switchboard_module
from voicebot.calls.hearing.listening import UtteranceHeard
from voicebot.calls.point_search import PointSearch
from voicebot.calls.transfers.briefing import Briefing
from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.calls.transfers.human_search import HumanSearch
from voicebot.operators.desks import DeskState
from voicebot.speech.recogniser import Transcript


async def fail(*_: Any, **__: Any) -> Any:
    """Be a defect."""
    message = "a defect"
    raise ZeroDivisionError(message)


def hear(site: ListSite, text: str, leg: str = "L0.a") -> None:
    """Let a party say something."""
    heard = UtteranceHeard(leg, Transcript(text, -0.1, 0.0), 0, 900, 10.0)
    site.ears.listeners[leg].heard(heard)


async def over(site: ListSite) -> None:
    """Wait until no call is left."""
    await site.until(lambda: not site.switchboard.calls())


async def at(site: ListSite, moment: str) -> str:
    """Bring a call to a moment; returns the leg of the operator, or an empty text."""
    if moment == "greeting":
        await site.offer("L0.a", 0)
        await site.until(lambda: site.lines.of(control.Play, "L0.a"))
        return ""
    dial = await asks_for_a_human(site)
    if moment == "briefing":
        site.lines.events.put_nowait(control.LegAnswered(leg=dial.leg, slot=2))
        await site.until(lambda: site.lines.of(control.Play, dial.leg))
    elif moment == "talking":
        await accepts(site, dial)
    elif moment == "queued":
        site.board.pause(DESK.name, paused=True)
        site.lines.events.put_nowait(end(dial.leg, 486))
        await site.until(lambda: site.places() == [1])
    return dial.leg


@pytest.mark.parametrize("moment", ["greeting", "ringing", "briefing", "talking", "queued"])
async def test_a_call_that_ends_leaves_no_task_and_no_desk_behind(tmp_path: Path, moment: str) -> None:
    """Whatever was going on: claim, search, brief, farewell, a leg that is leaving."""
    async with running(tmp_path) as site:
        await asyncio.sleep(0)
        before = asyncio.all_tasks()
        leg = await at(site, moment)
        site.lines.events.put_nowait(end("L0.a"))
        await over(site)
        if leg:
            farewell = control.Played(leg=leg, play_id="farewell", heard_ms=900, finished=True)
            site.lines.events.put_nowait(farewell)
            site.lines.events.put_nowait(end(leg))
        await site.until(lambda: asyncio.all_tasks() <= before)
        assert site.board.desks()[0][1] in (DeskState.FREE, DeskState.PAUSED)


@pytest.mark.parametrize("moment", ["greeting", "ringing", "briefing", "talking", "queued"])
async def test_a_server_that_stops_leaves_no_task_of_a_call_behind(tmp_path: Path, moment: str) -> None:
    """Cancellation ends all that the call had begun; who is rung is let go, a talk is left to the line process."""
    before = asyncio.all_tasks()
    async with running(tmp_path) as site:
        await at(site, moment)
    assert asyncio.all_tasks() == before
    hung_up = bool(site.lines.of(control.HangUp))
    assert hung_up is (moment in ("ringing", "briefing"))


@pytest.mark.parametrize(("owner", "method"), [(Briefing, "prepare"), (Briefing, "brief")])
async def test_a_brief_that_breaks_costs_the_brief_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    """The operator hears nothing of it, and can still accept."""
    monkeypatch.setattr(owner, method, fail)
    async with running(tmp_path) as site:
        dial = await asks_for_a_human(site)
        site.lines.events.put_nowait(control.LegAnswered(leg=dial.leg, slot=2))
        await asyncio.sleep(0.01)
        site.lines.events.put_nowait(control.KeyPressed(leg=dial.leg, key="1"))
        await site.until(lambda: site.lines.of(control.Bridge))
        assert "system_failure" not in record(site).flags


async def test_a_point_search_that_breaks_costs_the_better_point_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place that was said stays in the record, and the call goes on."""
    monkeypatch.setattr(PointSearch, "_search", fail)
    async with running(tmp_path) as site:
        await site.offer("L0.a", 0)
        await site.until(lambda: site.lines.of(control.Play, "L0.a"))
        await site.silence("L0.a", 1)
        before = len(site.lines.of(control.Play, "L0.a"))
        hear(site, "강남구 역삼동에서 불이 났어요")
        await site.until(lambda: record(site).location.dong == "역삼동")
        await site.until(lambda: len(site.lines.of(control.Play, "L0.a")) > before)
        assert "system_failure" not in record(site).flags


async def test_a_search_that_breaks_brings_the_caller_back_to_the_dialog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller hears that nobody can be had for now, and may ask again; then it works."""
    async with running(tmp_path) as site:
        with monkeypatch.context() as broken:
            broken.setattr(HumanSearch, "run", fail)
            await site.offer("L0.a", 0)
            await site.until(lambda: site.lines.of(control.Play, "L0.a"))
            site.lines.events.put_nowait(control.KeyPressed(leg="L0.a", key="0"))
            await site.until(lambda: record(site).transfer.outcome == "failed")
        assert "system_failure" not in record(site).flags
        site.lines.events.put_nowait(control.KeyPressed(leg="L0.a", key="0"))
        await site.until(lambda: site.lines.of(control.Dial))


async def test_a_claim_that_breaks_is_followed_by_the_next_route(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No desk can be had, so the time to wait for one passes and the fallback is next."""
    monkeypatch.setattr(DeskBoard, "claim", fail)
    async with running(tmp_path, fallback="sip:hotline@127.0.0.1", wait_ms=20) as site:
        await site.offer("L0.a", 0)
        await site.until(lambda: site.lines.of(control.Play, "L0.a"))
        site.lines.events.put_nowait(control.KeyPressed(leg="L0.a", key="0"))
        await site.until(lambda: site.lines.of(control.Refer, "L0.a"))


async def test_a_talk_survives_a_session_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Caller and operator talk on; when the operator leaves, the caller is rung for again."""
    async with running(tmp_path) as site:
        dial = await asks_for_a_human(site)
        await accepts(site, dial)
        monkeypatch.setattr(session_module.CallSession, "_handle_caller_event", fail)
        site.lines.events.put_nowait(control.KeyPressed(leg="L0.a", key="5"))
        await site.until(lambda: "system_failure" in record(site).flags)
        assert not site.lines.of(control.HangUp)
        site.lines.events.put_nowait(end(dial.leg, 408))
        await site.until(lambda: len(site.lines.of(control.Dial)) > 1)
        site.lines.events.put_nowait(end("L0.a"))
        await over(site)


async def test_a_rescue_that_fails_leaves_a_talk_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is hung up before the caller leaves; then the operator is, and the record is closed."""
    async with running(tmp_path) as site:
        dial = await asks_for_a_human(site)
        await accepts(site, dial)
        monkeypatch.setattr(session_module.CallSession, "_handle_caller_event", fail)
        monkeypatch.setattr(switchboard_module, "rescue", fail)
        site.lines.events.put_nowait(control.KeyPressed(leg="L0.a", key="5"))
        await asyncio.sleep(0.02)
        assert len(site.switchboard.calls()) == 1
        assert not site.lines.of(control.HangUp)
        site.lines.events.put_nowait(end("L0.a"))
        await over(site)
        assert record(site).ended_at is not None
        await site.until(lambda: site.lines.of(control.HangUp, dial.leg))


async def test_the_callers_end_is_never_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that stands still while keys rain on it still learns that the caller has gone."""
    stands = asyncio.Event()
    async with running(tmp_path) as site:
        await site.offer("L0.a", 0)
        await site.until(lambda: site.lines.of(control.Play, "L0.a"))
        save = site.records.save

        async def stand_still(incident: Any) -> bool:
            await stands.wait()
            return await save(incident)

        monkeypatch.setattr(site.records, "save", stand_still)
        for _ in range(session_module._INBOX_EVENTS + 10):
            site.lines.events.put_nowait(control.KeyPressed(leg="L0.a", key="5"))
        site.lines.events.put_nowait(end("L0.a"))
        await site.until(site.lines.events.empty)
        stands.set()
        await over(site)
        assert record(site).ended_at is not None


async def test_when_caller_and_operator_were_joined_is_told_once(tmp_path: Path) -> None:
    """The end of the talk does not count as another connection."""
    async with running(tmp_path) as site:
        await accepts(site, await asks_for_a_human(site))
        joined_at = record(site).transfer.connected_at
        assert joined_at is not None
        await asyncio.sleep(0.01)
        site.lines.events.put_nowait(end("L0.a"))
        await over(site)
        assert record(site).transfer.connected_at == joined_at
        assert record(site).state == "connected"
