"""Operator legs: dialled, refused, bridged; and callers sent away by REFER."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.phones import HOST, Baresip, Script, Sipp, free_ports, tone, tone_ms, until
from tests.integration.sip.core import Core
from voicebot import control, ids


def _uri(phone: Sipp) -> str:
    return f"sip:operator@{HOST}:{phone.port}"


def _waiting() -> Script:
    return Script(caller=False).take("INVITE")


async def test_an_operator_is_dialled(core: Core, tmp_path: Path) -> None:
    """Our headers and name reach the operator; ringing, answer and hang-up are told."""
    script = Script(caller=False).take("INVITE", check="X-Incident: i123")
    script.reply("180 Ringing").pause(200).reply("200 OK", sdp=True).take("ACK")
    script.take("BYE").reply("200 OK")
    leg = ids.new_leg_id(0)
    async with await Sipp.start(tmp_path, script) as phone:
        headers = (("X-Incident", "i123"),)
        core.send(control.Dial(leg=leg, uri=_uri(phone), display_name='112 "긴급"', headers=headers))
        assert (await core.next(control.LegRinging, leg)).code == 180
        answered = await core.next(control.LegAnswered, leg)
        assert answered.slot == 0
        core.send(control.HangUp(leg=leg))
        assert not (await core.next(control.LegEnded, leg)).by_remote
        await phone.wait()
        assert 'From: "112 긴급" <sip:119@' in phone.messages()


async def test_keys_are_sent(core: Core) -> None:
    """Keys that we send arrive in order on a leg that calls ourselves."""
    leg = ids.new_leg_id(0)
    core.send(control.Dial(leg=leg, uri=f"sip:119@{HOST}:{core.port}"))
    offered = await core.next(control.LegOffered)
    core.send(control.Answer(leg=offered.leg))
    await core.next(control.LegAnswered, leg)
    core.send(control.SendKeys(leg=leg, keys="19#"))
    pressed = [(await core.next(control.KeyPressed, offered.leg)).key for _ in range(3)]
    assert pressed == ["1", "9", "#"]
    core.send(control.SendKeys(leg=leg, keys="nonsense"))
    assert (await core.next(control.CommandFailed, leg)).command == "SendKeys"


@pytest.mark.parametrize(("status", "code"), [("486 Busy Here", 486), ("603 Decline", 603)])
async def test_busy_and_refusal_end_the_leg(core: Core, tmp_path: Path, status: str, code: int) -> None:
    """The operator's own status is what the leg ends with."""
    leg = ids.new_leg_id(0)
    async with await Sipp.start(tmp_path, _waiting().reply(status).take("ACK")) as phone:
        core.send(control.Dial(leg=leg, uri=_uri(phone)))
        ended = await core.next(control.LegEnded, leg)
        assert (ended.code, ended.by_remote) == (code, True)
        await phone.wait()


async def test_no_answer_ends_with_408(core: Core, tmp_path: Path) -> None:
    """After the ring limit the INVITE is cancelled and the leg ends with 408."""
    leg = ids.new_leg_id(0)
    async with await Sipp.start(
        tmp_path, _waiting().reply("180 Ringing").take("CANCEL").reply_to_cancel()
    ) as phone:
        core.send(control.Dial(leg=leg, uri=_uri(phone), ring_limit_ms=1500))
        ended = await core.next(control.LegEnded, leg)
        assert (ended.code, ended.by_remote) == (408, False)
        await phone.wait()


async def test_dialling_nonsense_ends_the_leg(core: Core) -> None:
    """A bad URI, a bad header and a fifth leg are told as the leg's end; nothing crashes."""
    for leg, uri in (
        ("L0.a", "not a uri"),
        ("L0.b", "sip:" + "x" * 300),
        ("L0.c", "sip:x@127.0.0.1\r\nEvil: 1"),
    ):
        core.send(control.Dial(leg=leg, uri=uri))
        assert (await core.next(control.LegEnded, leg)).code == 400
    core.send(control.Dial(leg="L0.d", uri="sip:x@127.0.0.1:9", headers=(("X", "1\r\nEvil: 1"),)))
    assert (await core.next(control.LegEnded, "L0.d")).code == 400
    dead_port = free_ports()
    for number in range(4):
        core.send(control.Dial(leg=f"L0.e{number}", uri=f"sip:x@127.0.0.1:{dead_port}"))
    core.send(control.Dial(leg="L0.f", uri=f"sip:x@127.0.0.1:{dead_port}"))
    assert (await core.next(control.LegEnded, "L0.f")).code == 503
    for number in range(4):
        core.send(control.HangUp(leg=f"L0.e{number}"))
    for number in range(4):
        await core.next(control.LegEnded, f"L0.e{number}")


