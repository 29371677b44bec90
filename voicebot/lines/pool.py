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
from voicebot.lines.channel import Channel, listen
from voicebot.lines.keeper import LineKeeper

log = structlog.get_logger(__name__)

EVENTS_LIMIT = 10_000


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
        self._keepers = {
            config.line: LineKeeper(config, self.events.put, orphan_limit_s) for config in configs
        }

    async def run(self) -> None:
        """Keep all line processes running until cancelled.

        Cancellation retires them: an empty one ends at once; one with legs is left alone, loses its
        core, and sends its callers to the fallback before it ends.
        """
        sockets = {Path(keeper.config.socket) for keeper in self._keepers.values()}
        servers = [await listen(path, self._on_channel) for path in sorted(sockets)]
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._beat())
                for keeper in self._keepers.values():
                    tasks.create_task(keeper.keep())
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
            waiting = [keeper for keeper in self._keepers.values() if not keeper.ready.is_set()]
            if not waiting:
                return
            failed = next((keeper.failed for keeper in waiting if keeper.failed), None)
            if failed is not None:
                raise SetupError(failed)
            if asyncio.get_running_loop().time() >= ends_at:
                lines = ", ".join(str(keeper.config.line) for keeper in waiting)
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
            self._keeper(command.leg).send(command)

    def rings(self, leg: str) -> Rings:
        """Return the rings in which ``leg`` has its slot; raises LineGone."""
        return self._keeper(leg).rings()

    def phones_at_once(self, leg: str) -> int:
        """Return how many operators may ring at once for the caller on ``leg``, so that no other lacks a leg.

        Raises LineGone.
        """
        return self._keeper(leg).phones_at_once()

    def lines(self) -> tuple[int, ...]:
        """Return the numbers of all lines that take calls now."""
        return tuple(number for number, keeper in self._keepers.items() if keeper.ready.is_set())

    def pid(self, line: int) -> int | None:
        """Return the pid of a line's process, None while there is none."""
        return self._keepers[line].pid

    def _line(self, line: int) -> LineKeeper:
        try:
            return self._keepers[line]
        except KeyError:
            raise LineGone(f"there is no line {line}") from None

    def _keeper(self, leg: str) -> LineKeeper:
        try:
            return self._keepers[ids.line_of(leg)]
        except (KeyError, ValueError):
            raise LineGone(f"no line owns leg {leg}") from None

    async def _on_channel(self, channel: Channel) -> None:
        keeper = self._keepers.get(channel.ready.line)
        if keeper is None:
            log.error("unknown line process", line=channel.ready.line, pid=channel.ready.pid)
            channel.send(control.Retire())
            return
        await keeper.converse(channel)

    async def _beat(self) -> None:
        while True:
            for keeper in self._keepers.values():
                keeper.beat()
            await asyncio.sleep(control.HEARTBEAT_INTERVAL_MS / 1000)
