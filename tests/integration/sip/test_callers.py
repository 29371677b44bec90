"""Callers: answered, heard, played to, held, and gone in every state."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.integration.phones import Baresip, Script, Sipp, alaw, tone, tone_ms, until
from tests.integration.sip.core import Core, pcm_file
from voicebot import control


async def test_audio_passes_both_ways(core: Core, tmp_path: Path) -> None:
    """A baresip caller hears our 1 s prompt, and the ring holds the tone that it sends."""
    async with await Baresip.start(tmp_path / "phone", tone(440, 20_000)) as phone:
        await phone.command("dial", f"sip:119@127.0.0.1:{core.port}")
        offered = await core.answer()
        core.send(control.Play(leg=offered.leg, play_id="p", files=(pcm_file(tmp_path, 1000, 1000),)))
        played = await core.next(control.Played, offered.leg)
        assert (played.heard_ms, played.finished) == (1000, True)
        await until(lambda: tone_ms(core.rx(offered.leg, offered.slot), 440) >= 900)
        core.send(control.HangUp(leg=offered.leg))
        ended = await core.next(control.LegEnded, offered.leg)
        assert (ended.code, ended.by_remote) == (200, False)
        await until(lambda: tone_ms(phone.heard(), 1000) >= 960)
        await phone.stop()
        assert tone_ms(phone.heard(), 1000) <= 1040
    rings = core.pool.rings(offered.leg)
    assert abs(rings.rx_position(offered.slot) - rings.tx_position(offered.slot)) <= 160
    assert tone_ms(core.tx(offered.leg, offered.slot), 1000) == 1000


async def test_caller_cancels_before_the_answer(core: Core, tmp_path: Path) -> None:
    """A CANCEL before the answer ends the leg with 487 as the caller's doing."""
    script = Script().invite().expect(100).pause(300).cancel()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.next(control.LegOffered)
        ended = await core.next(control.LegEnded, offered.leg)
        assert (ended.code, ended.by_remote) == (487, True)
        await phone.wait()
    core.send(control.Answer(leg=offered.leg))
    failed = await core.next(control.CommandFailed, offered.leg)
    assert failed.command == "Answer"


async def test_caller_hangs_up_right_after_the_answer(core: Core, tmp_path: Path) -> None:
    """A BYE straight after the ACK ends the leg."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().bye()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.next(control.LegOffered)
        core.send(control.Answer(leg=offered.leg))
        ended = await core.next(control.LegEnded, offered.leg)
        assert (ended.code, ended.by_remote) == (200, True)
        await phone.wait()


async def test_caller_hangs_up_while_something_is_played(core: Core, tmp_path: Path) -> None:
    """The playback under way is reported with what was heard, before the leg's end."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().await_cue().bye()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        core.send(control.Play(leg=offered.leg, play_id="long", files=(pcm_file(tmp_path, 1000, 60_000),)))
        await until(lambda: tone_ms(core.tx(offered.leg, offered.slot), 1000) >= 300)
        await phone.cue()
        played = await core.next(control.Played, offered.leg)
        assert not played.finished
        assert abs(played.heard_ms - tone_ms(core.tx(offered.leg, offered.slot), 1000)) <= 60
        await core.next(control.LegEnded, offered.leg)
        await phone.wait()


