"""What every test shares: the mark of its folder, so that `pytest -m unit` works, and a look at what it leaves."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest

_HERE = Path(__file__).parent
_KINDS = ("unit", "scenarios", "integration")
_TURNS = 5
"""Of the loop, for what was cancelled in a test's last lines."""
_OF_THE_LOOP = "asyncio_"
"""How threads of `asyncio.to_thread` are called: they end with the loop, which the test does not own."""
_THREAD_LIMIT_S = 20.0
"""Judges nothing: a thread that was told to end has ended by then."""
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_configure() -> None:
    """Let no test, nor what it starts, hear with what happens to be installed on this machine."""
    os.environ["VOICEBOT_MODELS"] = str(_HERE / "no-models")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the kind that its folder names."""
    for item in items:
        try:
            kind = item.path.relative_to(_HERE).parts[0]
        except ValueError:
            continue
        if kind in _KINDS:
            item.add_marker(kind)


@pytest.fixture(autouse=True)
def _nothing_is_left_running(request: pytest.FixtureRequest) -> None:
    """Make each asyncio test fail that leaves tasks or threads behind."""
    if isinstance(request.node, pytest.Function) and inspect.iscoroutinefunction(request.node.obj):
        request.getfixturevalue("_left_running")


@pytest.fixture
async def _left_running() -> AsyncIterator[None]:
    """Compare what runs after the test and all its fixtures with what ran before; name and end the rest."""
    tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
    yield
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    for thread in set(threading.enumerate()) - threads:
        if not thread.name.startswith(_OF_THE_LOOP):
            thread.join(_THREAD_LIMIT_S)
    left = asyncio.all_tasks() - tasks - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    names = [f"task {task.get_name()}: {task.get_coro()}" for task in left]
    names += [
        f"thread {thread.name}"
        for thread in set(threading.enumerate()) - threads
        if not thread.name.startswith(_OF_THE_LOOP)
    ]
    assert not names, "left running: " + "; ".join(sorted(names))
