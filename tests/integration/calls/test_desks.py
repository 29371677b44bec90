"""Desks in a whole voicebot: an unreachable phone, pauses, and who waits, over real SIP and HTTP."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.integration.calls.site import Site
from tests.integration.phones import HOST, PATIENCE_S, Baresip, Script, Sipp, free_ports

SILENCE = np.zeros(800, np.int16)


def presses_0() -> Script:
    """A caller who asks for a human, stays until the cue, and hangs up."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().pause(1000).press("0")
    return script.await_cue().bye()


async def post(site: Site, path: str, body: object = None) -> httpx.Response:
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        return await client.post(f"http://{HOST}:{site.http_port}{path}", json=body)


async def until_desks(site: Site, *states: str) -> None:
    """Wait until the desks are in these states."""

    async def reached() -> bool:
        return tuple(desk["state"] for desk in await site.get("/api/operators")) == states

    await site.until(reached)


async def talking(site: Site, number: int) -> bool:
    """Say whether so many callers have heard something by now."""
    return sum(bool(call["speaking"] or call["since_ms"] > 1500) for call in await site.calls()) == number


async def test_a_phone_that_is_gone_is_skipped_and_comes_back(tmp_path: Path) -> None:
    """The first desk is switched off: OPTIONS tells, the second is rung; switched on, it is rung again."""
    port = free_ports()
    async with AsyncExitStack() as stack:
        second = await stack.enter_async_context(await Baresip.start(tmp_path / "2", SILENCE))
        desks = [f"sip:phone@{HOST}:{port}", second.uri]
        site = Site(tmp_path, desks, settings={"transfer": {"probe_seconds": 5}})

        async def asked() -> bool:
            return all(desk["answers_options"] for desk in await site.get("/api/operators"))

        async with await Baresip.start(tmp_path / "1", SILENCE, port=port):
            await stack.enter_async_context(site)
            await site.until(asked)
        await until_desks(site, "unreachable", "free")
        async with await Sipp.start(tmp_path / "a", presses_0(), target_port=site.port) as caller:
            await until_desks(site, "unreachable", "ringing")
            await caller.cue()
            await caller.wait()
        await stack.enter_async_context(await Baresip.start(tmp_path / "1b", SILENCE, port=port))
        await until_desks(site, "free", "free")
        async with await Sipp.start(tmp_path / "b", presses_0(), target_port=site.port):
            await until_desks(site, "ringing", "free")


async def test_operators_pause_wait_in_line_and_accept_on_the_screen(tmp_path: Path) -> None:
    """A paused desk is not rung; the screen accepts a call that rings, and takes one that waits."""
    async with (
        await Baresip.start(tmp_path / "1", SILENCE) as first,
        await Baresip.start(tmp_path / "2", SILENCE) as second,
        Site(tmp_path, [first.uri, second.uri]) as site,
    ):
        assert (await post(site, "/api/operators/desk1/pause")).json()["state"] == "paused"
        async with (
            await Baresip.start(tmp_path / "a", SILENCE) as one,
            await Baresip.start(tmp_path / "b", SILENCE) as other,
        ):
            for number, caller in enumerate((one, other), 1):
                await caller.command("dial", site.uri)
                await site.until(partial(talking, site, number))
                await caller.command("sndcode", "0")
            await until_desks(site, "paused", "ringing")

            async def waits() -> list[dict[str, Any]]:
                found: list[dict[str, Any]] = await site.get("/api/queue")
                return found

            [entry] = await site.until(waits)
            assert (entry["position"], entry["urgency"], entry["expected_wait_s"]) == (1, "unknown", None)
            [queue] = [call["queue"] for call in await site.calls() if call["call_id"] == entry["call_id"]]
            assert queue == {"position": 1, "expected_wait_s": None}
            [rung] = (await site.get("/api/operators"))[1]["ringing"]
            refused = await post(site, f"/api/calls/{rung}/accept", {"operator": "desk1"})
            assert refused.status_code == 409
            await second.command("accept")

            async def briefed() -> bool:
                calls = {call["call_id"]: call for call in await site.calls()}
                return bool(calls[rung]["transfer"]["phase"] == "briefing")

            await site.until(briefed)
            accepted = await post(site, f"/api/calls/{rung}/accept", {"operator": "desk2"})
            assert accepted.status_code == 202
            await until_desks(site, "paused", "on_call")
            took = await post(site, f"/api/calls/{entry['call_id']}/accept", {"operator": "desk1"})
            assert took.status_code == 202
            await until_desks(site, "ringing", "on_call")
            assert await site.get("/api/queue") == []
            await first.command("accept")
            await until_desks(site, "on_call", "on_call")
