"""What callers get when a part of voicebot fails: always a human, by a way that does not need that part."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from tests.integration.calls.site import QUESTION, SHORT_DIALOG, Site, speech
from tests.integration.phones import HOST, RATE_HZ, Baresip, Script, Sipp

FALLBACK = f"sip:hotline@{HOST}:5999"
SILENT = np.zeros(0, np.int16)
SHORT = {"dialog": str(SHORT_DIALOG)}


def up() -> Script:
    """A caller who has been answered."""
    return Script().invite().expect(100, optional=True).expect(200).ack()


def sent_on() -> Script:
    """A caller who is sent to the fallback."""
    call = up().take("REFER", check="hotline@").reply("202 Accepted")
    return call.notify("200 OK", final=True).take("BYE").reply("200 OK")


def desk() -> Script:
    """A phone that rings until the caller has gone."""
    return Script(caller=False).take("INVITE").reply("180 Ringing").take("CANCEL").reply_to_cancel()


async def rung(phone: Sipp, times: int = 1) -> None:
    """Wait until ``phone`` has been rung so often."""
    await phone.until_sent("SIP/2.0 180 Ringing", times)


async def was_not_asked_why_he_is_silent(site: Site) -> None:
    """Check that it was no silence of the newest caller that rang: nothing was said about it."""
    incident = await site.incident()
    said = [entry["text"] for entry in incident["transcript"]]
    assert not any(
        words in text for text in said for words in ("듣고 있습니다", "아무 번호나", "아무 숫자나")
    ), said
    assert "silent" not in incident["flags"]


@contextlib.asynccontextmanager
async def faulty(
    folder: Path, *operators: str, fallback: str | None = None, settings: Mapping[str, object] | None = None
) -> AsyncIterator[Site]:
    """Run a server whose parts fail while ``folder/fault`` names them."""
    (folder / "fault").write_text("")
    command = (sys.executable, "-m", "tests.integration.calls.faulty", str(folder / "fault"))
    async with Site(folder, operators, fallback, settings, command) as site:
        yield site


@contextlib.contextmanager
def failing(site: Site, part: str) -> Iterator[None]:
    """Let a part fail meanwhile."""
    (site.folder / "fault").write_text(part)
    try:
        yield
    finally:
        (site.folder / "fault").write_text("")


async def test_callers_of_a_stopped_core_are_sent_on_and_the_record_says_so(tmp_path: Path) -> None:
    """SIGSTOP: sentence and REFER, 503 for new calls. SIGCONT: no call is left over, new ones are served."""
    async with Site(tmp_path, fallback=FALLBACK) as site:
        async with await Sipp.start(tmp_path, sent_on(), target_port=site.port) as caller:
            await caller.until_sent("ACK sip:")
            os.kill(site.core_pid, signal.SIGSTOP)
            try:
                await caller.wait()
                refused = Script().invite().expect(100, optional=True)
                refused = refused.expect(503, check="Retry-After").acknowledge_failure()
                async with await Sipp.start(tmp_path / "new", refused, target_port=site.port) as stranger:
                    await stranger.wait()
            finally:
                os.kill(site.core_pid, signal.SIGCONT)
        await site.until_state("diverted")
        await site.until_quiet()
        async with await Sipp.start(
            tmp_path / "again", up().await_cue().bye(), target_port=site.port
        ) as again:
            await again.cue()
            await again.wait()


async def test_a_blocked_event_loop_is_bridged_by_the_sentence(tmp_path: Path) -> None:
    """Blocked while the bot listens: the caller hears the sentence all the same, and then the bot again."""
    async with (
        faulty(tmp_path, settings=SHORT) as site,
        await Baresip.start(tmp_path / "caller", SILENT) as phone,
    ):
        await phone.command("dial", site.uri)
        await site.until_said(QUESTION)
        with failing(site, "loop"):
            os.kill(site.core_pid, signal.SIGUSR1)
            await phone.until_heard(500)  # what was under way of the question
            await phone.until_loud(len(phone.heard()))
        await site.until_said("듣고 있습니다")
        assert len(await site.calls()) == 1, "the caller was lost"
        await phone.command("hangup")
        await site.until_state("abandoned")


async def test_a_recogniser_that_hangs_costs_one_caller_5_s_and_the_next_one_nothing(tmp_path: Path) -> None:
    """The first utterance waits for its limit, then a desk rings; who calls after that gets one at once."""
    words = await speech(tmp_path, "망원동 망원시장 앞에 나무가 쓰러졌어요")
    words = np.concatenate([np.zeros(2 * RATE_HZ, np.int16), words])
    async with await Sipp.start(tmp_path / "desk", desk(), calls=2) as phone:
        async with (
            faulty(tmp_path, f"sip:desk@{HOST}:{phone.port}") as site,
            await Baresip.start(tmp_path / "first", words) as first,
        ):
            with failing(site, "recogniser"):
                await first.command("dial", site.uri)
                await rung(phone)
                await was_not_asked_why_he_is_silent(site)
                await first.command("hangup")
                await site.until_quiet()
                assert "voicebot_recogniser_failures_total 0.0" not in await site.text("/metrics")
                assert "voicebot_deaf 1.0" in await site.text("/metrics")
                script = up().await_cue().bye()
                async with await Sipp.start(tmp_path / "2", script, target_port=site.port) as second:
                    await rung(phone, 2)
                    await was_not_asked_why_he_is_silent(site)
                    said = [entry["text"] for entry in (await site.incident())["transcript"]]
                    assert not any("무슨 일인가요" in text for text in said), "who cannot be heard was asked"
                    await second.cue()
                    await second.wait()

            async def hears() -> bool:
                return "voicebot_deaf 0.0" in await site.text("/metrics")

            await site.until(hears)
        await phone.wait()


async def test_a_detector_that_hangs_rings_a_human_for_everybody(tmp_path: Path) -> None:
    """Nobody's speech is found any more in the middle of a call: after 2 s a desk rings."""
    async with await Sipp.start(tmp_path / "desk", desk()) as phone:
        script = up().await_cue()
        async with (
            faulty(tmp_path, f"sip:desk@{HOST}:{phone.port}") as site,
            await Sipp.start(tmp_path, script, target_port=site.port) as caller,
        ):
            await caller.until_waiting()
            with failing(site, "detector"):
                await rung(phone)
            await was_not_asked_why_he_is_silent(site)