async def test_playback_is_replaced_resumed_and_stopped(core: Core, tmp_path: Path) -> None:
    """Replacing and stopping tell how much was heard, and from_ms starts inside the files."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().take("BYE").reply("200 OK")
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        leg, files = offered.leg, (pcm_file(tmp_path, 500, 400), pcm_file(tmp_path, 1500, 400))
        core.send(control.Play(leg=leg, play_id="one", files=files, loop=True))
        await until(lambda: sum(tone_ms(core.tx(leg, offered.slot), hz) for hz in (500, 1500)) > 900)
        core.send(control.Play(leg=leg, play_id="two", files=files, from_ms=300))
        one = await core.next(control.Played, leg)
        assert (one.play_id, one.finished) == ("one", False)
        assert one.heard_ms > 800
        two = await core.next(control.Played, leg)
        assert (two.play_id, two.heard_ms, two.finished) == ("two", 500, True)
        core.send(control.Play(leg=leg, play_id="three", files=files))
        core.send(control.StopPlay(leg=leg))
        three = await core.next(control.Played, leg)
        assert (three.play_id, three.finished) == ("three", False)
        core.send(control.Play(leg=leg, play_id="none", files=(str(tmp_path / "missing.pcm"),)))
        assert "missing.pcm" in (await core.next(control.CommandFailed, leg)).why
        core.send(control.HangUp(leg=leg))
        await phone.wait()


async def test_invite_without_an_offer(core: Core, tmp_path: Path) -> None:
    """A delayed offer (INVITE without SDP) is answered with ours and media starts with the ACK."""
    (tmp_path / "said.alaw").write_bytes(alaw(tone(700, 3000)))
    script = Script().invite(sdp=False).expect(100, optional=True).expect(200, check="m=audio").ack(sdp=True)
    script.say(tmp_path / "said.alaw").await_cue().bye()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        await until(lambda: tone_ms(core.rx(offered.leg, offered.slot), 700) >= 600)
        await phone.cue()
        await core.next(control.LegEnded, offered.leg)
        await phone.wait()


async def test_hold_and_resume(core: Core, tmp_path: Path) -> None:
    """Hold is told, time goes on, and after resume the caller is heard again."""
    (tmp_path / "said.alaw").write_bytes(alaw(tone(700, 8000)))
    script = Script().invite().expect(100, optional=True).expect(200).ack().say(tmp_path / "said.alaw", -1)
    script.reinvite("inactive").await_cue().reinvite("sendonly").await_cue()
    script.reinvite("sendrecv").await_cue().bye()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        first = await core.next(control.MediaChanged, offered.leg)
        assert (first.active, first.held) == (False, True)
        await core.media(offered.leg, offered.slot, 300)
        await phone.cue()
        second = await core.next(control.MediaChanged, offered.leg)
        assert (second.active, second.held) == (True, True)
        await phone.cue()
        third = await core.next(control.MediaChanged, offered.leg)
        assert (third.active, third.held, third.codec) == (True, False, "PCMA")
        resumed_at = core.pool.rings(offered.leg).rx_position(offered.slot)
        await until(lambda: tone_ms(core.rx(offered.leg, offered.slot, resumed_at), 700) >= 600)
        await phone.cue()
        await core.next(control.LegEnded, offered.leg)
        await phone.wait()


async def test_keys_by_both_methods_come_once(core: Core, tmp_path: Path) -> None:
    """RFC 4733 and SIP INFO keys are told once for each press."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().pause(200)
    script.press("1").press("0").press("#").info_key("5").pause(100).info_key("*").pause(100).bye()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        await core.next(control.LegEnded, offered.leg)
        keys = [event.key for event in core.seen(control.KeyPressed)]
        assert keys == ["1", "0", "#", "5", "*"]
        await phone.wait()


async def test_the_same_key_twice_is_two_presses(core: Core, tmp_path: Path) -> None:
    """A caller who presses 1 and 1 again has pressed it twice."""
    async with await Baresip.start(tmp_path / "phone", tone(440, 500)) as phone:
        await phone.command("dial", f"sip:119@127.0.0.1:{core.port}")
        offered = await core.answer()
        for _ in range(2):
            await phone.command("sndcode", "1")
            assert (await core.next(control.KeyPressed, offered.leg)).key == "1"
            await asyncio.sleep(0.4)
        assert not core.seen(control.KeyPressed)


async def test_forty_callers_leave_nothing_behind(core: Core, tmp_path: Path) -> None:
    """After 40 short calls, two at once, every slot is free and the bridge is as empty as before."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().pause(150).bye()
    slots: set[int] = set()
    ended = 0
    async with await Sipp.start(tmp_path, script, target_port=core.port, calls=40, at_once=2) as phone:
        while ended < 40:
            event = await core.next(object)
            assert phone.running or ended > 30, phone.errors()
            if isinstance(event, control.LegOffered):
                slots.add(event.slot)
                core.send(control.Answer(leg=event.leg))
            ended += isinstance(event, control.LegEnded)
        await phone.wait()
    assert slots <= {0, 1, 2, 3}
    core.forget_beats()
    while (beat := await core.next(control.LineHeartbeat)).bridge_ports != 1 or beat.legs:
        assert beat.bridge_ports >= 1
    assert not core.seen(control.CommandFailed)


async def test_the_way_of_the_call_reaches_the_core(core: Core, tmp_path: Path) -> None:
    """Diversion, History-Info, asserted identity and a location body arrive with the offer."""
    headers = (
        "P-Asserted-Identity: <tel:+82-10-1111-2222>\n"
        'Diversion: "Room, 2" <sip:2000@pbx>;reason=no-answer, <sip:119@pbx>;reason=unconditional\n'
        "History-Info: <sip:119@pbx>;index=1\nGeolocation: <cid:loc@phone>\n"
    )
    sdp = "v=0\no=p 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\nm=audio [auto_media_port] RTP/AVP 8\n"
    body = f"--b\nContent-Type: application/sdp\n\n{sdp}--b\nContent-Type: application/pidf+xml\n\n<presence/>\n--b--\n"
    script = Script(from_user="anonymous").invite(
        headers, content_type="multipart/mixed;boundary=b", body=body
    )
    script.expect(100, optional=True).expect(200).ack().pause(100).bye()
    async with await Sipp.start(tmp_path, script, target_port=core.port) as phone:
        offered = await core.answer()
        assert offered.number == "+821011112222"
        assert offered.overflow.why == "no_answer"
        assert len(offered.overflow.diversion) == 2
        assert offered.overflow.history_info == ("<sip:119@pbx>;index=1",)
        assert offered.overflow.geolocation == ("<cid:loc@phone>",)
        assert offered.overflow.body_parts == (("application/pidf+xml", "<presence/>"),)
        assert offered.source.startswith("127.0.0.1:")
        await phone.wait()
