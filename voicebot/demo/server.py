"""The server of the demonstration: ``voicebot serve`` in a process of its own, watched through its API."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any, Self

import httpx

from voicebot.errors import SetupError

COMMAND = (sys.executable, "-m", "voicebot")
_START_LIMIT_S = 120.0
"""Torch, the model and the prompts take seconds; the rest is room for a machine that runs tests beside it."""
_STOP_LIMIT_S = 15.0
"""The server drains for at most 10 s, and then stops in moments."""
_LOOK_INTERVAL_S = 0.2
"""How soon a state is seen: little beside the seconds that a call takes."""


class Server:
    """A running server; use as an async context manager. Its log goes to ``log``."""

    def __init__(self, config: Path, http: str, log: Path, start_limit_s: float = _START_LIMIT_S) -> None:
        self._start_limit_s = start_limit_s
        self._config = config
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._client = httpx.AsyncClient(base_url=f"http://{http}", timeout=5.0, trust_env=False)

    async def __aenter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *COMMAND,
                "serve",
                "--config",
                str(self._config),
                stdout=log,
                stderr=log,
            )
        try:
            await self._until_ready(self._process)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_LIMIT_S):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()

    async def calls(self) -> list[dict[str, Any]]:
        """Return the live calls; empty when the server does not answer."""
        return await self._get("/api/calls") or []

    async def incidents(self) -> list[dict[str, Any]]:
        """Return all incident records, newest first."""
        return await self._get("/api/incidents?limit=1000") or []

    async def incident_of(self, number: str) -> dict[str, Any] | None:
        """Return the record of the call that came from ``number``."""
        return next((each for each in await self.incidents() if each["caller"]["number"] == number), None)

    async def state_of(self, number: str) -> str | None:
        """Return the state of the incident of ``number``; None when there is none."""
        incident = await self.incident_of(number)
        return None if incident is None else str(incident["state"])

    async def until(self, number: str, state: str, limit_s: float) -> None:
        """Wait for a state of the incident of ``number``; raise TimeoutError when it does not come."""
        async with asyncio.timeout(limit_s):
            while True:
                if await self.state_of(number) == state:
                    return
                await asyncio.sleep(_LOOK_INTERVAL_S)

    async def metrics(self) -> str:
        """Return the metrics in the text form of Prometheus; empty when the server does not answer."""
        try:
            return (await self._client.get("/metrics")).text
        except httpx.HTTPError:
            return ""

    async def _get(self, path: str) -> Any:
        try:
            return (await self._client.get(path)).json()
        except (httpx.HTTPError, ValueError):
            return None

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(self._start_limit_s):
                while True:
                    if process.returncode is not None:
                        last = self._log.read_text(errors="replace").strip().splitlines()[-1:]
                        raise SetupError(f"the server did not start: {''.join(last) or 'no reason given'}")
                    with contextlib.suppress(httpx.HTTPError):
                        if (await self._client.get("/readyz")).status_code == 200:
                            return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            why = f"the server was not ready within {self._start_limit_s:.0f} s; is this machine too busy?"
            raise SetupError(why) from None
