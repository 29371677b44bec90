"""What callers meet when a part of voicebot dies, and when callers behave as callers do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from tests.integration.calls.site import QUESTION, SHORT_DIALOG, Site, cpu_s
from tests.integration.phones import Baresip, Script, Sipp, alaw

SHORT = {"dialog": str(SHORT_DIALOG)}


def caller() -> Script:
    """A caller who hangs up at the cue."""
    return Script().invite().expect(100, optional=True).expect(200).ack().await_cue().bye()


async def is_served(site: Site, folder: Path) -> None:
    """Call, be answered, and hang up."""
    async with await Sipp.start(folder, caller(), target_port=site.port) as phone:
        await phone.cue()
        await phone.wait()


async def test_a_dead_line_process_keeps_the_record_and_is_replaced_at_once(tmp_path: Path) -> None:
    """After SIGKILL of the line process the call is marked, nothing said is lost, and service goes on.

    What a new line process needs until the next call is answered is 2 s of a processor, and nothing is waited for.
    """
    async with Site(tmp_path, settings=SHORT) as site:
        async with await Sipp.start(tmp_path, caller(), target_port=site.port) as lost:
            await site.until_said("녹음됩니다")
            before = await site.incident()
            killed = site.line_pid
            site.kill_line()
            incident = await site.until_state("line_lost")
            lost.kill()
            assert incident["id"] == before["id"]
            assert incident["transcript"][: len(before["transcript"])] == before["transcript"]
            assert before["transcript"], "nothing had been said"
        await site.until_ready()
        await is_served(site, tmp_path / "again")
        assert site.line_pid not in (None, killed)
        assert cpu_s(site.line_pid or 0) < 2.0
        assert '"restart_in_s": 0.0, "event": "line process ended"' in site.log()


async def test_a_dead_core_leaves_nobody_in_silence(tmp_path: Path) -> None:
    """The line plays its sentence and sends the caller to the fallback; new calls get 503 until the core is back."""
    fallback = "sip:hotline@127.0.0.1:5999"
    heard = Script().invite().expect(100, optional=True).expect(200).ack()
    heard = heard.take("REFER", check="hotline@127.0.0.1:5999").reply("202 Accepted")
    heard = heard.notify("200 OK", final=True).take("BYE").reply("200 OK")
    async with Site(tmp_path, fallback=fallback) as site:
        async with await Sipp.start(tmp_path, heard, target_port=site.port) as talking:
            await talking.until_sent("ACK sip:")
            await site.until_state("open")
            await site.kill_core()
            refused = Script().invite().expect(100, optional=True)
            refused = refused.expect(503, check="Retry-After").acknowledge_failure()
            async with await Sipp.start(tmp_path / "refused", refused, target_port=site.port) as stranger:
                await stranger.wait()
            await talking.wait()
        await site.start()
        assert (await site.incident())["state"] == "interrupted"
        await is_served(site, tmp_path / "again")


async def test_the_sentence_of_the_dead_man_is_really_heard(tmp_path: Path) -> None:
    """A baresip caller hears audio again after the core was killed."""
    async with (
        Site(tmp_path, settings=SHORT) as site,
        await Baresip.start(tmp_path / "caller", np.zeros(8000, np.int16)) as phone,
    ):
        await phone.command("dial", site.uri)
        await site.until_said(QUESTION)
        await site.kill_core()
        await phone.until_heard(500)  # what was under way of the question
        await phone.until_loud(len(phone.heard()))
        await phone.command("hangup")


async def test_a_caller_may_hang_up_at_any_moment(tmp_path: Path) -> None:
    """At once, in the greeting, in the question, in the silence: each call ends, each record stays."""
    moments = {"at once": None, "greeting": None, "question": "녹음됩니다", "silence": QUESTION}
    async with Site(tmp_path, settings=SHORT) as site:
        for number, moment in enumerate(moments, start=1):
            script = Script().invite().expect(100, optional=True).expect(200).ack()
            script = script.bye() if moment == "at once" else script.await_cue().bye()
            async with await Sipp.start(tmp_path / moment, script, target_port=site.port) as sipp:
                if (heard := moments[moment]) is not None:
                    await site.until_said_in_call(heard)
                if moment != "at once":
                    await sipp.cue()
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
        await Sipp.start(tmp_path / "desk", desk) as phone,
        Site(tmp_path, [f"sip:desk@127.0.0.1:{phone.port}"], settings=SHORT) as site,
    ):
        call = Script().invite().expect(100, optional=True).expect(200).ack().press("0").await_cue().bye()
        async with await Sipp.start(tmp_path, call, target_port=site.port) as sipp:
            await phone.until_sent("180 Ringing")
            await sipp.cue()
            await sipp.wait()
            incident = await site.until_state("abandoned")
            assert incident["transfer"]["outcome"] == "caller_left"
            await phone.wait()


async def test_an_invite_without_sdp_is_served_like_any_other(tmp_path: Path) -> None:
    """The answer to our offer comes with the ACK, and the caller hears the greeting."""
    late = Script().invite(sdp=False).expect(100, optional=True).expect(200).ack(sdp=True).await_cue().bye()
    async with Site(tmp_path, settings=SHORT) as site:
        async with await Sipp.start(tmp_path, late, target_port=site.port) as sipp:
            await site.until_said("인공지능")
            await sipp.cue()
            await sipp.wait()
        incident = await site.until_state("abandoned")
        assert any("인공지능" in entry["text"] for entry in incident["transcript"])


async def test_hold_stops_the_clock_and_resume_goes_on(tmp_path: Path) -> None:
    """A caller on hold for longer than the silence limit is not taken for silent."""
    call = Script().invite().expect(100, optional=True).expect(200).ack().await_cue()
    call = call.reinvite("sendonly").await_cue().reinvite("sendrecv").await_cue().bye()
    async with (
        Site(tmp_path, settings=SHORT) as site,
        await Sipp.start(tmp_path, call, target_port=site.port) as sipp,
    ):
        await site.until_said(QUESTION)
        await sipp.cue()
        await asyncio.sleep(7.0)  # the silence of a caller who is not on hold is asked about after 6 s
        await sipp.cue()
        said = [entry["text"] for entry in (await site.incident())["transcript"]]
        assert not any("듣고 있습니다" in text for text in said), said
        await site.until_said("듣고 있습니다")
        await sipp.cue()
        await sipp.wait()
        await site.until_state("abandoned")


async def test_noise_is_no_speech(tmp_path: Path) -> None:
    """Line noise in place of a voice fills no transcript."""
    noise = np.random.default_rng(7).normal(0, 250, 8000 * 4).astype(np.int16)
    file = tmp_path / "noise.al"
    file.write_bytes(alaw(noise))
    call = Script().invite().expect(100, optional=True).expect(200).ack().say(file, -1).await_cue().bye()
    async with (
        Site(tmp_path, settings=SHORT) as site,
        await Sipp.start(tmp_path, call, target_port=site.port) as sipp,
    ):
        await site.until_said("듣고 있습니다")  # the noise counts as silence
        await sipp.cue()
        await sipp.wait()
        incident = await site.until_state("abandoned")
        assert not [entry for entry in incident["transcript"] if entry["speaker"] == "caller"]
