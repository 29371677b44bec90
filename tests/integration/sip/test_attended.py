"""Attended transfer, the proof that two parties hear each other, probes, and what an operator's phone shows."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from tests.integration.phones import HOST, Baresip, Script, Sipp, free_ports, tone, tone_ms, until
from tests.integration.sip.core import Core, line_config
from voicebot import control, ids
from voicebot.sip.rules.liveness import ANSWER_MS, SILENT_MS


def _operator() -> Script:
    return Script(caller=False).take("INVITE").reply("200 OK", sdp=True).take("ACK")


async def _consulted(core: Core, operator: Sipp | Baresip) -> tuple[str, str]:
    """A caller and an operator, both answered; returns their legs."""
    caller = (await core.answer()).leg
    leg = ids.new_leg_id(0)
    await core.dial(leg, f"sip:phone@{HOST}:{operator.port}")
    return caller, leg


async def test_the_caller_takes_our_place(core: Core, tmp_path: Path) -> None:
    """The REFER names the operator's dialog in Replaces; the sipfrag's 200 ends the caller's leg."""
    script = Script().invite("Supported: replaces\nAllow: INVITE, BYE, REFER\n").expect(100, optional=True)
    script.expect(200).ack().take("REFER", check="Refer-To: <sip:.*Replaces=.*to-tag.*from-tag")
    script.reply("202 Accepted").notify("100 Trying", final=False).await_cue().notify("200 OK", final=True)
    script.take("BYE").reply("200 OK")
    async with (
        await Baresip.start(tmp_path / "desk", tone(800, 4000), answers=True) as desk,
        await Sipp.start(tmp_path / "caller", script, target_port=core.port) as phone,
    ):
        caller, leg = await _consulted(core, desk)
        core.send(control.Refer(leg=caller, replaces=leg, headers=(("X-Incident", "i1"),)))
        progress = await core.next(control.ReferProgress, caller)
        await desk.command("hangup")
        assert (await core.next(control.LegEnded, leg)).by_remote
        await phone.cue()
        while not progress.final:
            progress = await core.next(control.ReferProgress, caller)
        assert progress.code == 200
        await core.next(control.LegEnded, caller)
        await phone.wait()
        assert "X-Incident: i1" in phone.messages()


async def test_what_the_pbx_can_do_is_told(core: Core, tmp_path: Path) -> None:
    """Supported and Allow of the INVITE reach the core in one spelling."""
    script = Script().invite("Supported: Replaces, timer\nAllow: invite, REFER\n").expect(100, optional=True)
    script.expect(200).ack().take("BYE").reply("200 OK")
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        assert offered.supports == ("replaces", "timer")
        assert offered.allows == ("INVITE", "REFER")
        core.send(control.HangUp(leg=offered.leg))
        await phone.wait()


@pytest.mark.parametrize("gone", ["caller", "operator"])
async def test_a_leg_that_is_not_up_cannot_be_replaced(core: Core, tmp_path: Path, gone: str) -> None:
    """A REFER with a leg that is still ringing, or does not exist, fails with a sentence."""
    ringing = Script(caller=False).take("INVITE").reply("180 Ringing").take("CANCEL").reply_to_cancel()
    script = Script().invite().expect(100, optional=True).expect(200).ack().take("BYE").reply("200 OK")
    async with (
        await Sipp.start(tmp_path / "desk", ringing) as desk,
        await Sipp.start(tmp_path / "caller", script, target_port=core.port) as phone,
    ):
        caller = (await core.answer()).leg
        leg = ids.new_leg_id(0)
        core.send(control.Dial(leg=leg, uri=f"sip:desk1@{HOST}:{desk.port}"))
        await core.next(control.LegRinging, leg)
        wrong = "L0.nobody" if gone == "operator" else leg
        core.send(control.Refer(leg=caller, replaces=wrong))
        failed = await core.next(control.CommandFailed, caller)
        assert failed.why == ("no such other leg" if gone == "operator" else "the call is not up")
        core.send(control.HangUp(leg=leg))
        core.send(control.HangUp(leg=caller))
        await desk.wait()
        await phone.wait()


async def test_a_bridge_is_proven_by_audio_of_both(core: Core, tmp_path: Path) -> None:
    """Two phones that send audio prove the bridge, once."""
    async with (
        await Baresip.start(tmp_path / "desk", tone(800, 4000), answers=True) as desk,
        await Baresip.start(tmp_path / "caller", tone(500, 4000)) as phone,
    ):
        await phone.command("dial", f"sip:119@{HOST}:{core.port}")
        caller = (await core.answer()).leg
        leg = ids.new_leg_id(0)
        await core.dial(leg, desk.uri)
        core.send(control.Bridge(leg=caller, other=leg))
        assert (await core.next(control.BridgeProven, caller)).other == leg
        assert not core.seen(control.BridgeProven)


async def test_a_silent_party_proves_nothing(core: Core, tmp_path: Path) -> None:
    """An operator whose audio does not arrive leaves the bridge unproven."""
    desk = await Sipp.start(tmp_path / "desk", _operator().take("BYE").reply("200 OK"))
    async with desk, await Baresip.start(tmp_path / "caller", tone(500, 4000)) as phone:
        await phone.command("dial", f"sip:119@{HOST}:{core.port}")
        caller = await core.answer()
        leg = ids.new_leg_id(0)
        await core.dial(leg, f"sip:phone@{HOST}:{desk.port}")
        core.send(control.Bridge(leg=caller.leg, other=leg))
        await core.fence(leg)
        await core.media(caller.leg, caller.slot, 1500)
        assert tone_ms(core.rx(caller.leg, caller.slot), 500) > 1000, "the caller was silent, too"
        assert not core.seen(control.BridgeProven)
        core.send(control.HangUp(leg=leg))
        await desk.wait()


