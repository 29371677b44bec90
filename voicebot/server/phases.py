"""The phases of a server: start, serve, drain, stop.

The first SIGTERM or SIGINT ends serving: no more calls are taken, those that run may come to their end. A
second one ends that wait, and so does a limit. What is cut is logged: the incident records of these calls are
kept, and the line processes, which lose their core, send the callers to the fallback by themselves.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Mapping
from typing import Any, Protocol

import structlog

from voicebot.errors import UserError

log = structlog.get_logger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_DRAIN_LIMIT_S = 10.0
"""Long enough for a last sentence and a transfer under way, and well below ``TimeoutStopSec=30`` of
systemd/voicebot.service, after which the records would not be closed. Chosen, not measured."""


class Lines(Protocol):
    """The line processes, as a server sees them."""

    async def wait_ready(self, timeout_s: float) -> None:
        """Return when every line takes calls; raises `SetupError`."""


class Switchboard(Protocol):
    """The calls, as a server sees them."""

    def calls(self) -> list[dict[str, Any]]:
        """Return each running call, with its ``call_id``."""

    async def drained(self, limit_s: float) -> None:
        """Take no more calls and wait until the last one is over, at most ``limit_s`` seconds."""


class Server:
    """Runs what was built through its phases, once."""

    def __init__(
        self, lines: Lines, switchboard: Switchboard, *, addresses: Mapping[str, str], lines_limit_s: float
    ) -> None:
        """``addresses`` are logged at "ready"; ``lines_limit_s``: how long the lines may take until then."""
        self._lines = lines
        self._switchboard = switchboard
        self._addresses = addresses
        self._lines_limit_s = lines_limit_s
        self._stop = asyncio.Event()
        self._force = asyncio.Event()

    def signalled(self) -> None:
        """Stop serving; called again, stop draining too."""
        (self._force if self._stop.is_set() else self._stop).set()

    async def run(self, work: Mapping[str, Coroutine[Any, Any, None]]) -> None:
        """Run ``work``, each a task under its name, until a signal; raises `UserError` when it cannot start.

        A fault in one of the tasks ends all, as an exception group.
        """
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self.signalled)
        failure: UserError | None = None
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each, name=name) for name, each in work.items()]
            try:
                await self._start()
                await self._stop.wait()  # the phase in which calls are served
                await self._drain()
            except UserError as mistake:  # raised after the group, which would wrap it
                failure = mistake
            finally:  # stop
                for task in tasks:
                    task.cancel()
        if failure is not None:
            raise failure

    async def _start(self) -> None:
        """Wait until calls can be taken, or until nobody wants that any more."""
        await _first_of(self._lines.wait_ready(self._lines_limit_s), self._stop.wait())
        if not self._stop.is_set():
            log.info("ready", **self._addresses)

    async def _drain(self) -> None:
        """Wait for the calls that run, until the limit or a second signal; log those that are cut."""
        log.info("draining", calls=len(self._switchboard.calls()))
        await _first_of(self._switchboard.drained(_DRAIN_LIMIT_S), self._force.wait())
        cut = [call["call_id"] for call in self._switchboard.calls()]
        if cut:
            why = "a second signal" if self._force.is_set() else f"not over in {_DRAIN_LIMIT_S:g} s"
            log.warning("calls cut", why=why, calls=len(cut), call_ids=cut)


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first of ``waits`` does, and cancel the others; an exception is raised."""
    tasks = [asyncio.create_task(each) for each in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
    for task in done:
        task.result()
