"""A whole voicebot for tests: ``voicebot serve`` as a process of its own, on free ports of 127.0.0.1."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from tests.integration.phones import HOST, Pcm, free_ports, read_wav

_START_LIMIT_S = 120.0


class Site:
    """Starts the server on enter; on exit ends it and every process it left, by their pids."""

    def __init__(
        self,
        folder: Path,
        operators: Sequence[str] = (),
        fallback: str | None = None,
        settings: Mapping[str, Any] | None = None,
        command: Sequence[str] = (sys.executable, "-m", "voicebot"),
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
            "http": {"listen": f"{HOST}:{self.http_port}"},
            "store": {"url": f"sqlite:///{folder / 'incidents.db'}"},
            "recordings": {"directory": str(folder / "recordings")},
            "run_directory": str(folder / "run"),
        }
        defaults |= dict(settings or {})
        defaults["transfer"] = {"probe_seconds": 0} | defaults.get("transfer", {})
        self.config.write_text(json.dumps(defaults))
        self._client = httpx.AsyncClient(base_url=f"http://{HOST}:{self.http_port}", trust_env=False)
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
                await asyncio.wait_for(process.wait(), 15)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self.line_pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.line_pid, signal.SIGKILL)

    async def start(self) -> None:
        """Start the server and wait until it takes calls."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                "serve",
                "--config",
                str(self.config),
                stdout=log,
                stderr=log,
            )
        await self.until(self._ready, limit_s=_START_LIMIT_S)

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

    async def ended(self, limit_s: float = 30.0) -> int:
        """Wait until the core has ended by itself, and return its exit code."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), limit_s)

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

    async def until_at_rest(self, limit_s: float = 15.0) -> None:
        """Wait until no leg, no place on a bridge, and no port of audio is taken any more."""

        async def at_rest() -> bool:
            legs = await self._samples("voicebot_line_legs")
            places = await self._samples("voicebot_line_bridge_ports")
            return not any(legs.values()) and set(places.values()) == {1.0} and not self.rtp_ports()

        try:
            await self.until(at_rest, limit_s)
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

    async def until(self, holds: Callable[[], Any], limit_s: float = 30.0) -> Any:
        """Wait until ``holds`` returns something true, and return it."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    if found := await holds():
                        return found
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"it did not come true in {limit_s} s\n{self.log()[-3000:]}") from None

    async def until_state(self, *states: str, limit_s: float = 30.0) -> dict[str, Any]:
        """Wait until the newest incident is in one of ``states`` and return it."""

        async def reached() -> dict[str, Any] | None:
            incident = await self.incident()
            return incident if incident.get("state") in states else None

        found: dict[str, Any] = await self.until(reached, limit_s)
        return found

    async def until_quiet(self) -> None:
        """Wait until no call is left."""

        async def none() -> bool:
            return not await self.calls()

        await self.until(none)

    def log(self) -> str:
        """What the server printed."""
        return (self.folder / "server.log").read_text(errors="replace")


async def speech(folder: Path, text: str) -> Pcm:
    """Let espeak-ng say ``text``: 16-bit mono at 8 kHz, by sox."""
    wide, narrow = folder / "speech-22k.wav", folder / "speech-8k.wav"
    for command in (
        ["espeak-ng", "-v", "ko+f2", "-s", "150", "-w", str(wide), text],
        ["sox", str(wide), "-r", "8000", "-b", "16", str(narrow), "gain", "-n", "-3"],
    ):
        process = await asyncio.create_subprocess_exec(*command)
        assert await process.wait() == 0
    return read_wav(narrow)
