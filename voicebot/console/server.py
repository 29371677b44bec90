"""The HTTP server inside the core's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Self

import structlog
import uvicorn
from starlette.types import ASGIApp

from voicebot.errors import SetupError
from voicebot.settings import Address

_log = structlog.get_logger(__name__)
_BACKLOG = 128
"""Connections that wait to be accepted. Chosen: a few consoles and a monitor need less."""
_GRACE_S = 2
"""For requests under way at the end. Chosen: a slow client holds up the end no longer."""


class HttpServer:
    """Serves ``app`` on ``address`` while its ``async with`` block runs; port 0 takes any free port.

    Entering raises `SetupError` when the address cannot be had. Leaving gives requests under way two
    seconds. Signals are left to the core. A fault of the server is logged and never ends a call.
    """

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self._app = app
        self.address = address
        """Where it listens; the real port once it is entered."""
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        listener = _listener(self.address)
        self.address = Address(*listener.getsockname()[:2])
        config = uvicorn.Config(
            self._app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve([listener]), name="http server")
        self._task.add_done_callback(_report)
        ready = asyncio.create_task(self._server.listening.wait())
        await asyncio.wait({ready, self._task}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._task.done():
            self._task.result()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._task is not None
        self._server.should_exit = True
        try:
            await asyncio.wait({self._task})
        finally:
            self._task.cancel()


class _Server(uvicorn.Server):
    """uvicorn's server, without its signal handlers, telling when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def _listener(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(tuple(address))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        message = (
            f"http.listen {address} cannot be had: {error.strerror}; "
            "stop the program that holds it, or set http.listen to another address."
        )
        raise SetupError(message) from error
    listener.setblocking(False)
    return listener


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("http_server_failed", exc_info=error)
