"""A core for tests: a LinePool whose events a test waits for one by one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from tests.integration.phones import HOST, Pcm, free_ports, tone
from voicebot import control
from voicebot.lines import LinePool

EventType = TypeVar("EventType")


def line_config(folder: Path, **changes: Any) -> control.LineConfig:
    """Return settings of a line on free ports with all its files in ``folder``."""
    rtp_first = free_ports(40)
    config = control.LineConfig(
        line=0,
        socket=str(folder / "core.sock"),
        rings=str(folder / "rings"),
        lock=str(folder / "line.lock"),
        sip_host=HOST,
        sip_port=free_ports(),
        rtp_first_port=rtp_first,
        rtp_last_port=rtp_first + 38,
        allow_from=("127.0.0.1",),
    )
    return msgspec.structs.replace(config, **changes)


class Core:
    """Starts a pool on enter; on exit retires it and kills what is left by its own pid."""

    def __init__(self, config: control.LineConfig, **pool_settings: Any) -> None:
        self.config = config
        self.port = config.sip_port
        self.pool = LinePool([config], **pool_settings)
        self._backlog: list[control.Event] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self.pool.run())
        await self.pool.wait_ready(20)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()
        pid = self.pool.pid(self.config.line)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    async def leave(self) -> None:
        """Cancel the pool as a core does that ends."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def send(self, command: control.Command) -> None:
        """Send a command."""
        self.pool.send(command)

    async def next(self, kind: type[EventType], leg: str | None = None, limit_s: float = 6.0) -> EventType:
        """Return the next event of this kind (and leg); others stay for later."""
        for event in self._backlog:
            if isinstance(event, kind) and leg in (None, getattr(event, "leg", None)):
                self._backlog.remove(event)
                return event
        ends_at = asyncio.get_running_loop().time() + limit_s
        while True:
            left_s = ends_at - asyncio.get_running_loop().time()
            try:
                event = await asyncio.wait_for(self.pool.events.get(), max(left_s, 0.001))
            except TimeoutError:
                seen = [item for item in self._backlog if not isinstance(item, control.LineHeartbeat)]
                raise AssertionError(f"no {kind.__name__} for {leg} in {limit_s} s; seen: {seen}") from None
            if isinstance(event, kind) and leg in (None, getattr(event, "leg", None)):
                return event
            self._backlog.append(event)

    def seen(self, kind: type[EventType]) -> list[EventType]:
        """Return the events of this kind that nobody waited for."""
        while not self.pool.events.empty():
            self._backlog.append(self.pool.events.get_nowait())
        return [event for event in self._backlog if isinstance(event, kind)]

    def forget(self) -> None:
        """Drop all events so far."""
        self.seen(object)
        self._backlog.clear()

    async def answer(self, limit_s: float = 6.0) -> control.LegOffered:
        """Wait for a caller, answer, and wait until the call is up with media."""
        offered = await self.next(control.LegOffered, limit_s=limit_s)
        self.send(control.Answer(leg=offered.leg))
        await self.next(control.LegAnswered, offered.leg)
        media = await self.next(control.MediaChanged, offered.leg)
        assert media.active
        return offered

    async def dial(self, leg: str, uri: str) -> None:
        """Ring an operator and wait until the call is up with media."""
        self.send(control.Dial(leg=leg, uri=uri))
        await self.next(control.LegAnswered, leg)
        media = await self.next(control.MediaChanged, leg)
        assert media.active

    def rx(self, leg: str, slot: int, from_sample: int = 0) -> Pcm:
        """Return all that the party of ``slot`` said since ``from_sample``."""
        rings = self.pool.rings(leg)
        return rings.read_rx(slot, from_sample, rings.rx_position(slot) - from_sample)


def pcm_file(folder: Path, frequency_hz: float, duration_ms: int) -> str:
    """Write a tone as headerless PCM and return its name."""
    path = folder / f"tone-{frequency_hz:g}-{duration_ms}.pcm"
    path.write_bytes(tone(frequency_hz, duration_ms).tobytes())
    return str(path)
