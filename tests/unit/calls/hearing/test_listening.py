"""Hearing over real rings, with a detector and a model that are plain functions."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from voicebot.audio.rings import Rings
from voicebot.calls.hearing import listening as hearing_module
from voicebot.calls.hearing.listening import (
    WINDOW_MS,
    Hearing,
    HearingEvent,
    PartHeard,
    SpeechBegan,
    UtteranceHeard,
)
from voicebot.speech.recogniser import Transcript
from voicebot.speech.recognition_queue import RecogniserQueue

PATIENCE_S = 60.0
"""Judges nothing: only what never comes has to fail at some time."""


class Loudness:
    """Calls everything loud speech; fails on request."""

    fails = False

    def reset(self, slot: int) -> None:
        """Nothing to forget."""

    def probabilities(
        self, slots: npt.NDArray[np.intp], windows: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.float32]:
        """Return 1 for loud windows."""
        if self.fails:
            message = "no memory"
            raise RuntimeError(message)
        loud: npt.NDArray[np.float32] = (np.abs(windows).max(axis=1) > 1000).astype(np.float32)
        return loud


class Model:
    """Tells how long the clip is and how loud its first second was."""

    def transcribe(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode."""
        return [Transcript(f"{len(clip) // 8} ms", -0.1, 0.0) for clip in clips]

    def draft(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode as well as ever."""
        return self.transcribe(clips)


class Ear:
    """Collects what is heard."""

    def __init__(self) -> None:
        self.events: list[HearingEvent] = []
        self.passed_ms = 0

    def heard(self, event: HearingEvent) -> None:
        """Keep an event."""
        self.events.append(event)

    def media_passed(self, leg: str, elapsed_ms: int, *, speaking: bool) -> None:
        """Count media time."""
        self.passed_ms += elapsed_ms

    def utterances(self) -> list[UtteranceHeard]:
        """Return the whole utterances."""
        return [event for event in self.events if isinstance(event, UtteranceHeard)]


def loud(duration_ms: int) -> npt.NDArray[np.int16]:
    """Make something loud."""
    return np.full(duration_ms * 8, 8000, np.int16)


def quiet(duration_ms: int) -> npt.NDArray[np.int16]:
    """Make silence."""
    return np.zeros(duration_ms * 8, np.int16)


class Room:
    """A hearing over one file of rings."""

    def __init__(self, folder: Path) -> None:
        self.detector = Loudness()
        self.queue = RecogniserQueue(Model())
        self.hearing = Hearing(self.detector, self.queue, 2, hearing_module.LONGEST_UTTERANCE_MS)
        self.rings = Rings.create(folder / "rings", 2)

    async def hear(
        self,
        ear: Ear,
        samples: npt.NDArray[np.int16],
        leg: str = "L0.a",
        slot: int = 0,
        chunk_ms: int = 1000,
        until: asyncio.Event | None = None,
    ) -> None:
        """Feed audio as the line does, and let the hearing catch up after each chunk; it runs on ``until`` then."""
        worker = asyncio.create_task(self.queue.run())
        ticks = asyncio.create_task(self.hearing.run())
        self.hearing.listen(leg, self.rings, slot, ear)
        try:
            for start in range(0, len(samples), 8 * chunk_ms):
                self.rings.write_rx(slot, samples[start : start + 8 * chunk_ms])
                written_ms = min(start // 8 + chunk_ms, len(samples) // 8)
                async with asyncio.timeout(PATIENCE_S):
                    while written_ms - ear.passed_ms >= WINDOW_MS or self.hearing._tasks:
                        await asyncio.sleep(0.005)
            if until is not None:
                await until.wait()
        finally:
            worker.cancel()
            ticks.cancel()
            await asyncio.gather(worker, ticks, return_exceptions=True)


async def test_an_utterance_is_begun_followed_and_heard_whole(tmp_path: Path) -> None:
    """Speech of three seconds gives its beginning, partials and the whole, in this order."""
    ear = Ear()
    samples = np.concatenate([quiet(1000), loud(3000), quiet(2000)])
    await Room(tmp_path).hear(ear, samples, chunk_ms=256)
    assert isinstance(ear.events[0], SpeechBegan)
    assert any(isinstance(event, PartHeard) for event in ear.events)
    whole = ear.utterances()
    assert len(whole) == 1
    assert whole[0].transcript is not None
    ahead = [event for event in ear.events if isinstance(event, PartHeard) and event.pausing]
    assert [event.transcript for event in ahead] == [whole[0].transcript], "recognised ahead, and only once"
    heard_ms = int(whole[0].transcript.text.split()[0])
    assert 3000 < heard_ms < 3000 + 320 + 400


async def test_a_long_utterance_keeps_its_beginning(tmp_path: Path) -> None:
    """Ten seconds are recognised as ten seconds: an address that was said first is not lost."""
    ear = Ear()
    room = Room(tmp_path)
    room.hearing.listen("L0.a", room.rings, 0, ear)
    room.hearing.endpoint("L0.a", 700, hearing_module.LONGEST_UTTERANCE_MS)
    await room.hear(ear, np.concatenate([quiet(1000), loud(10_000), quiet(2000)]))
    (whole,) = ear.utterances()
    assert whole.transcript is not None
    assert int(whole.transcript.text.split()[0]) > 10_000


async def test_enough_ends_the_utterance_sooner(tmp_path: Path) -> None:
    """When the text at the pause is all that was asked for, the endpoint does not wait for the set silence."""
    room = Room(tmp_path)

    class Content(Ear):
        def heard(self, event: HearingEvent) -> None:
            super().heard(event)
            if isinstance(event, PartHeard) and event.pausing:
                room.hearing.end_sooner(event.leg, event.end_ms, 300)

    ear = Content()
    samples = np.concatenate([quiet(500), loud(1000), quiet(600), loud(1000), quiet(1000)])
    await room.hear(ear, samples, chunk_ms=128)
    assert len(ear.utterances()) == 2, "the set silence of 700 ms would have joined them"


async def test_speech_that_goes_on_makes_the_whole_of_both_parts(tmp_path: Path) -> None:
    """What was recognised at a breath is thrown away; the whole is recognised with what followed."""
    ear = Ear()
    await Room(tmp_path).hear(
        ear, np.concatenate([quiet(500), loud(900), quiet(350), loud(900), quiet(1500)])
    )
    (whole,) = ear.utterances()
    assert whole.transcript is not None
    assert int(whole.transcript.text.split()[0]) > 900 + 350 + 900


async def test_a_slot_with_a_new_leg_is_no_longer_heard(tmp_path: Path) -> None:
    """An ear that was forgotten to be closed never hears the next caller of its slot."""
    ear = Ear()
    room = Room(tmp_path)
    room.hearing.listen("L0.old", room.rings, 0, ear)
    room.rings.reset(0)
    await room.hear(Ear(), np.concatenate([loud(1500), quiet(1500)]), leg="L0.new")
    assert ear.events == []


async def test_a_broken_detector_deafens_nobody_for_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tick that fails is logged; the next one goes on where it stopped."""
    monkeypatch.setattr(hearing_module.log, "exception", lambda *_, **__: None, raising=False)
    ear = Ear()
    room = Room(tmp_path)
    room.detector.fails = True
    asyncio.get_running_loop().call_later(0.1, setattr, room.detector, "fails", False)
    await room.hear(ear, quiet(1000))
    assert ear.passed_ms >= 960


async def test_a_detector_that_hangs_fails_every_call_and_the_clocks_run_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each listener is told once, media time goes on as silence, and hearing comes back with the detector."""
    monkeypatch.setattr(hearing_module, "_DETECTOR_LIMIT_S", 0.02)
    room, ear = Room(tmp_path), Ear()
    back = threading.Event()
    usual = room.detector.probabilities

    def hangs(slots: npt.NDArray[np.intp], windows: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        back.wait(PATIENCE_S)
        return usual(slots, windows)

    monkeypatch.setattr(room.detector, "probabilities", hangs)
    over = asyncio.Event()
    listening = asyncio.create_task(room.hear(ear, quiet(600), chunk_ms=600, until=over))
    while not ear.events or ear.passed_ms < 400:
        await asyncio.sleep(0.005)
    assert [event.transcript for event in ear.utterances()] == [None]

    def is_deaf() -> bool:
        return room.hearing.deaf

    assert is_deaf()
    back.set()
    while is_deaf():
        await asyncio.sleep(0.005)
    over.set()
    await listening
