import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from voicebot.errors import SetupError, UserError
from voicebot.server.phases import Server


class Lines:
    def __init__(self, *, ready: bool = True, mistake: UserError | None = None) -> None:
        self.ready, self.mistake = ready, mistake

    async def wait_ready(self, timeout_s: float) -> None:
        if self.mistake:
            raise self.mistake
        if not self.ready:
            await asyncio.Event().wait()


class Switchboard:
    """Has one call, which ends when ``over`` is set."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.draining = asyncio.Event()

    def calls(self) -> list[dict[str, Any]]:
        return [] if self.over.is_set() else [{"call_id": "c-1"}]

    async def drained(self, limit_s: float) -> None:
        self.draining.set()
        await self.over.wait()


class Work:
    """A task that notes how it ended."""

    def __init__(self) -> None:
        self.running, self.cancelled = asyncio.Event(), False

    async def run(self) -> None:
        self.running.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise


def server(lines: Lines, switchboard: Switchboard) -> Server:
    return Server(lines, switchboard, addresses={"sip": "127.0.0.1:5060"}, lines_limit_s=1.0)


async def test_the_first_signal_waits_for_the_calls_that_run() -> None:
    """Ready, draining, and nothing is cut when the last call comes to its end; all work is cancelled."""
    switchboard, work = Switchboard(), Work()
    made = server(Lines(), switchboard)
    with capture_logs() as told:
        running = asyncio.create_task(made.run({"work": work.run()}))
        await work.running.wait()
        await asyncio.sleep(0)
        made.signalled()
        await switchboard.draining.wait()
        assert not running.done()
        switchboard.over.set()
        await running
    assert [each["event"] for each in told] in (["ready", "draining"], ["draining"])
    assert work.cancelled


async def test_a_second_signal_forces_the_end_and_says_what_it_cut() -> None:
    """The calls that still ran are named, so that their records can be looked at."""
    switchboard, work = Switchboard(), Work()
    made = server(Lines(), switchboard)
    with capture_logs() as told:
        running = asyncio.create_task(made.run({"work": work.run()}))
        await work.running.wait()
        made.signalled()
        await switchboard.draining.wait()
        made.signalled()
        await running
    assert told[-1] == {
        "event": "calls cut",
        "log_level": "warning",
        "why": "a second signal",
        "calls": 1,
        "call_ids": ["c-1"],
    }
    assert work.cancelled


async def test_a_signal_while_the_lines_start_is_not_waited_out() -> None:
    """Who stops a server that does not come up is not kept waiting for the line processes."""
    switchboard = Switchboard()
    switchboard.over.set()
    made = server(Lines(ready=False), switchboard)
    with capture_logs() as told:
        running = asyncio.create_task(made.run({}))
        await asyncio.sleep(0)
        made.signalled()
        await running
    assert [each["event"] for each in told] == ["draining"]


async def test_lines_that_cannot_start_are_one_sentence() -> None:
    """The mistake comes out bare, not in a group, and the work is cancelled."""
    work = Work()
    with pytest.raises(SetupError, match="no port"):
        await server(Lines(mistake=SetupError("no port")), Switchboard()).run({"work": work.run()})
