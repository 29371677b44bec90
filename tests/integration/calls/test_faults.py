"""What callers meet when a part of voicebot dies, and when callers behave as callers do."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import numpy as np

from tests.integration.calls.site import Site
from tests.integration.phones import Baresip, Script, Sipp, alaw


def caller(pause_ms: int) -> Script:
    """A caller who waits for a while and hangs up."""
    return Script().invite().expect(100, optional=True).expect(200).ack().pause(pause_ms).bye()


async def test_a_dead_line_process_keeps_the_record_and_takes_the_next_call_in_2_s(tmp_path: Path) -> None:
    """After SIGKILL of the line process the call is marked, nothing said is lost, and service goes on."""
    async with Site(tmp_path) as site:
        async with await Sipp.start(tmp_path, caller(60000), target_port=site.port) as lost:
            await site.until_state("open")
            await asyncio.sleep(12)
            before = await site.incident()
            site.kill_line()
            killed = time.monotonic()
            incident = await site.until_state("line_lost", limit_s=5)
            lost.kill()
            assert incident["id"] == before["id"]
            assert incident["transcript"][: len(before["transcript"])] == before["transcript"]
            assert before["transcript"], "nothing had been said"
        await site.until(site._ready, limit_s=5)
        async with await Sipp.start(tmp_path, caller(500), target_port=site.port) as again:
            await site.until_state("open")
            took_s = time.monotonic() - killed
            await again.wait()
        assert took_s < 2.0 + 1.0, f"the next call was answered {took_s:.1f} s after the kill"


async def test_a_dead_core_leaves_nobody_in_silence(tmp_path: Path) -> None:
    """The line plays its sentence and sends the caller to the fallback; new calls get 503 until the core is back."""
    fallback = "sip:hotline@127.0.0.1:5999"
    heard = Script().invite().expect(100, optional=True).expect(200).ack()
    heard = heard.take("REFER", check="hotline@127.0.0.1:5999").reply("202 Accepted")
    heard = heard.notify("200 OK", final=True).take("BYE").reply("200 OK")
    async with Site(tmp_path, fallback=fallback) as site:
        async with await Sipp.start(tmp_path, heard, target_port=site.port, limit_s=40) as talking:
            await site.until_state("open")
            await asyncio.sleep(2)
            await site.kill_core()
            await asyncio.sleep(2.5)
            refused = Script().invite().expect(100, optional=True)
            refused = refused.expect(503, check="Retry-After").acknowledge_failure()
            async with await Sipp.start(tmp_path / "refused", refused, target_port=site.port) as stranger:
                await stranger.wait()
            await talking.wait()
        await site.start()
        assert (await site.incident())["state"] == "interrupted"
        async with await Sipp.start(tmp_path / "again", caller(500), target_port=site.port) as again:
            await again.wait()


async def test_the_sentence_of_the_dead_man_is_really_heard(tmp_path: Path) -> None:
    """A baresip caller hears audio again after the core was killed."""
    async with (
        Site(tmp_path) as site,
        await Baresip.start(tmp_path / "caller", np.zeros(8000, np.int16), limit_s=60) as phone,
    ):
        await phone.command("dial", site.uri)
        await site.until_state("open")
        await asyncio.sleep(1)
        await site.kill_core()
        before = len(phone.heard())
        await asyncio.sleep(8)
        after = phone.heard()[before + 2 * 8000 :]
        assert np.abs(after).max(initial=0) > 3000, "silence after the core had died"
        await phone.command("hangup")


async def test_a_caller_may_hang_up_at_any_moment(tmp_path: Path) -> None:
    """At once, in the greeting, in the question, in the silence: each call ends, each record stays."""
    moments_ms = (0, 300, 3000, 13000)
    async with Site(tmp_path) as site:
        for number, after_ms in enumerate(moments_ms, start=1):
            folder = tmp_path / str(after_ms)
            async with await Sipp.start(folder, caller(after_ms), target_port=site.port) as sipp:
                await sipp.wait()
            await site.until_quiet()
            incidents = await site.get("/api/incidents")
            assert [incident["state"] for incident in incidents] == ["abandoned"] * number
            assert incidents[0]["urgency"]["level"] == "unknown"
        assert "Traceback" not in site.log()


async def test_a_caller_who_leaves_while_the_operator_is_rung_leaves_no_ringing_phone(tmp_path: Path) -> None:
    """The consult leg is cancelled with the caller."""
    desk = Script(caller=False).take("INVITE").reply("180 Ringing").take("CANCEL").reply("200 OK")
    async with (
        await Sipp.start(tmp_path / "desk", desk, limit_s=60) as phone,
        Site(tmp_path, [f"sip:desk@127.0.0.1:{phone.port}"]) as site,
    ):
        call = (
            Script().invite().expect(100, optional=True).expect(200).ack().pause(1000).press("0").pause(2000)
        )
        async with await Sipp.start(tmp_path, call.bye(), target_port=site.port) as sipp:
            await sipp.wait()
            incident = await site.until_state("abandoned")
            assert incident["transfer"]["outcome"] == "caller_left"
            await phone.wait()


async def test_cancel_before_the_answer_and_an_invite_without_sdp(tmp_path: Path) -> None:
    """Neither leaves a call behind, and the one without SDP is served like any other."""
    late = Script().invite(sdp=False).expect(100, optional=True).expect(200).ack(sdp=True).pause(9000).bye()
    async with Site(tmp_path) as site:
        async with await Sipp.start(tmp_path, late, target_port=site.port) as sipp:
            await sipp.wait()
        incident = await site.until_state("abandoned")
        assert any("인공지능" in entry["text"] for entry in incident["transcript"])


async def test_hold_stops_the_clock_and_resume_goes_on(tmp_path: Path) -> None:
    """A caller on hold for longer than the silence limit is not taken for silent."""
    call = Script().invite().expect(100, optional=True).expect(200).ack().pause(14000)
    call = call.reinvite("sendonly").pause(9000).reinvite("sendrecv").pause(1000).bye()
    async with (
        Site(tmp_path) as site,
        await Sipp.start(tmp_path, call, target_port=site.port, limit_s=50) as sipp,
    ):
        await sipp.wait()
        incident = await site.until_state("abandoned")
        said = [entry["text"] for entry in incident["transcript"]]
        assert not any("아무 번호나" in text for text in said), said


async def test_noise_is_no_speech(tmp_path: Path) -> None:
    """Line noise in place of a voice fills no transcript."""
    noise = np.random.default_rng(7).normal(0, 250, 8000 * 4).astype(np.int16)
    file = tmp_path / "noise.al"
    file.write_bytes(alaw(noise))
    call = Script().invite().expect(100, optional=True).expect(200).ack().say(file, -1).pause(16000).bye()
    async with (
        Site(tmp_path) as site,
        await Sipp.start(tmp_path, call, target_port=site.port, limit_s=50) as sipp,
    ):
        await sipp.wait()
        incident = await site.until_state("abandoned")
        assert not [entry for entry in incident["transcript"] if entry["speaker"] == "caller"]
