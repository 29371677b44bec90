"""How a real server ends: one signal lets calls end, a second one cuts them."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

from tests.integration.calls.site import Site
from tests.integration.phones import Script, Sipp


def events(site: Site) -> dict[str, dict[str, object]]:
    """Return what the server logged, by event; the last of each."""
    lines = [line for line in site.log().splitlines() if line.startswith("{")]
    return {line["event"]: line for line in map(json.loads, lines)}


async def test_a_second_signal_ends_a_server_with_a_call_and_names_the_call(tmp_path: Path) -> None:
    """The first signal waits for the caller; the second ends the process, with the call in the log."""
    stays = Script().invite().expect(100, optional=True).expect(200).ack().pause(60000).bye()
    async with Site(tmp_path) as site:
        async with await Sipp.start(tmp_path, stays, target_port=site.port) as caller:
            incident = await site.until_state("open")
            os.kill(site.core_pid, signal.SIGTERM)

            async def draining() -> bool:
                return "draining" in events(site)

            await site.until(draining)
            assert "calls cut" not in events(site)
            os.kill(site.core_pid, signal.SIGINT)
            assert await site.ended() == 0
            caller.kill()
        cut = events(site)["calls cut"]
        assert cut["why"] == "a second signal"
        assert (cut["calls"], cut["call_ids"]) == (1, [incident["call_id"]])


async def test_one_signal_ends_an_idle_server(tmp_path: Path) -> None:
    """Without calls there is nothing to wait for, and nothing is cut."""
    async with Site(tmp_path) as site:

        async def said_so() -> bool:
            return "ready" in events(site)

        await site.until(said_so)  # `/readyz` tells it a moment before the log does
        os.kill(site.core_pid, signal.SIGTERM)
        assert await site.ended() == 0
        assert {"ready", "draining"} <= set(events(site))
        assert "calls cut" not in events(site)
