"""``voicebot transcribe``: WAV files to text with the same ears that calls have."""

from __future__ import annotations

import itertools
import json
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt

from voicebot.audio.wav import read_wav
from voicebot.calls.hearing.listening import SpeechDetector
from voicebot.errors import UserError
from voicebot.speech.detector import WINDOW_SAMPLES, Detector
from voicebot.speech.recogniser import Recogniser
from voicebot.turns import endpointing
from voicebot.turns.endpointing import EndpointSettings, TurnState, UtteranceEnded
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS


def transcribe(recogniser: Recogniser, files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield ``file, text, avg_logprob, no_speech_prob`` for each file, in order.

    Speech is found as in a call (voice activity, endpointing) and each utterance is recognised by
    itself; the texts are joined, the figures are those of the least certain utterance. A file without
    speech has an empty text, ``avg_logprob`` 0 and ``no_speech_prob`` 1. Raises `UserError`.
    """
    detector = Detector(1)
    for file in files:
        heard = recogniser.transcribe_all(list(utterances(detector, _read(file), recogniser.longest_ms)))
        spoken = [transcript for transcript in heard if transcript.text]
        yield {
            "file": str(file),
            "text": " ".join(transcript.text for transcript in spoken),
            "avg_logprob": round(min((each.avg_logprob for each in spoken), default=0.0), 4),
            "no_speech_prob": round(max((each.no_speech_prob for each in spoken), default=1.0), 4),
        }


def show(results: Iterable[dict[str, Any]], *, jsonl: bool) -> None:
    """Print results as they come, as JSON lines or for a reader."""
    for result in results:
        if jsonl:
            click.echo(json.dumps(result, ensure_ascii=False))
        else:
            click.echo(f"{result['file']}: {result['text'] or '(no speech)'}")


def _read(file: Path) -> npt.NDArray[np.int16]:
    try:
        return read_wav(file)
    except FileNotFoundError as error:
        raise UserError(f"{file}: there is no such file. Give the path of a WAV file.") from error
    except (OSError, EOFError, ValueError, wave.Error) as error:
        why = str(error) or "it ends too early"
        raise UserError(f"{file}: not a WAV file that can be read ({why}). Give 16-bit PCM WAV.") from error


def utterances(
    detector: SpeechDetector, pcm: npt.NDArray[np.int16], longest_ms: int
) -> Iterator[npt.NDArray[np.int16]]:
    """Yield the utterances of a recording; whoever still speaks at its end falls silent there."""
    detector.reset(0)
    settings = EndpointSettings(max_utterance_ms=longest_ms - 500)
    slots = np.zeros(1, np.intp)
    pcm = np.pad(pcm, (0, -len(pcm) % WINDOW_SAMPLES))
    windows = pcm.reshape(-1, WINDOW_SAMPLES)
    recorded = (float(detector.probabilities(slots, window[None])[0]) for window in windows)
    after = itertools.repeat(0.0, settings.endpoint_ms // endpointing.WINDOW_MS + 1)
    pcm = np.pad(pcm, (0, settings.endpoint_ms * SAMPLES_PER_MS + WINDOW_SAMPLES))
    state = TurnState()
    for probability in itertools.chain(recorded, after):
        state, events = endpointing.step(state, probability, settings)
        for event in events:
            if isinstance(event, UtteranceEnded):
                yield pcm[event.start_ms * SAMPLES_PER_MS : event.end_ms * SAMPLES_PER_MS]
