"""Speech to text with any CTranslate2 Whisper directory.

The bundled model (SentencePiece, variable length) and stock ones (``tokenizer.json``, 80 or 128 mels, a
padded 30 s window) go through the same code; ``preprocessor_config.json`` says which they are. Prompt:
the Whisper start sequence with language, task and no timestamps, before it hotwords if there are any; no
previous text, which invites inventions.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import ctranslate2
import numpy as np
import numpy.typing as npt
import torch

from voicebot.audio.log_mel import HOP_SAMPLES, log_mel
from voicebot.audio.resample import telephone_to_recogniser
from voicebot.errors import ModelError, SpeechFailed
from voicebot.speech.cpu_features import use_wide_vectors
from voicebot.speech.decoding import read_decoding
from voicebot.speech.model_directory import (
    read_plausibility,
    read_preprocessor,
    read_vocabulary,
    start_of_prompt,
)
from voicebot.speech.plausibility import (
    Plausibility,
    most_tokens,
    repeats,
    silent,
    too_short,
    usual_tokens,
)
from voicebot.speech.tokens import Tokens, load_tokens
from voicebot.speech.torch_threads import use_one_thread
from voicebot.vocabulary.audio_format import RECOGNISER_RATE_HZ, SAMPLES_PER_MS, TELEPHONE_RATE_HZ

_LONGEST_TEXT_TOKENS = 200
"""Below the 224 of stock Whisper (half of its 448 places of text; the other half is for the prompt)."""
_LONGEST_HOTWORDS_TOKENS = 223
"""What stock Whisper keeps of a prompt: half of its 448 places of text, less ``<|startofprev|>``."""
_SYLLABLE_VOCABULARY = 4096
"""Up to here a token is a syllable; larger vocabularies spell rare syllables with several."""
_SCORED_AT_ONCE = 8
"""Texts per call of `align`. Chosen: each takes a copy of the clip's encoding in memory; not measured."""

Pcm = npt.NDArray[np.int16]


class _Search(NamedTuple):
    """How CTranslate2 looks for the best text."""

    beams: int
    patience: float
    length_penalty: float
    """The power of its length by which a text's log probability is divided; with 0 it ends soonest."""


_DRAFT = _Search(2, 1.0, 0.0)
"""A whole utterance is the record; a draft is only looked at for urgent words: docs/decisions/0025."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word and how sure the recogniser is of it, 0 to 1: the probability of its worst token, calibrated."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood; ``text`` is empty when nothing was said."""

    text: str
    avg_logprob: float
    """Mean natural log probability per token, 0 is certain."""
    no_speech_prob: float
    """Probability that there is no speech at all, 0 to 1."""
    words: tuple[Word, ...] = ()
    calibrated: float | None = None
    """The share of its syllables that is probably right, 0 to 1; None where the model is not calibrated."""

    @property
    def confidence(self) -> float:
        """How sure the recogniser is, 0 to 1: ``calibrated``, or else the mean probability per token."""
        return math.exp(min(0.0, self.avg_logprob)) if self.calibrated is None else self.calibrated


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """What a model's encoder made of a batch of clips; of silent ones it makes nothing."""

    durations_s: tuple[float, ...]
    rows: tuple[int | None, ...]
    """For each clip its place in ``audio``; None when it was silent."""
    audio: Any
    """CTranslate2's view of [spoken clips, steps, width]; None when all clips were silent."""
    frames: int


