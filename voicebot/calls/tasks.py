"""Every task of one call, in one group: none outlives the call, and a fault in one ends only that one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

import structlog

log = structlog.get_logger(__name__)


class CallTasks:
    """An `asyncio.TaskGroup` whose tasks have their border here; entered once, for the whole call.

    In a bare group an exception in one task cancels all others and the body. Here it ends that task only,
    and is logged: the call goes on without the brief, the better point or the recording. Leaving the group
    cancels what still runs and waits for it; a task that ``finishes`` is let finish, unless the call itself
    is cancelled.
    """

    def __init__(self, leg: str) -> None:
        self.closed = False
        """True once the call is being cancelled: nothing can be started any more."""
        self.log = log.bind(leg=leg)
        self._group = asyncio.TaskGroup()
        self._until_end: set[asyncio.Task[None]] = set()

    def start(
        self, work: Coroutine[Any, Any, object], name: str, *, finishes: bool = False
    ) -> asyncio.Task[None]:
        """Run ``work`` beside the call. ``finishes``: it ends by itself within seconds, and must do so."""
        task = self._group.create_task(self._bordered(work, name), name=name)
        task.add_done_callback(lambda _: work.close())  # of a task that was cancelled before it began
        if not finishes:
            self._until_end.add(task)
            task.add_done_callback(self._until_end.discard)
        return task

    async def __aenter__(self) -> Self:
        """Open the group: `start` may be called from now on."""
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel what only the running call needs, and wait until every task has ended."""
        self.closed = error is not None
        for task in tuple(self._until_end):
            task.cancel()
        await self._group.__aexit__(kind, error, trace)

    async def _bordered(self, work: Coroutine[Any, Any, object], name: str) -> None:
        try:
            await work
        except Exception:  # the border of side tasks: the call goes on without this one
            self.log.exception("a task of the call failed", task=name)
