"""Calls whose session breaks: the caller still gets to a human, and no other call is touched."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.switchboard import running
from voicebot import control, metrics
from voicebot.calls import incident_writer as writer_module
from voicebot.incidents import Incident


async def test_a_broken_session_rings_a_human_and_leaves_other_calls_alone(tmp_path: Path) -> None:
    """The caller hears the last sentence, the operator is rung and joined; the other caller is served."""
    async with running(tmp_path) as site:
        site.lines.broken.add("L0.bad")
        await site.offer("L0.good", 0)
        await site.offer("L0.bad", 1)
        await site.until(lambda: site.lines.of(control.Dial))
        (dial,) = site.lines.of(control.Dial)
        assert site.lines.of(control.Play, "L0.bad")[0].loop
        assert any("system_failure" in each.flags for each in site.records.saved.values())
        site.lines.events.put_nowait(control.LegAnswered(leg=dial.leg, slot=2))
        await site.until(lambda: site.lines.of(control.Play, dial.leg))
        site.lines.events.put_nowait(control.KeyPressed(leg=dial.leg, key="1"))
        await site.until(lambda: site.lines.of(control.Bridge))
        site.lines.events.put_nowait(control.BridgeProven(leg="L0.bad", other=dial.leg))
        assert site.lines.of(control.Play, "L0.good")
        assert len(site.switchboard.calls()) == 2
        for leg in ("L0.bad", "L0.good"):
            ended = control.LegEnded(leg=leg, code=200, reason="", by_remote=True)
            site.lines.events.put_nowait(ended)
        await site.until(lambda: not site.switchboard.calls())
        assert site.lines.of(control.HangUp, dial.leg)


async def test_a_broken_session_whose_operator_is_busy_goes_to_the_fallback(tmp_path: Path) -> None:
    """The next way is the fallback, and the operators are tried again as long as the caller stays."""
    async with running(tmp_path, fallback="sip:hotline@127.0.0.1") as site:
        site.lines.broken.add("L0.bad")
        await site.offer("L0.bad", 1)
        await site.until(lambda: site.lines.of(control.Dial))
        busy = control.LegEnded(leg=site.lines.of(control.Dial)[0].leg, code=486, reason="", by_remote=True)
        site.lines.events.put_nowait(busy)
        await site.until(lambda: site.lines.of(control.Refer, "L0.bad"))
        refused = control.ReferProgress(leg="L0.bad", code=503, final=True)
        site.lines.events.put_nowait(refused)
        await site.until(lambda: len(site.lines.of(control.Dial)) > 1)


async def test_a_leg_that_nobody_owns_is_hung_up(tmp_path: Path) -> None:
    """A leg that answers after its call is over does not stay up for ever."""
    async with running(tmp_path) as site:
        site.lines.events.put_nowait(control.LegAnswered(leg="L0.stray", slot=3))
        await site.until(lambda: site.lines.of(control.HangUp, "L0.stray"))


async def test_a_lost_line_marks_its_calls_and_keeps_their_records(tmp_path: Path) -> None:
    """Each call of the line is closed as lost, with what is known about it."""
    async with running(tmp_path) as site:
        await site.offer("L0.a", 0)
        await site.until(lambda: site.lines.of(control.Play, "L0.a"))
        site.lines.events.put_nowait(control.LineLost(line=0, legs=("L0.a",)))
        await site.until(lambda: not site.switchboard.calls())
        (record,) = site.records.saved.values()
        assert record.state == "line_lost"
        assert record.caller.overflow_reason == "busy"


async def test_the_console_shows_who_waits_for_a_human_and_where(tmp_path: Path) -> None:
    """One desk, three callers: the first rings, the others have a place, are told of it, and move up."""
    async with running(tmp_path) as site:
        for slot, name in enumerate("abc"):
            await site.offer(f"L0.{name}", slot)
            site.lines.events.put_nowait(control.KeyPressed(leg=f"L0.{name}", key="0"))
            await site.until(lambda slot=slot: len(site.asked()) == slot + 1)  # type: ignore[misc]
        await site.until(lambda: site.places() == [None, 1, 2])
        await site.silence("L0.c", 60)
        told = [text for text in site.voice.texts if "앞에 한 분" in text]
        assert len(set(told)) == 2, "the place is told at first and in the sentence that is said again"
        ended = control.LegEnded(leg="L0.b", code=200, reason="", by_remote=True)
        site.lines.events.put_nowait(ended)
        await site.until(lambda: site.places() == [None, 1])


async def test_no_call_is_taken_while_the_core_drains(tmp_path: Path) -> None:
    """A new call is refused with 503, so that the PBX routes on."""
    async with running(tmp_path) as site:
        await site.switchboard.drained(0.1)
        offered = control.LegOffered(
            leg="L0.late", slot=0, sip_call_id="1", from_uri="", to_uri="", number=None, source="",
            overflow=control.Overflow(),
        )  # fmt: skip
        site.lines.events.put_nowait(offered)
        await site.until(lambda: site.lines.of(control.Refuse, "L0.late"))
        assert site.lines.of(control.Refuse)[0].code == 503


async def test_an_operator_who_leaves_a_rescued_call_is_followed_by_another_try(tmp_path: Path) -> None:
    """A caller in rescue is never left in silence, whoever hangs up first."""
    async with running(tmp_path) as site:
        site.lines.broken.add("L0.bad")
        await site.offer("L0.bad", 1)
        await site.until(lambda: site.lines.of(control.Dial))
        leg = site.lines.of(control.Dial)[0].leg
        site.lines.events.put_nowait(control.LegAnswered(leg=leg, slot=2))
        await site.until(lambda: site.lines.of(control.Play, leg))
        site.lines.events.put_nowait(control.KeyPressed(leg=leg, key="1"))
        await site.until(lambda: site.lines.of(control.Bridge))
        site.lines.events.put_nowait(control.LegEnded(leg=leg, code=200, reason="", by_remote=True))
        await site.until(lambda: len(site.lines.of(control.Dial)) > 1)
        joined = site.lines.sent.index(site.lines.of(control.Bridge)[0])
        later = [each for each in site.lines.sent[joined:] if isinstance(each, control.Play)]
        assert "L0.bad" in [play.leg for play in later], "silence after the operator has gone"


async def test_a_record_that_hangs_leaves_nobody_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The greeting is played although the store never answers."""
    monkeypatch.setattr(writer_module, "_SAVE_LIMIT_S", 0.01)
    async with running(tmp_path) as site:

        async def hang(incident: Incident) -> bool:
            await asyncio.Event().wait()
            return False

        monkeypatch.setattr(site.records, "save", hang)
        await site.offer("L0.a", 0)
        await site.until(lambda: site.lines.of(control.Play, "L0.a"))


