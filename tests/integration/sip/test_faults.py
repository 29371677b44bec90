"""What callers meet when a process dies: ours, the core's, or both."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.integration.calls.site import cpu_s
from tests.integration.phones import HOST, PATIENCE_S, Baresip, Script, Sipp, free_ports, tone, tone_ms, until
from tests.integration.sip.core import Core, line_config, pcm_file
from voicebot import control

_REPOSITORY = Path(__file__).parents[3]
PROMPT_HZ = 1300


def _up() -> Script:
    return Script().invite().expect(100, optional=True).expect(200).ack()


def _refused() -> Script:
    return Script().invite().expect(100, optional=True).expect(503, check="Retry-After").acknowledge_failure()


class LoneCore:
    """A core process that a test may kill, and the line process that it leaves."""

    def __init__(self, process: asyncio.subprocess.Process, line_pid: int) -> None:
        self._process = process
        self.line_pid = line_pid

    async def saw(self, event: str) -> None:
        """Wait until the core has printed an event's name."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while (line := await self._process.stdout.readline()).strip() != event.encode():
                assert line, "the core ended"

    def signal(self, number: signal.Signals) -> None:
        """Kill, stop or continue the core."""
        self._process.send_signal(number)


@asynccontextmanager
async def lone_core(config: control.LineConfig, **environment: str) -> AsyncIterator[LoneCore]:
    """Run a core in its own process; both processes are killed by their pids in the end."""
    path = Path(config.lock).with_name("lone.json")
    path.write_bytes(msgspec.json.encode(config))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("lone_core.py")),
        str(path),
        stdout=asyncio.subprocess.PIPE,
        cwd=_REPOSITORY,
        env={**os.environ, **environment, "PYTHONPATH": str(_REPOSITORY)},
    )
    assert process.stdout is not None
    line_pid = 0
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (line := await process.stdout.readline()).startswith(b"up "):
                assert line, "the core ended"
        line_pid = int(line.split()[1])
        yield LoneCore(process, line_pid)
    finally:
        for pid in filter(None, (process.pid, line_pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await process.wait()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return b"voicebot.sip" in Path(f"/proc/{pid}/cmdline").read_bytes()


async def test_a_killed_line_process_is_replaced_at_once(
    core: Core, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """SIGKILL of the line process: LineLost names the leg, and a new call is answered after 2 s of a processor.

    On a machine that has one to spare that is 2 s; nothing else is waited for.
    """
    async with await Sipp.start(tmp_path, _up().pause(600_000), target_port=core.port):
        offered = await core.answer()
        pid = core.pool.pid(0)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        lost = await core.next(control.LineLost)
        assert lost.legs == (offered.leg,)
        async with await Sipp.start(tmp_path / "b", _up().pause(100).bye(), target_port=core.port) as second:
            again = await core.answer()
            assert again.slot == 0
            replacement = core.pool.pid(0)
            assert replacement is not None
            assert cpu_s(replacement) < 2.0
            log = re.sub(r"\x1b\[\d*m", "", capfd.readouterr().out)
            assert "restart_in_s=0.0" in log, log
            await second.wait()


async def test_a_stuck_line_process_is_killed(core: Core) -> None:
    """A line process that says nothing for 2 s is killed and replaced."""
    await core.next(control.LineReady)
    pid = core.pool.pid(0)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    await core.next(control.LineLost)
    ready = await core.next(control.LineReady)
    assert ready.pid != pid


async def test_callers_of_a_dead_core_reach_the_fallback(tmp_path: Path) -> None:
    """Core killed: prompt, REFER to the fallback, 503 for new calls, until a new core takes over."""
    async with (
        await Baresip.start(tmp_path / "fallback", tone(880, 60_000), answers=True) as fallback,
        await Baresip.start(tmp_path / "caller", tone(440, 60_000)) as caller,
    ):
        prompt = pcm_file(tmp_path, PROMPT_HZ, 800)
        config = line_config(tmp_path, fallback_uri=fallback.uri, fallback_prompt=prompt)
        async with lone_core(config) as lone:
            await caller.command("dial", f"sip:119@{HOST}:{config.sip_port}")
            await lone.saw("MediaChanged")
            lone.signal(signal.SIGKILL)
            killed_at = time.monotonic()
            async with await Sipp.start(tmp_path, _refused(), target_port=config.sip_port) as refused:
                await refused.wait()
            await until(lambda: tone_ms(fallback.heard(), 440) >= 500, caller.log)
            assert time.monotonic() - killed_at > 2.0
            assert 700 <= tone_ms(caller.heard_in_all(), PROMPT_HZ) <= 900
            async with Core(config) as core:
                assert not _alive(lone.line_pid)
                async with await Sipp.start(
                    tmp_path / "new", _up().pause(100).bye(), target_port=core.port
                ) as new:
                    await core.answer()
                    await new.wait()


async def test_the_prompt_repeats_without_a_fallback(tmp_path: Path) -> None:
    """Without a fallback the sentence repeats and the caller is never hung up; lone operator legs are."""
    async with (
        await Baresip.start(tmp_path / "operator", tone(880, 60_000), answers=True) as operator,
        await Baresip.start(tmp_path / "caller", tone(440, 60_000)) as caller,
    ):
        config = line_config(tmp_path, fallback_prompt=pcm_file(tmp_path, PROMPT_HZ, 500))
        async with lone_core(config, OPERATOR=operator.uri) as lone:
            await caller.command("dial", f"sip:119@{HOST}:{config.sip_port}")
            await lone.saw("MediaChanged")
            await lone.saw("MediaChanged")
            lone.signal(signal.SIGKILL)
            await until(lambda: tone_ms(caller.heard(), PROMPT_HZ) > 1200)
            await until(lambda: re.search("terminated|closed", operator.log(), re.IGNORECASE), operator.log)
            await caller.until_heard(500)


async def test_a_bridged_pair_talks_on_without_a_core(tmp_path: Path) -> None:
    """Core killed while caller and operator talk: nobody notices."""
    async with (
        await Baresip.start(tmp_path / "operator", tone(880, 60_000), answers=True) as operator,
        await Baresip.start(tmp_path / "caller", tone(440, 60_000)) as caller,
    ):
        prompt = pcm_file(tmp_path, PROMPT_HZ, 500)
        config = line_config(tmp_path, fallback_uri="sip:x@127.0.0.1:9", fallback_prompt=prompt)
        async with lone_core(config, OPERATOR=operator.uri, BRIDGE="yes") as lone:
            await caller.command("dial", f"sip:119@{HOST}:{config.sip_port}")
            await lone.saw("bridged")
            lone.signal(signal.SIGKILL)
            await operator.until_heard(3500)
            before = len(operator.heard())
            await until(lambda: tone_ms(operator.heard()[before:], 440) > 500)
            assert tone_ms(caller.heard(), PROMPT_HZ) == 0


async def test_a_core_that_only_stumbled_gets_its_caller_back(tmp_path: Path) -> None:
    """A core that stands still for some seconds: the prompt begins, and stops when the core is back."""
    async with await Baresip.start(tmp_path / "caller", tone(440, 60_000)) as caller:
        prompt_ms = 20_000
        prompt = pcm_file(tmp_path, PROMPT_HZ, prompt_ms)
        config = line_config(tmp_path, fallback_uri="sip:x@127.0.0.1:9", fallback_prompt=prompt)
        async with lone_core(config) as lone:
            await caller.command("dial", f"sip:119@{HOST}:{config.sip_port}")
            await lone.saw("MediaChanged")
            lone.signal(signal.SIGSTOP)
            await until(lambda: tone_ms(caller.heard(), PROMPT_HZ) >= 300)
            lone.signal(signal.SIGCONT)
            began = len(caller.heard())
            await until(
                lambda: len(caller.heard()) > began and not tone_ms(caller.heard()[-4800:], PROMPT_HZ)
            )
            assert tone_ms(caller.heard(), PROMPT_HZ) < prompt_ms / 2, "it was played to its end"
            async with await Sipp.start(tmp_path, _up().pause(100).bye(), target_port=config.sip_port) as new:
                await new.wait()


async def test_refer_to_the_fallback_is_tried_again(tmp_path: Path) -> None:
    """When the fallback cannot be reached the caller keeps hearing the prompt and stays on the line."""
    script = _up().take("REFER").reply("503 Service Unavailable").take("REFER").reply("202 Accepted")
    script.notify("200 OK", final=True).take("BYE").reply("200 OK")
    prompt = pcm_file(tmp_path, PROMPT_HZ, 300)
    config = line_config(tmp_path, fallback_uri=f"sip:x@{HOST}:{free_ports()}", fallback_prompt=prompt)
    async with (
        lone_core(config) as lone,
        await Sipp.start(tmp_path, script, target_port=config.sip_port) as phone,
    ):
        await lone.saw("MediaChanged")
        lone.signal(signal.SIGKILL)
        await phone.wait()


async def test_a_core_that_ends_leaves_its_callers_to_the_fallback(tmp_path: Path) -> None:
    """A core that is stopped with a caller on the line does not cut the call; the line process ends after."""
    script = _up().take("REFER")
    script.reply("202 Accepted").notify("200 OK", final=True).take("BYE").reply("200 OK")
    config = line_config(tmp_path, fallback_uri=f"sip:x@{HOST}:{free_ports()}")
    core = Core(config)
    async with core, await Sipp.start(tmp_path, script, target_port=config.sip_port) as phone:
        await core.answer()
        pid = core.pool.pid(0)
        assert pid is not None
        await core.leave()
        await phone.wait()
        await until(lambda: os.waitpid(pid, os.WNOHANG) != (0, 0), lambda: "the line process did not end")
