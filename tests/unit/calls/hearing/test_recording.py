"""Recordings: what was said and played comes into the file, and a full disk costs the file only."""

import asyncio
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

from voicebot.audio.rings import Rings
from voicebot.calls.hearing.recording import Recordings
from voicebot.calls.tasks import CallTasks


def speak(rings: Rings, said: int, played: int, samples: int = 800) -> None:
    """Let a party say and hear something."""
    rings.write_rx(0, np.full(samples, said, np.int16))
    rings.write_tx(0, np.full(samples, played, np.int16))


async def test_what_came_until_the_end_is_in_the_file(tmp_path: Path) -> None:
    """Cancelling completes it: left what the party said, right what was played."""
    rings = Rings.create(tmp_path / "rings", 1)
    with Recordings(tmp_path) as recordings:
        async with CallTasks("L0.a") as tasks:
            recorder = tasks.start(recordings.record("a.wav", rings, 0), "recording")
            await asyncio.sleep(0.01)
            speak(rings, 5, 7)
            recorder.cancel()
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, 800)
        assert np.frombuffer(file.readframes(2), np.int16).tolist() == [5, 7, 5, 7]


async def test_a_folder_that_cannot_be_written_ends_the_recording_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told once, and the call goes on."""
    rings = Rings.create(tmp_path / "rings", 1)
    with Recordings(tmp_path / "none") as recordings:
        async with CallTasks("L0.a") as tasks:
            recorder = tasks.start(recordings.record("a.wav", rings, 0), "recording")
            await asyncio.sleep(0.05)
            assert not recorder.done()
    assert capsys.readouterr().out.count("recording stopped") == 1


async def test_the_thread_ends_with_the_folder(tmp_path: Path) -> None:
    """A server that stops waits for no idle thread."""
    rings = Rings.create(tmp_path / "rings", 1)
    before = set(threading.enumerate())
    with Recordings(tmp_path) as recordings:
        async with CallTasks("L0.a") as tasks:
            tasks.start(recordings.record("a.wav", rings, 0), "recording")
            await asyncio.sleep(0.01)
        (thread,) = set(threading.enumerate()) - before
    thread.join(2)
    assert not thread.is_alive()
