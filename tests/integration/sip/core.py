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

from tests.integration.phones import HOST, PATIENCE_S, RATE_HZ, Pcm, free_ports, tone, until
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
        await self.pool.wait_ready(PATIENCE_S)
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

    async def next(self, kind: type[EventType], leg: str | None = None) -> EventType:
        """Return the next event of this kind (and leg); others stay for later."""
        for event in self._backlog:
            if isinstance(event, kind) and leg in (None, getattr(event, "leg", None)):
                self._backlog.remove(event)
                return event
        ends_at = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            left_s = ends_at - asyncio.get_running_loop().time()
            try:
                event = await asyncio.wait_for(self.pool.events.get(), max(left_s, 0.001))
            except TimeoutError:
                seen = [item for item in self._backlog if not isinstance(item, control.LineHeartbeat)]
                raise AssertionError(
                    f"no {kind.__name__} for {leg} in {PATIENCE_S} s; seen: {seen}"
                ) from None
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

    def forget_beats(self) -> None:
        """Drop the heartbeats so far: the next one tells how the line is now."""
        self.seen(object)
        self._backlog = [event for event in self._backlog if not isinstance(event, control.LineHeartbeat)]

    async def answer(self) -> control.LegOffered:
        """Wait for a caller, answer, and wait until the call is up with media."""
        offered = await self.next(control.LegOffered)
        self.send(control.Answer(leg=offered.leg))
        await self.next(control.LegAnswered, offered.leg)
        media = await self.next(control.MediaChanged, offered.leg)
        assert media.active
        return offered

    async def dial(self, leg: str, uri: str) -> int:
        """Ring an operator and wait until the call is up with media; returns its slot."""
        self.send(control.Dial(leg=leg, uri=uri))
        answered = await self.next(control.LegAnswered, leg)
        media = await self.next(control.MediaChanged, leg)
        assert media.active
        return answered.slot

    async def fence(self, leg: str) -> None:
        """Wait until the line has carried out all commands for ``leg`` so far: it refuses one that is nonsense."""
        self.send(control.SendKeys(leg=leg, keys="nonsense"))
        assert (await self.next(control.CommandFailed, leg)).command == "SendKeys"

    async def media(self, leg: str, slot: int, duration_ms: int) -> None:
        """Wait until so much media time of the leg has passed."""
        rings = self.pool.rings(leg)
        ends_at = rings.rx_position(slot) + duration_ms * RATE_HZ // 1000
        await until(lambda: rings.rx_position(slot) >= ends_at)

    def rx(self, leg: str, slot: int, from_sample: int = 0) -> Pcm:
        """Return all that the party of ``slot`` said since ``from_sample``."""
        rings = self.pool.rings(leg)
        return rings.read_rx(slot, from_sample, rings.rx_position(slot) - from_sample)

    def tx(self, leg: str, slot: int) -> Pcm:
        """Return all that was played to the party of ``slot``."""
        rings = self.pool.rings(leg)
        return rings.read_tx(slot, 0, rings.tx_position(slot))


def pcm_file(folder: Path, frequency_hz: float, duration_ms: int) -> str:
    """Write a tone as headerless PCM and return its name."""
    path = folder / f"tone-{frequency_hz:g}-{duration_ms}.pcm"
    path.write_bytes(tone(frequency_hz, duration_ms).tobytes())
    return str(path)
