"""Prompts with the real espeak-ng and real WAV files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from voicebot.audio.wav import write_wav
from voicebot.errors import SetupError, SpeechFailed
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice


def samples(clip: Clip) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Read a clip's PCM."""
    return np.frombuffer(clip.file.read_bytes(), np.int16)


async def test_a_sentence_is_spoken_once_and_kept(tmp_path: Path) -> None:
    """Equal requests at the same time and later share one file; another voice has its own."""
    synthesiser = Synthesiser(tmp_path / "cache")
    first, same = await asyncio.gather(*(synthesiser.speech("불이 났어요") for _ in range(2)))
    assert first == same
    assert abs(len(samples(first)) - first.duration_ms * 8) < 8
    assert np.abs(samples(first)).max() > 8000
    written_at = first.file.stat().st_mtime_ns
    assert await Synthesiser(tmp_path / "cache").speech("불이 났어요") == first
    assert first.file.stat().st_mtime_ns == written_at
    faster = await synthesiser.speech("불이 났어요", Voice(words_per_minute=230))
    assert faster.file != first.file
    assert faster.duration_ms < first.duration_ms


async def test_a_recording_of_any_rate_is_brought_to_the_telephones(tmp_path: Path) -> None:
    """A second at 22,050 Hz is a second at 8 kHz, and a changed recording is another clip."""
    synthesiser = Synthesiser(tmp_path / "cache")
    wav = tmp_path / "greeting.wav"
    tone = (np.sin(np.arange(22_050) * 0.1) * 9000).astype(np.int16)
    write_wav(wav, tone, 22_050)
    clip = await synthesiser.recording(wav)
    assert abs(clip.duration_ms - 1000) <= 2
    write_wav(wav, tone[:11_025], 22_050)
    assert (await synthesiser.recording(wav)).file != clip.file


async def test_what_cannot_be_played_is_told(tmp_path: Path) -> None:
    """No file, no WAV and no espeak-ng are three different sentences."""
    synthesiser = Synthesiser(tmp_path / "cache", program="no-such-espeak")
    with pytest.raises(SpeechFailed, match="cannot be read"):
        await synthesiser.recording(tmp_path / "none.wav")
    text = tmp_path / "text.wav"
    text.write_text("this is no WAV file")
    with pytest.raises(SpeechFailed, match="not a WAV file"):
        await synthesiser.recording(text)
    with pytest.raises(SetupError, match="apt-get install espeak-ng"):
        await synthesiser.speech("불이 났어요")
    assert not list((tmp_path / "cache").glob("*.pcm"))
