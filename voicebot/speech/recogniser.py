"""Speech to text with any CTranslate2 Whisper directory.

The bundled model (SentencePiece, variable length) and stock ones (``tokenizer.json``, a padded 30 s
window) go through the same code; ``preprocessor_config.json`` says which they are. Prompt: the Whisper
start sequence with language, task and no timestamps; no previous text, which invites inventions.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import numpy.typing as npt

from voicebot.audio.log_mel import HOP_SAMPLES, log_mel
from voicebot.audio.resample import telephone_to_recogniser
from voicebot.errors import ModelError, SpeechFailed
from voicebot.speech.tokens import Detokeniser, load_detokeniser

SAMPLE_RATE_HZ = 8000
_MODEL_RATE_HZ = 16000
_LONGEST_TEXT_TOKENS = 200
_BEAMS = 5
"""Whisper's own default; rare place names are lost to frequent ones with fewer."""
_SYLLABLES_PER_S = 12
"""No Korean speaker is faster; a longer text for so little speech was invented."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood; ``text`` is empty when nothing was said."""

    text: str
    avg_logprob: float
    """Mean natural log probability per token, 0 is certain."""
    no_speech_prob: float
    """Probability that there is no speech at all, 0 to 1."""

    @property
    def confidence(self) -> float:
        """Mean probability per token, 0 to 1."""
        return math.exp(min(0.0, self.avg_logprob))


@dataclass(frozen=True, slots=True)
class Guards:
    """When a text is not believed (thresholds of openai/whisper's ``transcribe``)."""

    no_speech_prob: float = 0.6
    avg_logprob: float = -1.0
    repeated_ngram: int = 4


class Recogniser:
    """A loaded model. `transcribe` blocks, releases the GIL and may be called from several threads."""

    def __init__(
        self,
        directory: Path,
        *,
        device: str = "cpu",
        compute_type: str = "default",
        guards: Guards | None = None,
    ) -> None:
        self.directory = directory
        self._guards = guards or Guards()
        preprocessor = _read_json(directory, "preprocessor_config.json")
        vocabulary: list[str] = _read_json(directory, "vocabulary.json")
        self._mels = int(preprocessor.get("feature_size", 80))
        self._variable_length = bool(preprocessor.get("variable_length", False))
        self._max_frames = int(preprocessor.get("nb_max_frames", 3000))
        self._detokenise: Detokeniser = load_detokeniser(directory)
        ids = {token: index for index, token in enumerate(vocabulary)}
        self._prompt = _prompt(directory, ids)
        try:
            self._model: Any = ctranslate2.models.Whisper(
                str(directory),
                device=device,
                compute_type=compute_type,
                inter_threads=1,
                intra_threads=1 if self._variable_length else max(1, (os.cpu_count() or 2) // 2),
                max_queued_batches=-1,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"{directory}: the speech model does not load ({error}). "
                "Give a CTranslate2 Whisper directory as speech.model and check speech.device."
            ) from error

    @property
    def longest_ms(self) -> int:
        """The longest clip that the model takes."""
        return self._max_frames * 10

    @property
    def best_batch(self) -> int:
        """Clips that are best decoded together: on a processor more than 4 gain nothing."""
        return 4 if self._model.device == "cpu" else 16

    def padded(self, samples: int) -> int:
        """Return a number that is the same for clips that are padded to about the same length."""
        return math.ceil(self._frames(samples) / 100)

    def transcribe(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode a batch of 8 kHz clips, each at most `longest_ms`; raises `SpeechFailed`."""
        if not clips:
            return []
        frames = self._frames(max(len(clip) for clip in clips))
        features = np.stack([self._features(clip, frames) for clip in clips])
        longest_s = max(len(clip) for clip in clips) / SAMPLE_RATE_HZ
        tokens = min(_LONGEST_TEXT_TOKENS, 6 + int(_SYLLABLES_PER_S * longest_s))
        try:
            results = self._model.generate(
                ctranslate2.StorageView.from_array(features),
                [self._prompt] * len(clips),
                beam_size=_BEAMS,
                max_length=2 * tokens,
                no_repeat_ngram_size=self._guards.repeated_ngram,
                return_scores=True,
                return_no_speech_prob=True,
            )
        except (RuntimeError, ValueError) as error:
            raise SpeechFailed(f"the speech model failed on {len(clips)} clips: {error}") from error
        return [self._transcript(result) for result in results]

    def _frames(self, longest_samples: int) -> int:
        if not self._variable_length:
            return self._max_frames
        frames = math.ceil(longest_samples * (_MODEL_RATE_HZ // SAMPLE_RATE_HZ) / HOP_SAMPLES)
        return min(self._max_frames, max(50, math.ceil(frames / 10) * 10))

    def _features(self, clip: npt.NDArray[np.int16], frames: int) -> npt.NDArray[np.float32]:
        samples = np.zeros(frames * HOP_SAMPLES, np.float32)
        speech = telephone_to_recogniser(clip)[: len(samples)]
        samples[: len(speech)] = speech
        return log_mel(samples, self._mels)

    def _transcript(self, result: Any) -> Transcript:
        ids: list[int] = result.sequences_ids[0]
        count = len(ids) + 1
        avg_logprob = float(result.scores[0]) * len(ids) / count if ids else float(result.scores[0])
        text = self._detokenise(ids)
        no_speech = float(result.no_speech_prob)
        invented = no_speech > self._guards.no_speech_prob and avg_logprob < self._guards.avg_logprob
        return Transcript("" if invented else text, avg_logprob, no_speech)


def _prompt(directory: Path, ids: dict[str, int]) -> list[int]:
    names = ["<|startoftranscript|>", "<|ko|>", "<|transcribe|>", "<|notimestamps|>"]
    missing = [name for name in (names[0], names[3]) if name not in ids]
    if missing:
        raise ModelError(
            f"{directory}: vocabulary.json lacks {', '.join(missing)}, so this is no Whisper model. "
            "Convert one with ct2-transformers-converter."
        )
    return [ids[name] for name in names if name in ids]


def _read_json(directory: Path, name: str) -> Any:
    path = directory / name
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: there is no such file, so {directory} is not a complete CTranslate2 Whisper "
            "directory. Give one as speech.model; ct2-transformers-converter makes it "
            "(--copy_files tokenizer.json preprocessor_config.json)."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}). Copy the model again.") from error
