"""All line processes of this core behind one door."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import structlog

from voicebot import control, ids
from voicebot.audio.rings import Rings
from voicebot.control import Command, Event, LineConfig
from voicebot.errors import LineGone, SetupError
from voicebot.lines.control_channel import ControlChannel, listen
from voicebot.lines.supervisor import LineSupervisor

log = structlog.get_logger(__name__)

EVENTS_LIMIT = 10_000
"""Chosen: a hundred events for each of a hundred calls; a core so far behind helps nobody, see `LinePool`."""


class LinePool:
    """Starts line processes, keeps them running, and carries commands and events.

    ``events`` is bounded. When it is full, reading from the line processes stops and they hear no
    heartbeat: after `control.CORE_SILENCE_LIMIT_MS` they send their callers to the fallback, since a
    core that does not take its events is as good as gone.
    """

    def __init__(
        self,
        configs: Sequence[LineConfig],
        *,
        events_limit: int = EVENTS_LIMIT,
        orphan_limit_s: float = 60.0,
    ) -> None:
        """Take over ``configs``, one for each line; nothing starts before `run`.

        ``orphan_limit_s``: how long a process of an earlier core may finish its calls before it is
        ended by force; until then its line takes no calls here.
        """
        self.events: asyncio.Queue[Event] = asyncio.Queue(events_limit)
        self._supervisors = {
            config.line: LineSupervisor(config, self.events.put, orphan_limit_s) for config in configs
        }

    async def run(self) -> None:
        """Keep all line processes running until cancelled.

        Cancellation retires them: an empty one ends at once; one with legs is left alone, loses its
        core, and sends its callers to the fallback before it ends.
        """
        sockets = {Path(supervisor.config.socket) for supervisor in self._supervisors.values()}
        servers = [await listen(path, self._serve) for path in sorted(sockets)]
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._send_heartbeats())
                for supervisor in self._supervisors.values():
                    tasks.create_task(supervisor.run())
        finally:
            for server in servers:
                server.close()
            for path in sockets:
                with contextlib.suppress(OSError):
                    path.unlink()

    async def wait_ready(self, timeout_s: float = 15.0) -> None:
        """Return when every line takes calls; raises SetupError when one cannot, with its sentence."""
        ends_at = asyncio.get_running_loop().time() + timeout_s
        while True:
            waiting = [
                supervisor for supervisor in self._supervisors.values() if not supervisor.ready.is_set()
            ]
            if not waiting:
                return
            failed = next((supervisor.failed for supervisor in waiting if supervisor.failed), None)
            if failed is not None:
                raise SetupError(failed)
            if asyncio.get_running_loop().time() >= ends_at:
                lines = ", ".join(str(supervisor.config.line) for supervisor in waiting)
                raise SetupError(f"line process {lines} was not ready within {timeout_s:g} s; see its log")
            await asyncio.sleep(0.02)

    def send(self, command: Command) -> None:
        """Send ``command`` to the line that it names or that owns its leg.

        Raises LineGone when that line is not running.
        """
        if isinstance(command, control.CoreHeartbeat | control.Retire):
            raise TypeError(f"{type(command).__name__} is sent by the pool itself")
        if isinstance(command, control.Probe):
            self._line(command.line).send(command)
        else:
            self._owner(command.leg).send(command)

    def rings(self, leg: str) -> Rings:
        """Return the rings in which ``leg`` has its slot; raises LineGone."""
        return self._owner(leg).rings()

    def phones_at_once(self, leg: str) -> int:
        """Return how many operators may ring at once for the caller on ``leg``, so that no other lacks a leg.

        Raises LineGone.
        """
        return self._owner(leg).phones_at_once()

    def lines(self) -> tuple[int, ...]:
        """Return the numbers of all lines that take calls now."""
        return tuple(number for number, supervisor in self._supervisors.items() if supervisor.ready.is_set())

    def pid(self, line: int) -> int | None:
        """Return the pid of a line's process, None while there is none."""
        return self._supervisors[line].pid

    def _line(self, line: int) -> LineSupervisor:
        try:
            return self._supervisors[line]
        except KeyError:
            raise LineGone(f"there is no line {line}") from None

    def _owner(self, leg: str) -> LineSupervisor:
        try:
            return self._supervisors[ids.line_of(leg)]
        except (KeyError, ValueError):
            raise LineGone(f"no line owns leg {leg}") from None

    async def _serve(self, channel: ControlChannel) -> None:
        supervisor = self._supervisors.get(channel.ready.line)
        if supervisor is None:
            log.error("unknown line process", line=channel.ready.line, pid=channel.ready.pid)
            channel.send(control.Retire())
            return
        await supervisor.serve(channel)

    async def _send_heartbeats(self) -> None:
        while True:
            for supervisor in self._supervisors.values():
                supervisor.send_heartbeat()
            await asyncio.sleep(control.HEARTBEAT_INTERVAL_MS / 1000)