async def test_a_caller_who_calls_again_goes_on_with_his_incident(tmp_path: Path) -> None:
    """The second call of a number links to the first one's record and shows it; a human is rung at once."""
    async with running(tmp_path) as site:
        earlier = Incident(call_id="c0", opened_at=datetime.now(UTC)).changed(
            state="abandoned", urgency={"level": "urgent"}, caller={"number": "010"}
        )
        site.records.saved[earlier.id] = earlier
        await site.offer("L0.again", 0)
        await site.until(lambda: site.lines.of(control.Dial))
        (live,) = site.switchboard.calls()
        assert live["continues"] == earlier.id
        assert live["earlier"]["incident_id"] == earlier.id
        assert live["urgency"]["level"] == "urgent"


async def test_a_heartbeat_tells_what_a_line_holds(tmp_path: Path) -> None:
    """Legs and places on the bridge of each line process are metrics, so that a leak is seen."""
    async with running(tmp_path) as site:
        site.lines.events.put_nowait(control.LineHeartbeat(line=0, bridge_ports=5, legs=2))
        await site.until(lambda: _gauge("voicebot_line_legs") == 2)
        assert _gauge("voicebot_line_bridge_ports") == 5


def _gauge(name: str) -> float | None:
    return metrics.REGISTRY.get_sample_value(name, {"line": "0"})


@pytest.mark.parametrize("broken", [False, True])
async def test_a_caller_whom_the_line_sent_on_by_itself_is_with_a_human(tmp_path: Path, broken: bool) -> None:
    """The core stood still meanwhile: its record says so, and nobody rings him back for nothing."""
    async with running(tmp_path, fallback="sip:hotline@127.0.0.1") as site:
        if broken:
            site.lines.broken.add("L0.a")
        await site.offer("L0.a", 0)
        await site.until(lambda: site.lines.of(control.Play, "L0.a"))
        site.lines.events.put_nowait(control.ReferProgress(leg="L0.a", code=200, final=True))
        site.lines.events.put_nowait(control.LegEnded(leg="L0.a", code=200, reason="", by_remote=False))
        await site.until(lambda: not site.switchboard.calls())
        assert [each.state for each in site.records.saved.values()] == ["diverted"]
