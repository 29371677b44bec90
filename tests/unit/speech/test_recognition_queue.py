"""The recogniser queue, with a model that is a plain function."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import numpy.typing as npt

from voicebot.errors import SpeechFailed
from voicebot.speech.recogniser import Transcript
from voicebot.speech.recognition_queue import Priority, RecogniserQueue


class Model:
    """Answers with the clip's length; may be held up, or fail."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.go = threading.Event()
        self.go.set()
        self.fails = False

    def transcribe(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode."""
        self.batches.append(len(clips))
        self.go.wait(60)
        if self.fails:
            message = "out of memory"
            raise SpeechFailed(message)
        return [Transcript(str(len(clip)), -0.1, 0.0) for clip in clips]

    def draft(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode badly."""
        return [Transcript("draft", -0.5, 0.0) for _ in self.transcribe(clips)]


def clip(length: int) -> npt.NDArray[np.int16]:
    """Make a clip."""
    return np.zeros(length, np.int16)


@asynccontextmanager
async def running(queue: RecogniserQueue) -> AsyncIterator[None]:
    """Run the queue's worker."""
    worker = asyncio.create_task(queue.run())
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)


async def test_each_caller_gets_his_own_text() -> None:
    """Clips of one batch come back to those who gave them."""
    model = Model()
    queue = RecogniserQueue(model)
    async with running(queue):
        results = await asyncio.gather(*(queue.transcribe(clip(n), Priority.FINAL) for n in range(1, 9)))
    assert [result.text for result in results if result] == [str(n) for n in range(1, 9)]
    assert max(model.batches) <= 4


async def test_finals_overtake_partials_and_partials_are_refused_first() -> None:
    """Under load a partial is turned away at once while a final still finds its place."""
    model = Model()
    queue = RecogniserQueue(model, partials_up_to=1)
    order: list[str] = []

    async def ask(name: str, priority: Priority) -> Transcript | None:
        result = await queue.transcribe(clip(1), priority)
        order.append(name)
        return result

    async with running(queue):
        model.go.clear()
        first = [asyncio.create_task(ask("first", Priority.FINAL))]
        while not model.batches:
            await asyncio.sleep(0)
        waiting = [
            asyncio.create_task(ask("partial", Priority.PARTIAL)),
            asyncio.create_task(ask("final", Priority.FINAL)),
        ]
        await asyncio.sleep(0)
        assert await queue.transcribe(clip(1), Priority.PARTIAL) is None
        model.go.set()
        await asyncio.gather(*first, *waiting)
    assert order.index("final") <= order.index("partial")


async def test_a_full_queue_and_a_failing_model_are_values() -> None:
    """Nobody gets an exception: None tells the dialog to find a human."""
    model = Model()
    queue = RecogniserQueue(model, capacity=1)
    async with running(queue):
        model.fails = True
        assert await queue.transcribe(clip(1), Priority.FINAL) is None
        model.fails = False
        assert await queue.transcribe(clip(2), Priority.FINAL) is not None
    waiting = asyncio.create_task(queue.transcribe(clip(1), Priority.FINAL))
    await asyncio.sleep(0)
    assert await queue.transcribe(clip(1), Priority.FINAL) is None
    waiting.cancel()


async def test_too_slow_is_as_good_as_failed() -> None:
    """A model that hangs does not hold the caller."""
    queue = RecogniserQueue(Model(), limit_ms=1)
    assert await queue.transcribe(clip(1), Priority.FINAL) is None


async def test_speculation_that_is_needed_goes_as_a_final() -> None:
    """At the endpoint the recognition that waits already is moved to the front, not made again."""
    model = Model()
    queue = RecogniserQueue(model)
    waiting = [queue.submit(clip(n), Priority.SPECULATIVE) for n in (1, 2)]
    partial = queue.submit(clip(3), Priority.PARTIAL)
    assert waiting[0] is not None
    assert waiting[1] is not None
    assert partial is not None
    queue.needed(waiting[1])
    async with running(queue):
        text = await queue.result(waiting[1])
        assert not partial.done
        await queue.result(partial)
    assert text is not None
    assert text.text == "2"
    assert model.batches == [1, 1, 1]


async def test_stale_work_is_never_decoded() -> None:
    """Speculation that speech overtook is dropped while it waits."""
    model = Model()
    queue = RecogniserQueue(model)
    stale = queue.submit(clip(1), Priority.SPECULATIVE)
    assert stale is not None
    stale.drop()
    async with running(queue):
        assert await queue.transcribe(clip(2), Priority.FINAL) is not None
    assert model.batches == [1]
    assert stale.lost


async def test_a_final_takes_the_place_of_what_matters_less() -> None:
    """A full queue displaces the newest partial, then speculation; finals are never displaced."""
    queue = RecogniserQueue(Model(), capacity=2)
    speculation = queue.submit(clip(1), Priority.SPECULATIVE)
    partial = queue.submit(clip(1), Priority.PARTIAL)
    finals = [queue.submit(clip(1), Priority.FINAL)]
    assert partial is not None
    assert speculation is not None
    assert partial.lost
    assert not speculation.done
    finals.append(queue.submit(clip(1), Priority.FINAL))
    assert speculation.lost
    assert all(final is not None and not final.done for final in finals)
    assert queue.submit(clip(1), Priority.FINAL) is None


async def test_a_batch_has_one_priority_and_one_padded_length() -> None:
    """A short answer does not wait until a long story is decoded with it."""
    model = Model()
    queue = RecogniserQueue(model)
    lengths = (1000, 30_000, 2000, 31_000)
    tickets = [queue.submit(clip(length), Priority.FINAL) for length in lengths]
    async with running(queue):
        await asyncio.gather(*(queue.result(ticket) for ticket in tickets if ticket is not None))
    assert model.batches == [2, 2]


async def test_partials_are_drafts() -> None:
    """What goes on is decoded at less cost than what is over."""
    queue = RecogniserQueue(Model())
    async with running(queue):
        partial = await queue.transcribe(clip(1), Priority.PARTIAL)
        final = await queue.transcribe(clip(1), Priority.FINAL)
    assert partial is not None
    assert final is not None
    assert (partial.text, final.text) == ("draft", "1")


async def test_workers_decode_at_once() -> None:
    """While one batch is being decoded the other worker takes the next."""
    model = Model()
    model.go.clear()
    queue = RecogniserQueue(model, batch=1, workers=2)
    async with running(queue):
        tickets = [queue.submit(clip(1), Priority.FINAL) for _ in range(3)]
        while queue.waiting > 1:
            await asyncio.sleep(0)
        model.go.set()
        assert all([ticket is not None and await ticket.outcome() for ticket in tickets])
    assert model.batches == [1, 1, 1]


async def test_a_model_that_hangs_is_known_and_nobody_waits_for_it_again() -> None:
    """Once every worker is stuck finals fail at once; when the model is back the next one is heard."""
    model = Model()
    queue = RecogniserQueue(model, limit_ms=20)

    def is_stuck() -> bool:
        return queue.stuck

    async with running(queue):
        model.go.clear()
        while not is_stuck():
            assert await queue.transcribe(clip(1), Priority.FINAL) is None
        assert queue.submit(clip(2), Priority.FINAL) is None
        model.go.set()
        while is_stuck():
            await asyncio.sleep(0.005)
        heard = queue.submit(clip(3), Priority.FINAL)
        assert heard is not None
        result = await heard.outcome()
        assert result is not None
        assert result.text == "3"
