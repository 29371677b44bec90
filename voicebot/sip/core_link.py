"""The control connection to the core: found again for ever, never waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from voicebot import control

log = structlog.get_logger(__name__)

RECONNECT_S = 0.2
"""A tenth of the silence after which callers are sent on: a core that was only restarted finds them here."""
LINE_LIMIT_BYTES = 1 << 20
"""A command names files and headers, a few kB; what is longer is no command (docs/decisions/0004)."""
BACKLOG_LIMIT_BYTES = 1 << 20
"""A core that leaves so much unread is as good as gone: the connection is cut."""


class CoreLink:
    """Connects to the core's socket; commands come in order, events are dropped while nobody listens."""

    def __init__(
        self,
        path: str,
        *,
        on_connected: Callable[[], None],
        on_command: Callable[[control.Command], None],
    ) -> None:
        self._path = path
        self._on_connected = on_connected
        self._on_command = on_command
        self._writer: asyncio.StreamWriter | None = None
        self.epoch = 0
        """Counts the connections: a leg belongs to the core of one connection and to no later one."""

    @property
    def connected(self) -> bool:
        """Whether the socket is open; says nothing about the core being well."""
        return self._writer is not None

    async def run(self) -> None:
        """Stay connected; cancellation closes the socket."""
        while True:
            try:
                await self._converse()
            except (FileNotFoundError, ConnectionRefusedError):
                pass  # no core at the moment
            except (OSError, ValueError) as error:  # ValueError: a line beyond the limit
                log.warning("core connection lost", why=str(error))
            await asyncio.sleep(RECONNECT_S)

    def send(self, event: control.Event) -> None:
        """Send now or never."""
        writer = self._writer
        if writer is None:
            return
        writer.write(control.encode(event))
        if writer.transport.get_write_buffer_size() > BACKLOG_LIMIT_BYTES:
            log.error("the core does not read; connection cut")
            writer.transport.abort()
            self._writer = None

    async def _converse(self) -> None:
        reader, writer = await asyncio.open_unix_connection(self._path, limit=LINE_LIMIT_BYTES)
        self._writer = writer
        self.epoch += 1
        self._on_connected()
        try:
            while line := await reader.readline():
                try:
                    command = control.decode_command(line)
                except msgspec.DecodeError as error:
                    log.warning("not a command", why=str(error))
                    continue
                self._on_command(command)
        finally:
            if self._writer is writer:
                self._writer = None
            writer.close()
