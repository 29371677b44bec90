"""The core's end of the control sockets: one connection per line process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import structlog

from voicebot import control

log = structlog.get_logger(__name__)

LINE_LIMIT_BYTES = 1 << 20
"""The largest event is an offer with eight body parts of 16,000 characters (docs/decisions/0004)."""
_HELLO_LIMIT_S = 5.0
"""A line process says who it is as soon as it is connected. Chosen: far above what a busy machine needs."""


class ControlChannel:
    """A connection whose line process has said who it is."""

    def __init__(
        self, ready: control.LineReady, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.ready = ready
        self._reader = reader
        self._writer = writer

    @property
    def open(self) -> bool:
        """Whether commands can still be written."""
        return not self._writer.is_closing()

    def send(self, command: control.Command) -> None:
        """Write a command; a line process that does not read is found silent and killed."""
        self._writer.write(control.encode(command))

    async def receive(self) -> control.Event | None:
        """Return the next event, None at the end of the connection."""
        while True:
            try:
                line = await self._reader.readline()
            except (OSError, ValueError):
                return None
            if not line:
                return None
            try:
                return control.decode_event(line)
            except msgspec.DecodeError as error:
                log.warning("not an event", line=self.ready.line, why=str(error))

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


async def listen(path: Path, on_channel: Callable[[ControlChannel], Awaitable[None]]) -> asyncio.Server:
    """Listen on a Unix socket; ``on_channel`` runs for each line process until its connection ends."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            hello = await asyncio.wait_for(reader.readline(), _HELLO_LIMIT_S)
            ready = control.decode_event(hello)
            if isinstance(ready, control.LineReady):
                await on_channel(ControlChannel(ready, reader, writer))
        except (TimeoutError, OSError, ValueError) as error:
            log.warning("no line process", why=str(error))
        finally:
            writer.close()

    _make_way(path)
    old_mask = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(greet, path, limit=LINE_LIMIT_BYTES)
    finally:
        os.umask(old_mask)


def _make_way(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
