"""From recordings to batches: telephone lines at random, windows at random, features and tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from models.adapt.prompt import Prompt, Window
from models.adapt.recordings import Recording, as_called, samples_of
from models.train.augment import (
    Float32,
    NoiseBank,
    noise_on_a_line,
    speech_on_a_line,
)
from models.train.batches import (
    NOISE_ONLY_SHARE,
    POOL_CLIPS,
    features_of,
    mask_features,
    of_like_length,
    text_rows,
)
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

PADDING_S = (0.0, 3.0)
"""Silence after the longest clip of a training batch: from none, as the bundled model is used, to what a
model prepared for the telephone gets (`voicebot.speech_models.prepare`)."""
WHOLE_WINDOWS = 0.1
"""Share of the batches with the whole window, for models that are used with it: so they keep it. Chosen; a
batch with it costs up to ten times another."""
_BANK_CLIPS, _BANK_EACH = 60, 4
"""Recordings that the murmur of voices is mixed from, and noises of each kind: eleven kinds of ten seconds,
cut at random places; made in 0.3 s."""
_MOST_CLIPS = 64
"""Clips in a batch; a limit for very short ones only, whose tokens would outweigh their audio."""
_LONGEST_SHARE = 0.8
"""Of the window: a clip is slowed by up to a tenth and gets up to 1.8 s of silence (`speech_on_a_line`)."""
_SHORTEST_S = 0.1
"""Less holds no syllable; an empty file is not rare among recordings of calls."""
_FRAME_SAMPLES = TELEPHONE_RATE_HZ // 100


@dataclass(frozen=True)
class Batch:
    """``features`` float[clips, mels, frames]; ``tokens``, ``targets`` int[clips, length], these one ahead.

    No target stands where the model says language and speech or none: adapting shall leave both alone.
    """

    features: Tensor
    tokens: Tensor
    targets: Tensor


@dataclass(frozen=True)
class Feed:
    """How recordings become input of one model."""

    prompt: Prompt
    window: Window
    mels: int
    batch_s: float
    """Most seconds of audio in a batch, without its windows' padding."""
    augmented: bool = True
    """Whether training speech goes through a simulated line; else it is heard as it was recorded."""

    def training(self, recordings: Sequence[Recording], seeds: tuple[int, ...]) -> Iterator[Batch]:
        """Yield batches without end, decided by the seeds; audio is read when its turn comes."""
        rng = np.random.default_rng(seeds)
        bank = self._bank(recordings, seeds[0]) if self.augmented else None
        while True:
            order = rng.permutation(len(recordings))
            for start in range(0, len(order), POOL_CLIPS):
                chosen = [recordings[index] for index in order[start : start + POOL_CLIPS]]
                pool = [(self._line(rng, each, bank), each.text) for each in chosen]
                if bank is not None:
                    noises = int(NOISE_ONLY_SHARE * len(chosen) + rng.random())
                    pool += [(noise_on_a_line(rng, bank), "") for _ in range(noises)]
                batches = self._cut(pool)
                for index in rng.permutation(len(batches)):
                    yield self._training_batch(batches[index], rng)

    def held_out(self, recordings: Sequence[Recording]) -> list[Batch]:
        """Return all recordings once, through A-law, in the window that the recogniser gives them."""
        pool = [(_telephone(each), each.text) for each in recordings]
        return [self._batch(pairs, self.window.padding_s) for pairs in self._cut(pool)]

    def _bank(self, recordings: Sequence[Recording], seed: int) -> NoiseBank:
        voices = recordings[:: 1 + len(recordings) // _BANK_CLIPS]
        return NoiseBank(seed, [samples_of(each) for each in voices], _BANK_EACH)

    def _line(self, rng: np.random.Generator, recording: Recording, bank: NoiseBank | None) -> Float32:
        return _telephone(recording) if bank is None else speech_on_a_line(rng, samples_of(recording), bank)

    def _cut(self, pool: list[tuple[Float32, str]]) -> list[list[tuple[Float32, str]]]:
        pool.sort(key=lambda pair: len(pair[0]))
        lengths = [len(wave) for wave, _ in pool]
        batches = of_like_length(lengths, int(self.batch_s * TELEPHONE_RATE_HZ), _MOST_CLIPS)
        return [[pool[index] for index in batch] for batch in batches]

    def _training_batch(self, pairs: list[tuple[Float32, str]], rng: np.random.Generator) -> Batch:
        whole = self.window.padding_s is None and rng.random() < WHOLE_WINDOWS
        batch = self._batch(pairs, None if whole else rng.uniform(*PADDING_S))
        if self.augmented:
            mask_features(rng, batch.features)
        return batch

    def _batch(self, pairs: list[tuple[Float32, str]], padding_s: float | None) -> Batch:
        longest_s = max(len(wave) for wave, _ in pairs) / TELEPHONE_RATE_HZ
        samples = self.window.frames(longest_s, padding_s) * _FRAME_SAMPLES
        tokens, targets = text_rows(
            self.prompt.start, self.prompt.end, [self.prompt.ids(text) for _, text in pairs]
        )
        return Batch(features_of([wave for wave, _ in pairs], samples, self.mels), tokens, targets)


def _telephone(recording: Recording) -> Float32:
    return as_called(recording).astype(np.float32) / np.float32(32_768)


def usable(
    recordings: Sequence[Recording], prompt: Prompt, window: Window, most_tokens: int
) -> list[Recording]:
    """Return those that fit the model: its window even when slowed, its positions with their text."""
    longest_s = _LONGEST_SHARE * window.longest / 100
    return [
        each
        for each in recordings
        if _SHORTEST_S <= each.seconds <= longest_s
        and len(prompt.start) + len(prompt.ids(each.text)) < most_tokens
    ]