async def test_a_bridge_carries_both_voices(core: Core, tmp_path: Path) -> None:
    """Bridged parties hear each other, both rings go on, hold and resume keep the bridge, unbridge ends it."""
    async with (
        await Baresip.start(tmp_path / "caller", tone(440, 100_000)) as caller,
        await Baresip.start(tmp_path / "operator", tone(880, 100_000), answers=True) as operator,
    ):
        await caller.command("dial", f"sip:119@{HOST}:{core.port}")
        offered = await core.answer()
        leg = ids.new_leg_id(0)
        slot = await core.dial(leg, operator.uri)
        core.send(control.Bridge(leg=offered.leg, other=leg))
        await until(lambda: tone_ms(operator.heard(), 440) > 700)
        await until(lambda: tone_ms(caller.heard(), 880) > 1000)  # baresip keeps nothing more after a hold
        await caller.command("hold")
        assert (await core.next(control.MediaChanged, offered.leg)).held
        await caller.command("resume")
        assert not (await core.next(control.MediaChanged, offered.leg)).held
        resumed_at = len(operator.heard())
        await until(lambda: tone_ms(operator.heard()[resumed_at:], 440) > 700)
        await until(lambda: tone_ms(core.rx(offered.leg, offered.slot), 440) > 1500)
        await until(lambda: tone_ms(core.rx(leg, slot), 880) > 1500)
        core.send(control.Unbridge(leg=offered.leg, other=leg))
        await core.fence(leg)
        await until(lambda: not tone_ms(operator.heard()[-4000:], 440))  # after what was on its way
        parted_at = len(operator.heard())
        spoke_on = core.pool.rings(offered.leg).rx_position(offered.slot)
        await until(lambda: tone_ms(core.rx(offered.leg, offered.slot, spoke_on), 440) > 500)
        await operator.until_heard(500)
        assert tone_ms(operator.heard()[parted_at:], 440) == 0
        for one in (offered.leg, leg):
            core.send(control.HangUp(leg=one))
            await core.next(control.LegEnded, one)


async def test_a_caller_leaves_a_bridge(core: Core, tmp_path: Path) -> None:
    """When a bridged caller hangs up, the operator's leg lives on and can be used again."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().await_cue().bye()
    async with (
        await Baresip.start(tmp_path / "operator", tone(880, 9000), answers=True) as operator,
        await Sipp.start(tmp_path, script, target_port=core.port) as caller,
    ):
        offered = await core.answer()
        leg = ids.new_leg_id(0)
        slot = await core.dial(leg, operator.uri)
        core.send(control.Bridge(leg=leg, other=offered.leg))
        await core.fence(leg)
        await caller.cue()
        assert (await core.next(control.LegEnded, offered.leg)).by_remote
        await caller.wait()
        core.send(control.Unbridge(leg=leg, other=offered.leg))
        assert (await core.next(control.CommandFailed, leg)).command == "Unbridge"
        await core.media(leg, slot, 300)
        core.send(control.HangUp(leg=leg))
        await core.next(control.LegEnded, leg)


def _up() -> Script:
    return Script().invite().expect(100, optional=True).expect(200).ack()


async def test_refer_hangs_up_after_the_proof(core: Core, tmp_path: Path) -> None:
    """Progress of a REFER is told, and the leg is let go only after the final 2xx."""
    script = _up().take("REFER", check="Refer-To: *<?sip:desk@").reply("202 Accepted")
    script.notify("100 Trying", final=False).notify("180 Ringing", final=False).pause(300)
    script.notify("200 OK", final=True).take("BYE").reply("200 OK")
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        core.send(control.Refer(leg=offered.leg, uri="sip:desk@127.0.0.1:5999"))
        progress: list[control.ReferProgress] = []
        while not (progress and progress[-1].final):
            progress.append(await core.next(control.ReferProgress, offered.leg))
        assert progress[-1].code == 200
        assert {event.code for event in progress[:-1]} <= {100, 180, 202}
        ended = await core.next(control.LegEnded, offered.leg)
        assert not ended.by_remote
        await phone.wait()


async def test_a_failed_refer_keeps_the_caller(core: Core, tmp_path: Path) -> None:
    """A busy target or a refused REFER is final news, and the leg stays and can be referred again."""
    script = _up().take("REFER").reply("202 Accepted").notify("486 Busy Here", final=True)
    script.take("REFER").reply("403 Forbidden").pause(500).bye()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        for wanted in (486, 403):
            core.send(control.Refer(leg=offered.leg, uri="sip:desk@127.0.0.1:5999"))
            while not (progress := await core.next(control.ReferProgress, offered.leg)).final:
                pass
            assert progress.code == wanted
        ended = await core.next(control.LegEnded, offered.leg)
        assert ended.by_remote
        await phone.wait()


async def test_a_caller_hangs_up_during_refer(core: Core, tmp_path: Path) -> None:
    """A BYE in the middle of a REFER ends the leg and nothing else happens."""
    script = _up().take("REFER").reply("202 Accepted").notify("100 Trying", final=False).bye()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        core.send(control.Refer(leg=offered.leg, uri="sip:desk@127.0.0.1:5999"))
        assert (await core.next(control.LegEnded, offered.leg)).by_remote
        await phone.wait()
    assert core.pool.pid(0) is not None
