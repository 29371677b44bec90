"""One queue to the recogniser for all calls: batched, bounded, finals before partials.

A worker task collects what has come for a few milliseconds and decodes it in a thread (CTranslate2
releases the GIL). Partials are the first to go when work piles up; a final utterance is refused only
when the queue is full, and the refusal is a value (None) that takes the caller to a human.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog

from voicebot.errors import SpeechFailed
from voicebot.speech.recogniser import Transcript

log = structlog.get_logger(__name__)


class Priority(IntEnum):
    """What goes first."""

    FINAL = 0
    PARTIAL = 1


class Model(Protocol):
    """What the queue needs of a recogniser."""

    def transcribe(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode a batch; blocks; may raise `SpeechFailed`."""


_Job = tuple[Priority, int, npt.NDArray[np.int16], "asyncio.Future[Transcript | None]"]


class RecogniserQueue:
    """Give clips in, get transcripts out; `run` must be running."""

    def __init__(
        self, model: Model, *, capacity: int = 64, batch: int = 4, collect_ms: int = 10, limit_ms: int = 5000
    ) -> None:
        self._model = model
        self._jobs: asyncio.PriorityQueue[_Job] = asyncio.PriorityQueue(capacity)
        self._capacity = capacity
        self._batch = batch
        self._collect_s = collect_ms / 1000
        self._limit_s = limit_ms / 1000
        self._order = itertools.count()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recogniser")

    async def transcribe(self, clip: npt.NDArray[np.int16], priority: Priority) -> Transcript | None:
        """Return what was said in ``clip``; None when the queue is full, too slow or the model failed.

        Cancellation drops the job before it is decoded, if its turn has not come.
        """
        crowded = priority is Priority.PARTIAL and self._jobs.qsize() >= self._capacity // 4
        if crowded or self._jobs.full():
            return None
        future: asyncio.Future[Transcript | None] = asyncio.get_running_loop().create_future()
        self._jobs.put_nowait((priority, next(self._order), clip, future))
        try:
            async with asyncio.timeout(self._limit_s):
                return await future
        except TimeoutError:
            log.warning("recogniser too slow", limit_s=self._limit_s, waiting=self._jobs.qsize())
            return None

    async def run(self) -> None:
        """Decode until cancelled; what is waiting then is dropped."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                jobs = await self._collect()
                if not jobs:
                    continue
                clips = [clip for _, _, clip, _ in jobs]
                results: Sequence[Transcript | None]
                try:
                    results = await loop.run_in_executor(self._thread, self._model.transcribe, clips)
                except SpeechFailed as error:
                    log.warning("recogniser failed", error=str(error))
                    results = [None] * len(jobs)
                except Exception:  # the border of inference: a fault in one batch must not end all hearing
                    log.exception("recogniser broke")
                    results = [None] * len(jobs)
                for (_, _, _, future), result in zip(jobs, results, strict=True):
                    if not future.done():
                        future.set_result(result)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _collect(self) -> list[_Job]:
        first = await self._jobs.get()
        if first[0] is Priority.PARTIAL or not self._jobs.empty():
            await asyncio.sleep(self._collect_s)
        jobs = [first]
        while len(jobs) < self._batch and not self._jobs.empty():
            jobs.append(self._jobs.get_nowait())
        return [job for job in jobs if not job[3].done()]
