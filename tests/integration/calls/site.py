"""A whole voicebot for tests: ``voicebot serve`` as a process of its own, on free ports of 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import wave
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np

from tests.integration.phones import HOST, PATIENCE_S, Pcm, free_ports, read_wav
from voicebot.audio.resample import to_telephone

_STOP_LIMIT_S = 30.0
"""Longer than a core drains; one that hangs is a matter of other tests, and is ended by force here."""
UNHURRIED = (sys.executable, "-m", "tests.integration.calls.unhurried")
SHORT_DIALOG = Path(__file__).parents[2] / "data" / "dialogs" / "good.yaml"
"""Greets and asks in six seconds instead of twelve; for what has nothing to do with the shipped conversation."""
QUESTION = "무슨 일이고 어디입니까?"
"""With which that one hands the turn to the caller."""


class Site:
    """Starts the server on enter; on exit ends it and every process it left, by their pids."""

    def __init__(
        self,
        folder: Path,
        operators: Sequence[str] = (),
        fallback: str | None = None,
        settings: Mapping[str, Any] | None = None,
        command: Sequence[str] = UNHURRIED,
    ) -> None:
        """``settings`` replace sections of the settings file, or add to them; ``command`` is what is run.

        Phones are not asked by OPTIONS unless they say so: a scripted one would take it for its call.
        """
        self.folder = folder
        self._command = command
        self.port = free_ports()
        self.http_port = free_ports()
        self.uri = f"sip:119@{HOST}:{self.port}"
        rtp_first = self._rtp_first = free_ports(40)
        self.config = folder / "voicebot.yaml"
        defaults: dict[str, Any] = {
            "sip": {
                "listen": f"{HOST}:{self.port}",
                "rtp_ports": f"{rtp_first}-{rtp_first + 39}",
                "allow_from": [HOST],
            },
            "operators": [
                {"name": f"desk{number}", "uri": uri} for number, uri in enumerate(operators, start=1)
            ],
            "fallback": fallback,
            "speech": {"synthetic_voices_only": True},
            "http": {"listen": f"{HOST}:{self.http_port}"},
            "store": {"url": f"sqlite:///{folder / 'incidents.db'}"},
            "recordings": {"directory": str(folder / "recordings")},
            "run_directory": str(folder / "run"),
        }
        defaults |= dict(settings or {})
        defaults["transfer"] = {"probe_seconds": 0} | defaults.get("transfer", {})
        self.config.write_text(json.dumps(defaults))
        self._client = httpx.AsyncClient(
            base_url=f"http://{HOST}:{self.http_port}",
            timeout=PATIENCE_S,
            limits=httpx.Limits(
                max_keepalive_connections=0
            ),  # an idle one is closed by the server at its time
            trust_env=False,
        )
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.__aexit__(None, None, None)  # a server that was too slow does not run on for ever
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()
        process = self._process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), _STOP_LIMIT_S)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self.line_pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.line_pid, signal.SIGKILL)

    async def start(self) -> None:
        """Start the server and wait until it takes calls."""
        prompts, spoken = self.folder / "run" / "prompts", _spoken_in_this_run(self.folder)
        prompts.mkdir(parents=True, exist_ok=True)
        _link_all(spoken, prompts)
        with (self.folder / "server.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                "serve",
                "--config",
                str(self.config),
                stdout=log,
                stderr=log,
            )
        await self.until_ready()
        _link_all(prompts, spoken)

    async def until_ready(self) -> None:
        """Wait until calls are taken."""
        await self.until(self._ready)

    async def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.log()
        with contextlib.suppress(httpx.HTTPError):
            return (await self._client.get("/readyz")).status_code == 200
        return False

    @property
    def core_pid(self) -> int:
        """The pid of the core."""
        assert self._process is not None
        return self._process.pid

    async def kill_core(self) -> None:
        """End the core without a word, as a crash does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def ended(self) -> int:
        """Wait until the core has ended by itself, and return its exit code."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), PATIENCE_S)

    def kill_line(self) -> None:
        """End the line process without a word."""
        assert self.line_pid is not None
        os.kill(self.line_pid, signal.SIGKILL)

    @property
    def line_pid(self) -> int | None:
        """The pid of the line process that holds the lock; None when there is none."""
        try:
            pid = int((self.folder / "run" / "line-0.lock").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid

    async def get(self, path: str) -> Any:
        """Fetch JSON from the API."""
        return (await self._client.get(path)).json()

    async def text(self, path: str) -> str:
        """Fetch text from the server."""
        return (await self._client.get(path)).text

    async def calls(self) -> list[dict[str, Any]]:
        """Return the live calls."""
        found: list[dict[str, Any]] = await self.get("/api/calls")
        return found

    async def incident_of(self, number: str) -> dict[str, Any]:
        """Return the newest incident of a caller; an empty dict when there is none."""
        found: list[dict[str, Any]] = await self.get("/api/incidents")
        return next((each for each in found if each["caller"]["number"] == number), {})

    async def attempts(self) -> dict[str, float]:
        """Return how often each outcome of an attempt to reach a human was counted so far."""
        return await self._samples("voicebot_transfers_total")

    async def until_at_rest(self) -> None:
        """Wait until no leg, no place on a bridge, and no port of audio is taken any more."""

        async def at_rest() -> bool:
            legs = await self._samples("voicebot_line_legs")
            places = await self._samples("voicebot_line_bridge_ports")
            return not any(legs.values()) and set(places.values()) == {1.0} and not self.rtp_ports()

        try:
            await self.until(at_rest)
        except AssertionError:
            taken = {name: await self._samples(f"voicebot_line_{name}") for name in ("legs", "bridge_ports")}
            raise AssertionError(f"not let go: {taken}, RTP ports {self.rtp_ports()}") from None

    def rtp_ports(self) -> set[int]:
        """Return the UDP ports of `sip.rtp_ports` that the line process has now."""
        sockets = {str(file.readlink()) for file in Path(f"/proc/{self.line_pid}/fd").iterdir()}
        lines = [line.split() for line in Path("/proc/net/udp").read_text(encoding="ascii").splitlines()[1:]]
        bound = {int(line[1].split(":")[1], 16) for line in lines if f"socket:[{line[9]}]" in sockets}
        return {port for port in bound if self._rtp_first <= port < self._rtp_first + 40}

    async def _samples(self, name: str) -> dict[str, float]:
        lines = [line for line in (await self.text("/metrics")).splitlines() if line.startswith(name)]
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}

    async def incident(self) -> dict[str, Any]:
        """Return the newest incident; an empty dict when there is none."""
        found: list[dict[str, Any]] = await self.get("/api/incidents")
        return found[0] if found else {}

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Wait until ``holds`` returns something true, and return it."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    if found := await holds():
                        return found
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"it did not come true in {PATIENCE_S} s\n{self.log()[-3000:]}") from None

    async def until_state(self, *states: str) -> dict[str, Any]:
        """Wait until the newest incident is in one of ``states`` and return it."""

        async def reached() -> dict[str, Any] | None:
            incident = await self.incident()
            return incident if incident.get("state") in states else None

        found: dict[str, Any] = await self.until(reached)
        return found

    async def until_said(self, *sentences: str) -> dict[str, Any]:
        """Wait until the caller has heard one of these to its end; returns the newest incident."""

        async def said() -> dict[str, Any] | None:
            incident = await self.incident()
            texts = [each["text"] for each in incident.get("transcript", []) if each["speaker"] == "bot"]
            return incident if any(part in text for part in sentences for text in texts) else None

        found: dict[str, Any] = await self.until(said)
        return found

    async def until_said_in_call(self, sentence: str) -> None:
        """Wait until a caller who is on the line has heard ``sentence`` to its end."""

        async def said() -> bool:
            lines = [each for call in await self.calls() for each in call["transcript"]]
            return any(each["speaker"] == "bot" and sentence in each["text"] for each in lines)

        await self.until(said)

    async def until_quiet(self) -> None:
        """Wait until no call is left."""

        async def none() -> bool:
            return not await self.calls()

        await self.until(none)

    def log(self) -> str:
        """What the server printed."""
        return (self.folder / "server.log").read_text(errors="replace")


def _spoken_in_this_run(folder: Path) -> Path:
    """Return where the servers of one run of pytest leave what espeak-ng has spoken: half of what a start costs."""
    of_the_run = next((each for each in folder.parents if each.parent.name.startswith("pytest-of-")), folder)
    spoken = of_the_run / "prompts"
    spoken.mkdir(exist_ok=True)
    return spoken


def _link_all(source: Path, target: Path) -> None:
    """Let ``target`` have each finished prompt of ``source``, too; neither ever changes a file."""
    for file in source.glob("*.pcm"):
        with contextlib.suppress(FileExistsError):
            (target / file.name).hardlink_to(file)


def cpu_s(pid: int) -> float:
    """Return the seconds of a processor that a process has used: what it costs on a machine that is its own."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def speech(folder: Path, text: str) -> Pcm:
    """Let espeak-ng say ``text``: 16-bit mono at 8 kHz, its peak 3 dB below the loudest."""
    file = folder / "speech.wav"
    process = await asyncio.create_subprocess_exec(
        "espeak-ng", "-v", "ko+f2", "-s", "150", "-w", str(file), text
    )
    assert await process.wait() == 0
    with wave.open(str(file)) as spoken:
        rate_hz = spoken.getframerate()
    narrow = to_telephone(read_wav(file), rate_hz)
    peak = int(np.abs(narrow.astype(np.int32)).max())
    scaled: Pcm = np.rint(narrow * (23_197 / peak)).astype(np.int16)
    return scaled
