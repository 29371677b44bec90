"""``voicebot model check``: the model loads and hears something, at what cost."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from voicebot.audio.resample import to_telephone
from voicebot.audio.wav import write_wav
from voicebot.cli.transcribe import transcribe
from voicebot.errors import SetupError, SpeechFailed
from voicebot.settings import Settings
from voicebot.speech.cards import runs_on_a_card
from voicebot.speech.synthesiser import Synthesiser
from voicebot.speech_models.folder import chosen
from voicebot.speech_models.manifest import read_audio
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ
from voicebot.wiring import load_recogniser

_SENTENCE = "불이 났어요 사람이 갇혔어요"


def run(settings: Settings, file: Path | None) -> int:
    """Print what a model makes of a recording; returns the exit code. Raises `UserError`."""
    model = chosen(settings.speech, on_a_card=runs_on_a_card(settings.speech.device))
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "clip.wav")
        seconds = _write(file, wav)
        before_mb, began_s = _memory_mb(), time.perf_counter()
        recogniser = load_recogniser(settings)
        loaded_s = time.perf_counter() - began_s
        list(transcribe(recogniser, [wav]))  # the first run pays for what is made once
        began_s = time.process_time()
        heard = next(iter(transcribe(recogniser, [wav])))
        cost_ms = 1000 * (time.process_time() - began_s) / seconds
    click.echo(f"model    {model.name} ({model.directory})")
    click.echo(f"known    {model.measured}")
    click.echo(
        f"said     {file or f'{_SENTENCE} (a synthetic voice, which models of people hardly understand)'}"
    )
    click.echo(f"heard    {heard['text'] or '(no speech)'}")
    click.echo(f"cost     {cost_ms:.0f} ms of processor per second of audio, on {settings.speech.device}")
    click.echo(f"memory   {_memory_mb() - before_mb:.0f} MB more with the model, loaded in {loaded_s:.1f} s")
    return 0


def _write(file: Path | None, wav: Path) -> float:
    """Put the recording, or the synthetic sentence, at 8 kHz into ``wav``; returns its length in seconds."""
    if file is not None:
        samples, rate_hz = read_audio(file)
        pcm = to_telephone(_as_pcm(samples), rate_hz)
    else:
        pcm = _synthetic(wav.parent)
    write_wav(wav, pcm)
    return max(len(pcm) / TELEPHONE_RATE_HZ, 0.001)


def _as_pcm(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.int16]:
    return np.clip(np.rint(samples * 32_768), -32_768, 32_767).astype(np.int16)


def _synthetic(folder: Path) -> npt.NDArray[np.int16]:
    try:
        clip = asyncio.run(Synthesiser(folder / "speech").speech(_SENTENCE))
    except SpeechFailed as error:
        raise SetupError(
            f"the sentence to hear cannot be spoken ({error}); give a WAV file instead."
        ) from error
    return np.fromfile(clip.file, np.int16)


def _memory_mb() -> float:
    """Return the most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
