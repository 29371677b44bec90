"""Keeps one line process running: orphan out, spawn, watch, again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import structlog

from voicebot import control, ids
from voicebot.audio.rings import Rings
from voicebot.errors import LineGone
from voicebot.lines.backoff import Backoff
from voicebot.lines.control_channel import ControlChannel
from voicebot.lines.leg_budget import LegBudget
from voicebot.lines.orphans import lock_holder, signal_line_process
from voicebot.lines.process import SETUP_FAILED, LineProcess

log = structlog.get_logger(__name__)

TICK_S = 0.2
"""Half of a heartbeat: a child is missed soon enough. Chosen: shorter only wakes the loop more often."""
SILENT_TICKS = 10
"""Ticks without a word before the child counts as stuck. Ticks, not time: when this loop itself was
blocked, the child's heartbeats wait in the socket and the child is not to blame."""
START_TICKS = 75
"""A child may take 15 s from its start to its first word."""
ORPHAN_HELLO_S = 3.0
"""An orphan that is well looks for the core every 0.2 s (docs/decisions/0006)."""
RETIRE_LIMIT_S = TERMINATE_LIMIT_S = 2.0
"""For each of asking, SIGTERM and SIGKILL. Chosen: who stops the service waits for all three at most."""


class LineSupervisor:
    """The state of one line as the core sees it."""

    def __init__(
        self,
        config: control.LineConfig,
        deliver: Callable[[control.Event], Awaitable[None]],
        orphan_limit_s: float,
    ) -> None:
        """``deliver`` may block when the core does not keep up; see `LinePool.events`."""
        self.config = config
        self._deliver = deliver
        self._orphan_limit_s = orphan_limit_s
        self._process: LineProcess | None = None
        self._channel: ControlChannel | None = None
        self._orphan: ControlChannel | None = None
        self._rings: Rings | None = None
        self._budget = LegBudget()
        self._quiet_ticks = 0
        self._delivering = False
        self.ready = asyncio.Event()
        self.failed: str | None = None
        """Why the process cannot start on this machine, in its own words; None while all is well."""

    # --- for the pool ------------------------------------------------------------------------------

    @property
    def pid(self) -> int | None:
        """The pid of the living child."""
        return self._process.pid if self._process is not None else None

    def rings(self) -> Rings:
        """Return the rings of the living process; raises LineGone."""
        if self._rings is None or self._channel is None:
            raise LineGone(f"line {self.config.line} is not running")
        return self._rings

    def phones_at_once(self) -> int:
        """Return how many operators may ring at once for one caller of this line."""
        return self._budget.phones_at_once(self._channel.ready.legs if self._channel is not None else 0)

    def send(self, command: control.Command) -> None:
        """Send to the living process; raises LineGone."""
        channel = self._channel
        if channel is None or not channel.open:
            raise LineGone(f"line {self.config.line} is not running")
        if isinstance(command, control.Dial):
            self._budget.dialled(command.leg)
        channel.send(command)

    def send_heartbeat(self) -> None:
        """Tell the child that the core lives; withheld while the core does not take its events."""
        if self._channel is not None and self._channel.open and not self._delivering:
            self._channel.send(control.CoreHeartbeat())

    async def serve(self, channel: ControlChannel) -> None:
        """Serve one connection until it ends."""
        if channel.ready.pid != self.pid:
            await self._retire_orphan(channel)
            return
        if self._channel is not None:
            await self._report_lost()  # the legs of the former connection are nobody's now
        self._channel = channel
        self._rings = Rings.open(Path(self._current.rings))
        self._quiet_ticks = 0
        channel.send(control.CoreHeartbeat())
        try:
            await self._hand_over(channel.ready)
            self.ready.set()
            while (event := await channel.receive()) is not None:
                self._quiet_ticks = 0
                await self._handle(event)
        finally:
            if self._channel is channel:
                await self._report_lost()

    # --- supervision -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep a process running until cancelled; cancellation retires it and waits for its end."""
        await self._wait_for_orphan()
        backoff = Backoff()
        while True:
            started_at = time.monotonic()
            self._current = self._fresh_config()
            self._quiet_ticks = 0
            try:
                process = self._process = LineProcess.spawn(self._current)
            except OSError as error:  # no memory, no disk, no more processes: try again
                log.exception("line process cannot be started", line=self.config.line)
                self.failed = f"the line process cannot be started: {error}"
                await asyncio.sleep(backoff.next_delay_s(0.0))
                continue
            reaping = asyncio.create_task(process.reap(), name=f"line {self.config.line}")
            try:
                code = await self._watch(process, reaping)
            except asyncio.CancelledError:
                await self._retire(process, reaping)
                raise
            self._process = None
            await self._report_lost()
            self._remove_rings()
            if code == SETUP_FAILED:
                self.failed = process.last_words
            delay_s = backoff.next_delay_s(time.monotonic() - started_at)
            log.error("line process ended", line=self.config.line, code=code, restart_in_s=delay_s)
            await asyncio.sleep(delay_s)

    async def _watch(self, process: LineProcess, reaping: asyncio.Task[int]) -> int:
        while not reaping.done():
            await asyncio.wait([reaping], timeout=TICK_S)
            if self._delivering:
                continue
            self._quiet_ticks += 1
            limit = SILENT_TICKS if self._channel is not None else START_TICKS
            if self._quiet_ticks > limit and not reaping.done():
                log.error("line process is silent, killed", line=self.config.line, pid=process.pid)
                process.signal(signal.SIGKILL)
                self._quiet_ticks = 0
        return reaping.result()

    async def _retire(self, process: LineProcess, reaping: asyncio.Task[int]) -> None:
        """Let the child go: at once when it is empty, else it looks after its callers by itself."""
        with contextlib.suppress(LineGone):
            self.send(control.Retire())
        await asyncio.wait([reaping], timeout=RETIRE_LIMIT_S)
        if self._budget.legs and not reaping.done():
            log.warning("line process left to its callers", line=self.config.line, pid=process.pid)
            process.leave()
        else:
            for number in (signal.SIGTERM, signal.SIGKILL):
                if not reaping.done():
                    process.signal(number)
                    await asyncio.wait([reaping], timeout=TERMINATE_LIMIT_S)
            self._process = None
            self._remove_rings()
        reaping.cancel()
        await asyncio.wait([reaping], timeout=TERMINATE_LIMIT_S)
        if self._channel is not None:
            self._channel.close()

    # --- events ------------------------------------------------------------------------------------

    async def _handle(self, event: control.Event) -> None:
        if isinstance(event, control.LegOffered):
            self._budget.offered(event.leg)
        elif isinstance(event, control.LegEnded):
            self._budget.ended(event.leg)
        await self._hand_over(event)

    async def _hand_over(self, event: control.Event) -> None:
        self._delivering = True
        try:
            await self._deliver(event)
        finally:
            self._delivering = False

    async def _report_lost(self) -> None:
        """The process or its connection is gone, and with it all legs that were its."""
        if self._channel is None and not self._budget.legs:
            return
        self._channel = None
        self._rings = None
        self.ready.clear()
        await self._hand_over(control.LineLost(line=self.config.line, legs=self._budget.lost()))

    # --- files and orphans -------------------------------------------------------------------------

    def _fresh_config(self) -> control.LineConfig:
        """Return the settings with a rings file of its own, so that old readers keep the old one."""
        rings = f"{self.config.rings}.{ids.new_call_id()[1:]}"
        return msgspec.structs.replace(self.config, rings=rings)

    def _remove_rings(self) -> None:
        Path(self._current.rings).unlink(missing_ok=True)

    async def _retire_orphan(self, channel: ControlChannel) -> None:
        log.warning("line process of an earlier core retires", line=self.config.line, pid=channel.ready.pid)
        self._orphan = channel
        channel.send(control.Retire())
        while await channel.receive() is not None:
            pass

    async def _wait_for_orphan(self) -> None:
        """Wait until no process of an earlier core holds the lock; it may finish what it is doing."""
        lock = Path(self.config.lock)
        if lock_holder(lock) is None:
            self._remove_old_rings()
            return
        await self._free_within(lock, ORPHAN_HELLO_S)
        if self._orphan is not None:
            await self._free_within(lock, self._orphan_limit_s)
        for number in (signal.SIGTERM, signal.SIGKILL):
            holder = lock_holder(lock)
            if holder is None:
                break
            line = self.config.line
            log.error("line process of an earlier core is ended", line=line, pid=holder, by=number.name)
            signal_line_process(holder, number)
            await self._free_within(lock, TERMINATE_LIMIT_S)
        self._remove_old_rings()

    async def _free_within(self, lock: Path, limit_s: float) -> None:
        ends_at = time.monotonic() + limit_s
        while lock_holder(lock) is not None and time.monotonic() < ends_at:  # noqa: ASYNC110 - another's lock
            await asyncio.sleep(TICK_S / 4)

    def _remove_old_rings(self) -> None:
        rings = Path(self.config.rings)
        for old in rings.parent.glob(f"{rings.name}.*"):
            old.unlink(missing_ok=True)
