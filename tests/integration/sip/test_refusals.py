"""Who and what is refused, and with which words."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.integration.phones import HOST, PATIENCE_S, Script, Sipp, free_ports
from tests.integration.sip.core import Core, line_config
from voicebot import control
from voicebot.errors import LineGone, SetupError
from voicebot.lines import LinePool

_UP = Script().invite().expect(100, optional=True).expect(200).ack().take("BYE").reply("200 OK")


async def test_a_full_line_answers_503(core: Core, tmp_path: Path) -> None:
    """Two of four legs are kept for operators: the third caller gets 503 with Retry-After and no leg."""
    refused = Script().invite().expect(100, optional=True).expect(503, check="Retry-After: *5")
    refused.acknowledge_failure()
    async with await Sipp.start(tmp_path, _UP, target_port=core.port, calls=2, at_once=2) as callers:
        legs = [(await core.answer()).leg for _ in range(2)]
        async with await Sipp.start(tmp_path, refused, target_port=core.port) as third:
            await third.wait()
        assert not core.seen(control.LegOffered)
        for leg in legs:
            core.send(control.HangUp(leg=leg))
        await callers.wait()


async def test_a_stranger_is_refused(core: Core, tmp_path: Path) -> None:
    """A call from an address that is not on the list gets 403 and the core hears nothing."""
    script = Script().invite().expect(100, optional=True).expect(403).acknowledge_failure()
    async with await Sipp.start(tmp_path, script, target_port=core.port, local_ip="127.0.0.2") as phone:
        await phone.wait()
    assert not core.seen(control.LegOffered)


async def test_the_core_refuses(core: Core, tmp_path: Path) -> None:
    """Refuse with 503 carries Retry-After; the leg ends as our doing."""
    script = Script().invite().expect(100, optional=True).expect(503, check="Retry-After: *7")
    script.acknowledge_failure()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.next(control.LegOffered)
        core.send(control.Refuse(leg=offered.leg, retry_after_s=7))
        ended = await core.next(control.LegEnded, offered.leg)
        assert (ended.code, ended.by_remote) == (503, False)
        await phone.wait()


async def test_a_silent_core_costs_three_seconds(core: Core, tmp_path: Path) -> None:
    """A caller whom the core does not answer within 3 s gets 503, so that the PBX routes on.

    The line's own clock judges: a phone that it rings for 1 s meanwhile is let go before, one for 4.5 s is not.
    """
    script = Script().invite().expect(100, optional=True).expect(503).acknowledge_failure()
    ringing = Script(caller=False).take("INVITE").reply("180 Ringing").take("CANCEL").reply_to_cancel()
    async with (
        await Sipp.start(tmp_path / "desk", ringing, calls=2, at_once=2) as desk,
        await Sipp.start(tmp_path, script, target_port=core.port) as phone,
    ):
        offered = await core.next(control.LegOffered)
        for leg, limit_ms in (("L0.short", 1000), ("L0.long", 4500)):
            core.send(control.Dial(leg=leg, uri=f"sip:desk@{HOST}:{desk.port}", ring_limit_ms=limit_ms))
        ended = [await core.next(control.LegEnded) for _ in range(3)]
        assert [each.leg for each in ended] == ["L0.short", offered.leg, "L0.long"]
        assert ended[1].code == 503
        await phone.wait()
        await desk.wait()


async def test_an_incoming_refer_is_refused(core: Core, tmp_path: Path) -> None:
    """A REFER from the caller gets 603 and dials nobody; the call goes on."""
    nobody = free_ports()
    script = Script().invite().expect(100, optional=True).expect(200).ack().pause(200)
    script.refer(f"sip:x@127.0.0.1:{nobody}").expect(603).pause(200).bye()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trap:
        trap.bind(("127.0.0.1", nobody))
        trap.setblocking(False)
        async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
            offered = await core.answer()
            ended = await core.next(control.LegEnded, offered.leg)
            assert ended.by_remote
            await phone.wait()
        with pytest.raises(BlockingIOError):
            trap.recv(10)


async def test_replaces_is_refused(core: Core, tmp_path: Path) -> None:
    """An INVITE with Replaces does not take a caller over (RFC 3891)."""
    async with await Sipp.start(tmp_path, _UP, target_port=core.port) as caller:
        offered = await core.answer()
        text = caller.messages()
        to_tag = text.split("tag=")[-1].split()[0].split(";")[0]
        to_tag = next(line for line in text.splitlines() if line.startswith("To:") and "tag=" in line)
        from_tag = next(line for line in text.splitlines() if line.startswith("From:"))
        replaces = (
            f"Replaces: {offered.sip_call_id};to-tag={to_tag.split('tag=')[1].strip()}"
            f";from-tag={from_tag.split('tag=')[1].strip()}\nRequire: replaces\n"
        )
        script = Script(from_user="intruder").invite(replaces).expect(100, optional=True).expect(603)
        script.acknowledge_failure()
        async with await Sipp.start(tmp_path, script, target_port=core.port) as intruder:
            await intruder.wait()
        assert not core.seen(control.LegOffered)
        core.send(control.HangUp(leg=offered.leg))
        await caller.wait()


async def test_a_taken_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    """A line whose SIP port is in use makes wait_ready raise its sentence, and takes no commands."""
    config = line_config(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((config.sip_host, config.sip_port))
        pool = LinePool([config])
        running = asyncio.create_task(pool.run())
        with pytest.raises(SetupError, match=f"cannot listen on 127.0.0.1:{config.sip_port}"):
            await pool.wait_ready(PATIENCE_S)
        with pytest.raises(LineGone):
            pool.send(control.HangUp(leg="L0.x"))
        with pytest.raises(LineGone):
            pool.rings("L7.x")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
