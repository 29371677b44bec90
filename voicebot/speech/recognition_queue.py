"""One queue to the recogniser for all calls: batched, bounded, finals before speculation before partials.

Worker tasks collect what has come for a few milliseconds and decode it in threads (CTranslate2
releases the GIL). A batch holds one priority and one padded length, so no final waits for the decoding
of something that matters less or is longer. When work piles up partials are turned away first, then
speculation; a final takes the place of either, and is refused only when nothing but finals waits. A
refusal is a value (None); that of a final takes the caller to a human.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog

from voicebot import metrics
from voicebot.errors import SpeechFailed
from voicebot.speech.recogniser import Transcript
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

log = structlog.get_logger(__name__)

_COLLECT_S = 0.010
"""Clips decoded together cost 10 to 35 % less each; none waits longer for company (docs/decisions/0025)."""


class Priority(IntEnum):
    """What goes first."""

    FINAL = 0
    """A whole utterance: the caller waits for the answer."""
    SPECULATIVE = 1
    """An utterance that is probably over; becomes final when it is."""
    PARTIAL = 2
    """A look at an utterance that goes on."""


class Model(Protocol):
    """What the queue needs of a recogniser."""

    def transcribe(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode a batch; blocks; may raise `SpeechFailed`."""

    def draft(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode a batch of partials, at less cost."""


class Ticket:
    """A clip in the queue. Made by `RecogniserQueue.submit`; used on the event loop only."""

    __slots__ = ("_came_s", "_future", "_order", "clip", "group", "priority")

    def __init__(self, clip: npt.NDArray[np.int16], priority: Priority, group: int, order: int) -> None:
        loop = asyncio.get_running_loop()
        self.clip = clip
        self.priority = priority
        self.group = group
        self._order = order
        self._came_s = loop.time()
        self._future: asyncio.Future[Transcript | None] = loop.create_future()

    @property
    def done(self) -> bool:
        """True once there is a result, or the work was dropped."""
        return self._future.done()

    @property
    def lost(self) -> bool:
        """True when it is done without a result: displaced, dropped or failed."""
        return self.done and self._future.result() is None

    @property
    def rank(self) -> tuple[int, int]:
        """The order of service."""
        return self.priority, self._order

    @property
    def waited_s(self) -> float:
        """Seconds since the clip was handed in."""
        return asyncio.get_running_loop().time() - self._came_s

    def goes_with(self, other: Ticket) -> bool:
        """Whether both may be decoded in one batch."""
        return (self.priority, self.group) == (other.priority, other.group)

    def drop(self) -> None:
        """Make the work stale: it is not decoded if its turn has not come; the result is None."""
        self.settle(None)

    def settle(self, transcript: Transcript | None) -> None:
        """Give the result; the first one counts."""
        if not self._future.done():
            self._future.set_result(transcript)

    async def outcome(self) -> Transcript | None:
        """Return what was said, None when it was dropped or failed. Cancellation leaves the work as it is."""
        return await asyncio.shield(self._future)

    async def result(self, limit_s: float) -> Transcript | None:
        """Return what was said; None when it was dropped, failed or took longer than the limit."""
        try:
            async with asyncio.timeout(limit_s):
                return await self.outcome()
        except TimeoutError:
            log.warning("recogniser too slow", limit_s=limit_s)
            _count(self, "late")
            self.drop()
            return None


class RecogniserQueue:
    """Give clips in, get transcripts out; `run` must be running.

    ``capacity`` bounds all that waits; partials are taken while fewer than ``partials_up_to`` clips wait
    and speculation while fewer than ``speculation_up_to`` do. ``padded`` maps samples of a clip to its
    padded length: clips of one batch have the same. ``workers`` batches are decoded at once.

    Partials and speculation give way at 6 and 48 (docs/decisions/0025), more than 4 in a batch gain nothing
    on a processor, and 512 is chosen: two clips for each of 240 callers, and some.
    """

    def __init__(
        self,
        model: Model,
        *,
        capacity: int = 512,
        batch: int = 4,
        limit_ms: int = 5000,
        partials_up_to: int = 6,
        workers: int = 1,
        speculation_up_to: int = 48,
        padded: Callable[[int], int] = lambda samples: -(-samples // TELEPHONE_RATE_HZ),
    ) -> None:
        self._model = model
        self._limits = {
            Priority.FINAL: capacity,
            Priority.SPECULATIVE: min(capacity, speculation_up_to),
            Priority.PARTIAL: min(capacity, partials_up_to),
        }
        self._batch = batch
        self._limit_s = limit_ms / 1000
        self._padded = padded
        self._waiting: list[Ticket] = []
        self._arrived = asyncio.Event()
        self._order = itertools.count()
        self._workers = workers
        self._began_s: dict[int, float] = {}
        """When each worker that decodes began with its batch."""
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="recogniser")

    @property
    def waiting(self) -> int:
        """How many clips wait to be decoded."""
        return len(self._waiting)

    @property
    def stuck(self) -> bool:
        """Whether every worker has been at one batch for longer than a caller waits for a final."""
        if len(self._began_s) < self._workers:
            return False
        return time.monotonic() - max(self._began_s.values()) > self._limit_s

    def submit(self, clip: npt.NDArray[np.int16], priority: Priority) -> Ticket | None:
        """Hand in a clip; None when there is no room for its priority, or the recogniser is stuck."""
        ticket = Ticket(clip, priority, self._padded(len(clip)), next(self._order))
        self._prune()
        full = len(self._waiting) >= self._limits[priority]
        if self.stuck or (full and not self._made_room(priority)):
            _count(ticket, "refused")
            return None
        self._waiting.append(ticket)
        self._arrived.set()
        return ticket

    async def transcribe(self, clip: npt.NDArray[np.int16], priority: Priority) -> Transcript | None:
        """Return what was said in ``clip``; None when the queue is full, too slow or the model failed.

        Cancellation drops the job before it is decoded, if its turn has not come.
        """
        ticket = self.submit(clip, priority)
        return None if ticket is None else await self.result(ticket)

    def needed(self, ticket: Ticket) -> None:
        """Make speculation final: its utterance is over."""
        ticket.priority = Priority.FINAL
        self._arrived.set()

    async def result(self, ticket: Ticket) -> Transcript | None:
        """Return what was said; None when it took too long, failed or was dropped. Cancellation drops it."""
        try:
            return await ticket.result(self._limit_s)
        except asyncio.CancelledError:
            ticket.drop()
            raise

    async def run(self) -> None:
        """Decode until cancelled; what is waiting then is dropped."""
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self._workers):
                    group.create_task(self._work(number))
        finally:
            for ticket in self._waiting:
                ticket.drop()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _work(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        while True:
            tickets = await self._collect()
            for ticket in tickets:
                waited = metrics.RECOGNISER_WAIT_SECONDS.labels(ticket.priority.name.lower())
                waited.observe(ticket.waited_s)
            clips = [ticket.clip for ticket in tickets]
            results: Sequence[Transcript | None]
            self._began_s[number] = time.monotonic()
            try:
                partial = tickets[0].priority is Priority.PARTIAL
                decode = self._model.draft if partial else self._model.transcribe
                with metrics.RECOGNISER_BATCH_SECONDS.time():
                    results = await loop.run_in_executor(self._threads, decode, clips)
            except SpeechFailed as error:
                log.warning("recogniser failed", error=str(error))
                results = [None] * len(tickets)
            except Exception:  # the border of inference: a fault in one batch must not end all hearing
                log.exception("recogniser broke")
                results = [None] * len(tickets)
            finally:
                del self._began_s[number]
            for ticket, result in zip(tickets, results, strict=True):
                _count(ticket, "failed" if result is None else "decoded")
                ticket.settle(result)

    async def _collect(self) -> list[Ticket]:
        while True:
            await self._arrival()
            await self._company()
            if batch := self._next_batch():
                return batch

    def _next_batch(self) -> list[Ticket]:
        """Take out the first in rank, and others of its priority and padded length."""
        self._prune()
        if not self._waiting:
            return []
        first = min(self._waiting, key=lambda ticket: ticket.rank)
        like = [each for each in self._waiting if each.goes_with(first)]
        batch = sorted(like, key=lambda ticket: ticket.rank)[: self._batch]
        self._waiting = [each for each in self._waiting if each not in batch]
        return batch

    async def _arrival(self) -> None:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()

    async def _company(self) -> None:
        """Wait a few milliseconds for clips to go along with, but not while there is a final."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + _COLLECT_S
        while not any(ticket.priority is Priority.FINAL for ticket in self._waiting):
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(until_s):
                    await self._arrived.wait()
            except TimeoutError:
                return

    def _prune(self) -> None:
        stale = [ticket for ticket in self._waiting if ticket.done]
        for ticket in stale:
            _count(ticket, "stale")
        if stale:
            self._waiting = [ticket for ticket in self._waiting if not ticket.done]

    def _made_room(self, priority: Priority) -> bool:
        """Drop what matters least, the newest first, for something that matters more."""
        last = max(self._waiting, key=lambda ticket: ticket.rank)
        if priority is not Priority.FINAL or last.priority is Priority.FINAL:
            return False
        self._waiting.remove(last)
        _count(last, "displaced")
        last.drop()
        return True


def _count(ticket: Ticket, outcome: str) -> None:
    metrics.RECOGNISER_CLIPS.labels(ticket.priority.name.lower(), outcome).inc()
