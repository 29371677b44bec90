"""The bounded queue through which all that happens comes, to a call and to its search for a human."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger(__name__)

E = TypeVar("E")


class Inbox(Generic[E]):
    """Events for one reader in the order in which they came. Putting never blocks.

    Bounded: while ``capacity`` events wait, a new one of the kinds in ``may_be_lost`` is dropped, and logged.
    Those are the kinds that a party can send without end. Any other kind comes once for each leg, command or
    phase, and always gets in: that somebody has left is never lost.
    """

    def __init__(self, capacity: int, may_be_lost: tuple[type, ...]) -> None:
        self._queue: asyncio.Queue[E] = asyncio.Queue()
        self._capacity = capacity
        self._may_be_lost = may_be_lost

    def put(self, event: E) -> None:
        """Take an event."""
        if self._queue.qsize() >= self._capacity and isinstance(event, self._may_be_lost):
            log.error("inbox full, event dropped", dropped=type(event).__name__)
        else:
            self._queue.put_nowait(event)

    async def get(self) -> E:
        """Return the next event; cancellation loses none."""
        return await self._queue.get()

    def left(self) -> list[E]:
        """Take all events that are left, without waiting."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]