class Recogniser:
    """A loaded model. What it does blocks, releases the GIL, is thread-safe and may raise `SpeechFailed`.

    ``guards`` None takes those of the model's ``preprocessor_config.json``, or else stock Whisper's.
    ``hotwords`` are told to models that know ``<|startofprev|>`` as words to expect; others ignore them.
    """

    def __init__(
        self,
        directory: Path,
        *,
        device: str = "cpu",
        compute_type: str = "default",
        language: str = "ko",
        hotwords: str = "",
        guards: Plausibility | None = None,
    ) -> None:
        self.directory = directory
        preprocessor = read_preprocessor(directory)
        self._guards = guards or read_plausibility(directory, preprocessor)
        vocabulary = read_vocabulary(directory)
        self._decoding = read_decoding(str(directory / "preprocessor_config.json"), preprocessor)
        self._whole = _Search(self._decoding.beam_size, self._decoding.patience, 1.0)
        self._variable_length = bool(preprocessor.get("variable_length", False))
        self._max_frames = int(preprocessor.get("nb_max_frames", 3000))
        self._tokens: Tokens = load_tokens(directory, vocabulary)
        self._by_syllable = len(vocabulary) <= _SYLLABLE_VOCABULARY
        ids = {token: index for index, token in enumerate(vocabulary)}
        self._start = start_of_prompt(directory, ids, language)
        self._prompt = self._hotwords(ids, hotwords) + self._start
        use_wide_vectors()
        kind, _, card = device.partition(":")
        short = self._variable_length or self._decoding.window_padding_ms is not None
        small = short and kind == "cpu"
        self.workers = min(2, os.cpu_count() or 1) if small else 1
        """How many batches may be decoded at once: small models gain nothing from more threads for each."""
        try:
            self._model: Any = ctranslate2.models.Whisper(
                str(directory),
                device=kind,
                device_index=int(card or 0),
                compute_type=compute_type,
                inter_threads=self.workers,
                intra_threads=1 if small else max(1, (os.cpu_count() or 2) // 2),
                max_queued_batches=-1,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"{directory}: the speech model does not load ({error}). "
                "Give a CTranslate2 Whisper directory as speech.model and check speech.device."
            ) from error
        self._mels = int(self._model.n_mels)

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

    def transcribe(self, clips: Sequence[Pcm]) -> list[Transcript]:
        """Hear a batch of 8 kHz clips, each at most `longest_ms`."""
        return self.decoded(self.encoded(clips))

    def transcribe_all(self, clips: Sequence[Pcm]) -> list[Transcript]:
        """Hear any number of clips, those of like length together; the results are in order."""
        order = sorted(range(len(clips)), key=lambda index: len(clips[index]))
        heard: dict[int, Transcript] = {}
        for _, alike in itertools.groupby(order, key=lambda index: self.padded(len(clips[index]))):
            while batch := list(itertools.islice(alike, self.best_batch)):
                heard.update(zip(batch, self.transcribe([clips[index] for index in batch]), strict=True))
        return [heard[index] for index in range(len(clips))]

    def draft(self, clips: Sequence[Pcm]) -> list[Transcript]:
        """Hear a batch of clips at a third less cost: a narrower search, no confidence per word."""
        return self.decoded(self.encoded(clips), draft=True)

    def encoded(self, clips: Sequence[Pcm]) -> Encoded:
        """Do what is common to all that can be asked about a batch of clips."""
        spoken = [clip for clip in clips if not silent(int(np.abs(clip.astype(np.int32)).max(initial=0)))]
        places = iter(range(len(spoken)))
        heard = {id(clip) for clip in spoken}
        rows = tuple(next(places) if id(clip) in heard else None for clip in clips)
        durations_s = tuple(len(clip) / TELEPHONE_RATE_HZ for clip in clips)
        if not spoken:
            return Encoded(durations_s, rows, None, 0)
        features = self._stacked(spoken)
        try:
            audio = self._model.encode(_view(features))
        except (RuntimeError, ValueError) as error:
            raise SpeechFailed(f"the speech model failed to encode {len(spoken)} clips: {error}") from error
        return Encoded(durations_s, rows, audio, features.shape[2])

    def decoded(self, encoded: Encoded, *, draft: bool = False) -> list[Transcript]:
        """Return what the clips say; of a ``draft`` without words and with more mistakes."""
        spoken_s = [
            duration_s
            for duration_s, row in zip(encoded.durations_s, encoded.rows, strict=True)
            if row is not None
        ]
        heard = self._decoded(encoded, spoken_s, _DRAFT if draft else self._whole) if spoken_s else []
        return [Transcript("", 0.0, 1.0) if row is None else heard[row] for row in encoded.rows]

    def scores(self, encoded: Encoded, clip: int, texts: Sequence[str]) -> list[float]:
        """Return how likely clip number ``clip`` says each text: log probability of the whole text.

        Of a silent clip all texts are equally unlikely.
        """
        row = encoded.rows[clip]
        if row is None:
            return [-math.inf] * len(texts)
        tokens = [self._tokens.encode(text) for text in texts]
        try:
            one = np.asarray(encoded.audio.to_device(ctranslate2.Device.cpu))[row : row + 1]
            probabilities: list[list[float]] = []
            for first in range(0, len(tokens), _SCORED_AT_ONCE):
                few = tokens[first : first + _SCORED_AT_ONCE]
                probabilities += self._aligned(_view(np.repeat(one, len(few), axis=0)), few, encoded.frames)
        except (RuntimeError, ValueError) as error:
            raise SpeechFailed(f"the speech model failed to score {len(texts)} texts: {error}") from error
        return [sum(map(_log, each)) for each in probabilities]

    def _decoded(self, encoded: Encoded, durations_s: Sequence[float], search: _Search) -> list[Transcript]:
        try:
            results = self._searched(encoded.audio, durations_s, search)
            sequences = [result.sequences_ids[0] for result in results]
            probabilities = (
                [[]] * len(results)
                if search is _DRAFT
                else self._aligned(encoded.audio, sequences, encoded.frames)
            )
        except (RuntimeError, ValueError) as error:
            raise SpeechFailed(f"the speech model failed on {len(durations_s)} clips: {error}") from error
        logprobs = [
            float(result.scores[0]) * len(sequence) ** search.length_penalty
            for result, sequence in zip(results, sequences, strict=True)
        ]
        every = zip(results, logprobs, probabilities, durations_s, strict=True)
        return [self._transcript(*each) for each in every]

    def _searched(self, audio: Any, durations_s: Sequence[float], search: _Search) -> list[Any]:
        """Return CTranslate2's results, of texts that seem too short for their time also without the guard.

        The guard takes from callers what they really repeat; without it a model with a short window says
        whole sentences twice. What was said slowly enough for the repetition is believed to be repeated.
        """
        decoding = self._decoding
        most = self._most_tokens(max(durations_s))
        if not decoding.is_guarded:
            return self._generated(audio, search, most)
        results = self._generated(
            audio,
            search,
            most,
            repetition_penalty=decoding.repetition_penalty,
            no_repeat_ngram_size=decoding.no_repeat_ngram_size,
        )
        texts = [self._tokens.text(result.sequences_ids[0]) for result in results]
        few = [row for row, text in enumerate(texts) if text and too_short(text, durations_s[row])]
        if few:
            usual = usual_tokens(max(durations_s[row] for row in few))
            rows = np.asarray(audio.to_device(ctranslate2.Device.cpu))[few]
            for row, result in zip(few, self._generated(_view(rows), search, usual), strict=True):
                ids = result.sequences_ids[0]
                if len(ids) < usual and repeats(self._tokens.text(ids)):
                    results[row] = result
        return results

    def _generated(self, audio: Any, search: _Search, most_tokens: int, **guard: float) -> list[Any]:
        results: list[Any] = self._model.generate(
            audio,
            [self._prompt] * audio.shape[0],
            beam_size=search.beams,
            patience=search.patience,
            length_penalty=search.length_penalty,
            max_length=2 * (most_tokens + len(self._prompt)),
            return_scores=True,
            return_no_speech_prob=True,
            **guard,
        )
        return results

    def _most_tokens(self, duration_s: float) -> int:
        """Return how many tokens speech may have."""
        per_s = self._decoding.tokens_per_second
        if per_s is None:
            most = most_tokens(duration_s) * (1 if self._by_syllable else 2)
        else:
            most = most_tokens(duration_s, per_s)
        return min(_LONGEST_TEXT_TOKENS, most)

    def _aligned(self, audio: Any, sequences: list[list[int]], frames: int) -> list[list[float]]:
        """Return the probability of each token of the texts, one for each row of ``audio``."""
        if not all(sequences):  # `align` takes no empty text: let a blank stand for it
            blank = self._tokens.encode(" .") or [0]
            sequences = [sequence or blank for sequence in sequences]
        aligned = self._model.align(
            audio, self._start[:-1], sequences, [frames] * len(sequences), median_filter_width=1
        )
        return [list(map(float, result.text_token_probs)) for result in aligned]

    def _hotwords(self, ids: dict[str, int], hotwords: str) -> list[int]:
        if not hotwords or "<|startofprev|>" not in ids:
            return []
        return [ids["<|startofprev|>"], *self._tokens.encode(f" {hotwords}")[:_LONGEST_HOTWORDS_TOKENS]]

    def _frames(self, longest_samples: int) -> int:
        padding_ms = self._decoding.window_padding_ms
        if padding_ms is None and not self._variable_length:
            return self._max_frames
        longest_samples += (padding_ms or 0) * SAMPLES_PER_MS
        frames = math.ceil(longest_samples * (RECOGNISER_RATE_HZ // TELEPHONE_RATE_HZ) / HOP_SAMPLES)
        frames = min(self._max_frames, max(50, math.ceil(frames / 10) * 10))
        # An encoding with as many steps as there are mels would be taken for raw features (CTranslate2).
        return frames + 10 if frames == 2 * self._mels else frames

    def _stacked(self, clips: Sequence[Pcm]) -> npt.NDArray[np.float32]:
        frames = self._frames(max(len(clip) for clip in clips))
        return np.stack([self._features(clip, frames) for clip in clips])

    def _features(self, clip: Pcm, frames: int) -> npt.NDArray[np.float32]:
        samples = np.zeros(frames * HOP_SAMPLES, np.float32)
        speech = telephone_to_recogniser(clip)[: len(samples)]
        samples[: len(speech)] = speech
        return log_mel(samples, self._mels, rfft=_rfft)

    def _transcript(
        self, result: Any, logprob: float, probabilities: list[float], duration_s: float
    ) -> Transcript:
        ids: list[int] = result.sequences_ids[0]
        no_speech = float(result.no_speech_prob)
        if not ids or len(ids) >= self._most_tokens(duration_s):  # nothing, or without an end
            return Transcript("", 0.0, no_speech)
        avg_logprob = logprob / (len(ids) + 1)
        text = self._guards.checked(self._tokens.text(ids), duration_s, avg_logprob, no_speech)
        calibration = self._decoding.confidence
        words = self._tokens.words(ids) if text and probabilities else ()
        return Transcript(
            text,
            avg_logprob,
            no_speech,
            tuple(
                Word(word, round(calibration.word.probability(min(probabilities[place], default=0.0)), 3))
                for word, place in words
            ),
            calibration.text.probability(math.exp(min(0.0, avg_logprob))),
        )


def _view(array: npt.NDArray[np.float32]) -> Any:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(array))


def _rfft(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.complex64]:
    """Do what numpy's does, five times as fast."""
    use_one_thread()
    spectrum: npt.NDArray[np.complex64] = torch.fft.rfft(torch.from_numpy(frames)).numpy()
    return spectrum


def _log(probability: float) -> float:
    return math.log(max(probability, 1e-10))
