"""The tasks of a call: a fault stays where it is, and nothing outlives the call."""

import asyncio

import pytest

from voicebot.calls.tasks import CallTasks


async def fail() -> None:
    """Be a defect."""
    await asyncio.sleep(0)
    raise ZeroDivisionError


async def test_a_fault_in_a_side_task_ends_neither_the_call_nor_the_other_tasks() -> None:
    """A bare group would cancel both."""
    done = []

    async def other() -> None:
        await asyncio.sleep(0.01)
        done.append("other")

    async with CallTasks("L0.a") as tasks:
        broken = tasks.start(fail(), "broken")
        await tasks.start(other(), "other")
        done.append("call")
    assert done == ["other", "call"]
    assert broken.done()
    assert not broken.cancelled()


async def test_leaving_cancels_what_still_runs_and_lets_finish_what_must() -> None:
    """The end of a call neither waits for a search nor cuts the farewell to an operator."""
    ends = []

    async def farewell() -> None:
        await asyncio.sleep(0.01)
        ends.append("farewell")

    async with CallTasks("L0.a") as tasks:
        search = tasks.start(asyncio.Event().wait(), "search")
        tasks.start(farewell(), "farewell", finishes=True)
        await asyncio.sleep(0)
        at_once = tasks.start(asyncio.Event().wait(), "cancelled before it began")
    assert (search.cancelled(), at_once.cancelled(), ends) == (True, True, ["farewell"])


async def test_a_cancelled_or_failed_call_leaves_no_task_behind() -> None:
    """Those that would finish are cancelled too when the call itself is."""
    before = asyncio.all_tasks()

    async def call(error: Exception | None) -> None:
        async with CallTasks("L0.a") as tasks:
            tasks.start(asyncio.Event().wait(), "search")
            tasks.start(asyncio.Event().wait(), "letting go", finishes=True)
            if error is not None:
                raise error
            await asyncio.Event().wait()

    running = asyncio.create_task(call(None))
    await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ExceptionGroup):
        await call(ZeroDivisionError())
    assert asyncio.all_tasks() == before