async def test_the_operator_sees_who_calls(core: Core, tmp_path: Path) -> None:
    """The caller's number is the user of From, the name goes before it."""
    leg = ids.new_leg_id(0)
    async with await Sipp.start(tmp_path, _operator().take("BYE").reply("200 OK")) as desk:
        uri = f"sip:desk1@{HOST}:{desk.port}"
        core.send(control.Dial(leg=leg, uri=uri, display_name="119 화재", from_number="+821012345678"))
        await core.next(control.LegAnswered, leg)
        core.send(control.HangUp(leg=leg))
        await desk.wait()
        sender = next(line for line in desk.messages().splitlines() if line.startswith("From:"))
        assert sender.startswith(f'From: "119 화재" <sip:+821012345678@{HOST}>;')


@pytest.mark.parametrize(("status", "code"), [("200 OK", 200), ("503 Service Unavailable", 503)])
async def test_a_probe_is_answered(core: Core, tmp_path: Path, status: str, code: int) -> None:
    """The final status of the OPTIONS is told with the URI that was asked."""
    async with await Sipp.start(tmp_path, Script(caller=False).take("OPTIONS").reply(status)) as phone:
        uri = f"sip:desk1@{HOST}:{phone.port}"
        core.send(control.Probe(line=0, uri=uri))
        probed = await core.next(control.Probed)
        assert (probed.uri, probed.code) == (uri, code)
        await phone.wait()


async def test_probes_that_nobody_answers(core: Core) -> None:
    """Several at once end with 408 each, also when the answers come late; nonsense ends at once."""
    uris = {f"sip:desk{number}@{HOST}:{free_ports()}" for number in range(3)}
    for uri in (*uris, "nonsense"):
        core.send(control.Probe(line=0, uri=uri))
    ended = [await core.next(control.Probed) for _ in range(4)]
    assert {(probed.uri, probed.code) for probed in ended} == {(uri, 408) for uri in uris} | {
        ("nonsense", 400)
    }


async def test_a_line_ends_well_while_it_probes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A probe that nobody has answered yet does not abort the line process at its end."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((HOST, free_ports()))
        mute.setblocking(False)
        async with Core(line_config(tmp_path)) as core:
            core.send(control.Probe(line=0, uri=f"sip:desk1@{HOST}:{mute.getsockname()[1]}"))
            asked = await asyncio.get_running_loop().sock_recv(mute, 5000)
            assert asked.startswith(b"OPTIONS ")
    log = capfd.readouterr()
    assert "line process ends" in log.out + log.err
    assert "Assertion" not in log.out + log.err


async def test_each_caller_keeps_a_leg_for_an_operator(core: Core, tmp_path: Path) -> None:
    """Four legs take two callers; the third is told to come back, and both get an operator's leg."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().take("BYE").reply("200 OK")
    full = Script().invite().expect(100, optional=True).expect(503, check="Retry-After: ")
    full.acknowledge_failure()
    async with (
        await Sipp.start(tmp_path / "one", script, target_port=core.port) as one,
        await Sipp.start(tmp_path / "two", script, target_port=core.port) as two,
        await Sipp.start(
            tmp_path / "desks", _operator().take("BYE").reply("200 OK"), calls=2, at_once=2
        ) as desks,
    ):
        callers = [(await core.answer()).leg for _ in range(2)]
        async with await Sipp.start(tmp_path / "three", full, target_port=core.port) as three:
            await three.wait()
        legs = [ids.new_leg_id(0) for _ in callers]
        for leg in legs:
            await core.dial(leg, f"sip:desk@{HOST}:{desks.port}")
        for leg in (*legs, *callers):
            core.send(control.HangUp(leg=leg))
        for phone in (one, two, desks):
            await phone.wait()


async def test_a_phone_that_vanishes_ends_its_leg(core: Core, tmp_path: Path) -> None:
    """A phone that is killed sends no BYE: its audio stops, it does not answer, and its leg ends."""
    async with await Baresip.start(tmp_path / "desk", tone(800, 4000), answers=True) as desk:
        leg = ids.new_leg_id(0)
        slot = await core.dial(leg, desk.uri)
        await until(lambda: tone_ms(core.rx(leg, slot), 800) > 200)
        desk.kill()
        ended = await core.next(control.LegEnded, leg)
        assert (ended.code, ended.by_remote) == (408, True)


async def test_a_phone_without_audio_is_asked_and_stays(core: Core, tmp_path: Path) -> None:
    """A phone that sends no audio but answers our question keeps its leg."""
    script = _operator().take("OPTIONS").reply("200 OK").await_cue().take("BYE").reply("200 OK")
    async with await Sipp.start(tmp_path / "desk", script) as desk:
        leg = ids.new_leg_id(0)
        slot = await core.dial(leg, f"sip:desk@{HOST}:{desk.port}")
        await desk.cue()
        await core.media(leg, slot, ANSWER_MS + 500)
        assert not core.seen(control.LegEnded)
        core.send(control.HangUp(leg=leg))
        await desk.wait()


async def test_no_caller_is_hung_up_on_for_being_silent(core: Core, tmp_path: Path) -> None:
    """A caller whose audio stops and who answers nothing keeps the leg: there may be a person behind a mute PBX."""
    async with await Baresip.start(tmp_path, tone(500, 4000)) as phone:
        await phone.command("dial", f"sip:119@{HOST}:{core.port}")
        caller = await core.answer()
        await until(lambda: tone_ms(core.rx(caller.leg, caller.slot), 500) > 200)
        phone.kill()
        await core.media(caller.leg, caller.slot, SILENT_MS + ANSWER_MS + 2000)
        assert not core.seen(control.LegEnded)