async def test_a_dialog_that_raises_ends_with_an_operator(tmp_path: Path) -> None:
    """The first step that raises: the caller hears the sentence and a desk rings; other calls go on."""
    async with await Sipp.start(tmp_path / "desk", desk()) as phone:
        async with (
            faulty(tmp_path, f"sip:desk@{HOST}:{phone.port}") as site,
            await Baresip.start(tmp_path / "caller", SILENT) as caller,
        ):
            await caller.command("dial", site.uri)
            await caller.until_loud()
            with failing(site, "dialog"):
                await caller.command("sndcode", "5")
                await rung(phone)
                await caller.until_loud(len(caller.heard()))
            await was_not_asked_why_he_is_silent(site)
            await caller.command("hangup")
            incident = await site.until_state("abandoned")
            assert "system_failure" in incident["flags"]
        await phone.wait()


async def test_a_dialog_that_raises_without_operators_ends_at_the_fallback(tmp_path: Path) -> None:
    """Nobody of ours is there: the fallback is the next way of the rescue, too."""
    async with faulty(tmp_path, fallback=FALLBACK) as site:
        with failing(site, "dialog"):
            async with await Sipp.start(tmp_path, sent_on(), target_port=site.port) as caller:
                await caller.wait()


async def test_a_full_disk_stops_no_call_and_the_records_follow_when_there_is_room(tmp_path: Path) -> None:
    """Store and recordings on a full file system: the desk rings as ever; with room again all is written."""
    data = tmp_path / "data"
    data.mkdir()
    mount = f'mount -t tmpfs -o size=2m none "{data}" && exec "$@"'
    trial = await asyncio.create_subprocess_exec("unshare", "-rm", "sh", "-c", mount, "sh", "true")
    if await trial.wait():
        pytest.skip("this machine lets nobody mount a small file system")
    command = ("unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-m", "voicebot")
    settings = {"store": {"url": f"sqlite:///{data}/incidents.db"}, "recordings": {"directory": str(data)}}
    async with (
        await Sipp.start(tmp_path / "desk", desk(), calls=2) as phone,
        Site(tmp_path, [f"sip:desk@{HOST}:{phone.port}"], settings=settings, command=command) as site,
    ):
        inside = Path(f"/proc/{site.core_pid}/root{data}")
        filler = inside / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"\0" * 4096):
                pass
        assert shutil.disk_usage(inside).free == 0
        call = up().press("0").await_cue().bye()
        async with await Sipp.start(tmp_path / "1", call, target_port=site.port) as caller:
            await rung(phone)
            (live,) = await site.calls()
            assert live["state"] == "transferring"
            await caller.cue()
            await caller.wait()
        await site.until_quiet()
        failures = "voicebot_store_failures_total 0.0"
        assert failures not in await site.text("/metrics")
        assert await site.get("/api/incidents") == []
        filler.unlink()
        async with await Sipp.start(tmp_path / "2", call, target_port=site.port) as caller:
            await rung(phone, 2)
            await caller.cue()
            await caller.wait()
        await site.until_quiet()
        records = await site.get("/api/incidents")
        assert [record["state"] for record in records] == ["abandoned", "abandoned"]
        assert live["incident_id"] in [record["id"] for record in records]
        await phone.wait()
