import asyncio
import signal
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.integration.phones import PATIENCE_S
from voicebot.console import HttpServer
from voicebot.errors import SetupError
from voicebot.settings import Address

ANY_PORT = Address("127.0.0.1", 0)


async def hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


APP = Starlette(routes=[Route("/", hello)])


async def fetch(address: Address) -> str:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_S) as client:
        return (await client.get(f"http://{address}/")).text


async def test_serves_while_entered_and_not_after() -> None:
    """The port is open inside the block, and free after it."""
    async with HttpServer(APP, ANY_PORT) as server:
        assert await fetch(server.address) == "hello"
    with pytest.raises(httpx.ConnectError):
        await fetch(server.address)
    async with HttpServer(APP, server.address):
        assert await fetch(server.address) == "hello"


async def test_leaves_signals_alone() -> None:
    """The core owns SIGTERM and SIGINT: uvicorn must not take them."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with HttpServer(APP, ANY_PORT):
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


async def test_a_port_in_use_gets_a_sentence() -> None:
    """Two servers on one port: the second says which setting to change."""
    with socket.create_server(ANY_PORT) as taken:
        address = Address(*taken.getsockname())
        with pytest.raises(
            SetupError, match=rf"http\.listen {address} cannot be had: Address already in use"
        ):
            async with HttpServer(APP, address):
                pass


async def test_an_address_of_another_machine_gets_a_sentence() -> None:
    """An address that this machine has not is told like a port in use."""
    with pytest.raises(SetupError, match="Cannot assign requested address"):
        async with HttpServer(APP, Address("192.0.2.1", 8080)):
            pass


async def test_a_request_that_hangs_does_not_hold_the_end() -> None:
    """A reader that never stops costs two seconds at most, then it is cut off."""
    reached = asyncio.Event()

    async def hang(_request: Request) -> Response:
        reached.set()
        await asyncio.Event().wait()
        return Response()

    async with HttpServer(Starlette(routes=[Route("/", hang)]), ANY_PORT) as server:
        request = asyncio.create_task(fetch(server.address))
        await reached.wait()
    assert "hello" not in await request
