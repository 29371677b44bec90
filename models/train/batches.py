"""Turns spoken sentences into training batches: augmented audio, padded as audio, as features and tokens."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from models.train.augment import Float32, NoiseBank, noise_on_a_line, speech_on_a_line
from models.train.network import MAX_FRAMES, MAX_TOKENS
from models.train.synthesise import Clips
from models.train.vocabulary import Vocabulary
from voicebot.audio.log_mel import log_mel
from voicebot.audio.resample import resample
from voicebot.vocabulary.audio_format import RECOGNISER_RATE_HZ, TELEPHONE_RATE_HZ

MAX_SAMPLES = MAX_FRAMES * TELEPHONE_RATE_HZ // 100
"""Longest clip at 8 kHz that fits the encoder's positions."""

POOL_CLIPS = 400
"""Clips that are augmented together and then sorted into batches of like length."""

EASY_STEPS, EASY_CLIP_S = 1_500, 2.2
"""With short clips at first, the network finds the alignment of sound and text in fewer steps."""

NOISE_ONLY_SHARE = 0.07
"""Clips without speech, as a part of those with speech."""

WRONG_TOKENS = 0.08
"""Share of the decoder's input replaced by any syllable: it shall listen, not complete templates."""

IGNORED = -100
"""Target of positions that carry no loss."""


@dataclass(frozen=True)
class Batch:
    """One step's input.

    ``features`` float[clips, mels, frames]; ``tokens`` and ``targets`` int[clips, length], these one ahead;
    ``ctc_targets`` int[sum of lengths], ``ctc_lengths`` int[clips], 0 for a clip without speech.
    """

    features: Tensor
    tokens: Tensor
    targets: Tensor
    ctc_targets: Tensor
    ctc_lengths: Tensor


def features_of(clips: list[Float32], samples: int, mels: int = 80) -> Tensor:
    """Clips at 8 kHz, padded with zeros to ``samples``, as the recogniser sees them.

    The result is float[clips, mels, frames] with one frame for each 80 samples.
    """
    padded = [np.pad(clip[:samples], (0, max(0, samples - len(clip)))) for clip in clips]
    wide = [resample(clip, TELEPHONE_RATE_HZ, RECOGNISER_RATE_HZ)[: 2 * samples] for clip in padded]
    return torch.from_numpy(np.stack([log_mel(clip, mels) for clip in wide]))


def text_rows(prompt: list[int], end: int, texts: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Decoder input and targets, int[texts, length], of texts given as ids: the text and ``end``."""
    length = len(prompt) + max(map(len, texts))
    tokens = torch.full((len(texts), length), end)
    targets = torch.full((len(texts), length), IGNORED)
    for row, ids in enumerate(texts):
        filled = len(prompt) + len(ids)
        tokens[row, :filled] = torch.tensor(prompt + ids)
        targets[row, len(prompt) - 1 : filled] = torch.tensor([*ids, end])
    return tokens, targets


def token_rows(vocabulary: Vocabulary, texts: list[str]) -> tuple[Tensor, Tensor, list[list[int]]]:
    """Decoder input, targets and plain ids of texts; an empty text is a clip without speech."""
    prompt = vocabulary.prompt
    ids = [vocabulary.encode(text)[: MAX_TOKENS - len(prompt) - 1] for text in texts]
    tokens, targets = text_rows(prompt, vocabulary.special("<|endoftext|>"), ids)
    for row, text_ids in enumerate(ids):
        targets[row, 0] = vocabulary.special("<|ko|>" if text_ids else "<|nospeech|>")
    return tokens, targets, ids


def of_like_length(lengths: list[int], batch_samples: int, max_clips: int) -> list[list[int]]:
    """Places in ``lengths`` (ascending) as batches of neighbours: at most so much when padded, or one."""
    batches: list[list[int]] = [[]]
    for index, length in enumerate(lengths):
        full = len(batches[-1]) >= max_clips or (len(batches[-1]) + 1) * length > batch_samples
        if full and batches[-1]:
            batches.append([])
        batches[-1].append(index)
    return batches


def mask_features(rng: np.random.Generator, features: Tensor) -> None:
    """Mild SpecAugment in place: up to two bands of at most 8 mels and two stretches of at most 80 ms.

    A longer stretch would hide a whole syllable, and teach the network to guess where it shall listen.
    """
    clips, mels, frames = features.shape
    for clip in range(clips):
        fill = features[clip].mean()
        for _ in range(int(rng.integers(0, 3))):
            width = int(rng.integers(1, 9))
            start = int(rng.integers(0, mels - width))
            features[clip, start : start + width] = fill
        for _ in range(int(rng.integers(0, 3))):
            width = int(rng.integers(1, min(9, frames // 4)))
            start = int(rng.integers(0, frames - width))
            features[clip, :, start : start + width] = fill


class BatchStream:
    """Endless batches, decided by the seeds."""

    def __init__(
        self,
        clips: Clips,
        vocabulary: Vocabulary,
        seeds: tuple[int, int, int],
        batch_s: float,
        max_clips: int,
    ) -> None:
        """``seeds``: of the run, the step it starts or resumes at, the process.

        ``batch_s``: seconds of audio in a batch, padding included; ``max_clips``: most clips of a batch.
        """
        self._clips, self._vocabulary = clips, vocabulary
        self._rng = np.random.default_rng(seeds)
        babble = [clips.clip(index) for index in range(0, len(clips), 1 + len(clips) // 500)]
        self._bank = NoiseBank(seeds[0], babble)
        self._batch_samples, self._max_clips = int(batch_s * TELEPHONE_RATE_HZ), max_clips

    def batches(self, easy: int) -> Iterator[Batch]:
        """The batches, the first ``easy`` of short clips only; 0 or less means none of those."""
        yield from itertools.islice(self._pools(self._clips, self._rng, easy=True), max(0, easy))
        yield from self._pools(self._clips, self._rng, easy=False)

    def _pools(self, clips: Clips, rng: np.random.Generator, *, easy: bool) -> Iterator[Batch]:
        """Endless batches of all clips, or of the short ones."""
        lengths = np.diff(clips.offsets)
        usable = (
            np.flatnonzero(lengths <= EASY_CLIP_S * TELEPHONE_RATE_HZ) if easy else np.arange(len(lengths))
        )
        while True:
            order = rng.permutation(usable)
            for start in range(0, len(order), POOL_CLIPS):
                waves, texts = self._pool(clips, order[start : start + POOL_CLIPS], self._bank, rng)
                for chosen in self._cut(waves, rng):
                    said = [texts[index] for index in chosen]
                    yield self._batch([waves[index] for index in chosen], said, self._vocabulary, rng)

    @staticmethod
    def _pool(
        clips: Clips, order: npt.NDArray[np.int64], bank: NoiseBank, rng: np.random.Generator
    ) -> tuple[list[Float32], list[str]]:
        """Augmented clips, some of them without speech, shortest first."""
        pairs = [
            (speech_on_a_line(rng, clips.clip(index), bank)[:MAX_SAMPLES], clips.texts[index])
            for index in order
        ]
        pairs += [(noise_on_a_line(rng, bank), "") for _ in range(int(NOISE_ONLY_SHARE * len(order)))]
        pairs.sort(key=lambda pair: len(pair[0]))
        return [wave for wave, _ in pairs], [text for _, text in pairs]

    def _cut(self, waves: list[Float32], rng: np.random.Generator) -> list[list[int]]:
        """Neighbours in length as batches, in random order."""
        batches = of_like_length([len(wave) for wave in waves], self._batch_samples, self._max_clips)
        return [batches[index] for index in rng.permutation(len(batches))]

    @staticmethod
    def _batch(
        waves: list[Float32], texts: list[str], vocabulary: Vocabulary, rng: np.random.Generator
    ) -> Batch:
        extra_s = rng.uniform(0.0, 0.2) if rng.random() < 0.9 else rng.uniform(0.2, 3.0)
        longest = max(len(wave) for wave in waves)
        samples = min(MAX_SAMPLES, (longest + int(extra_s * TELEPHONE_RATE_HZ) + 159) // 160 * 160)
        features = features_of(waves, samples)
        mask_features(rng, features)
        tokens, targets, ids = token_rows(vocabulary, texts)
        wrong = torch.from_numpy(rng.random(tuple(tokens.shape)) < WRONG_TOKENS)
        wrong[:, : len(vocabulary.prompt)] = False
        tokens = torch.where(
            wrong, torch.from_numpy(rng.integers(1, vocabulary.pieces, tuple(tokens.shape))), tokens
        )
        return Batch(
            features,
            tokens,
            targets,
            ctc_targets=torch.tensor([token for row in ids for token in row]),
            ctc_lengths=torch.tensor([len(row) for row in ids]),
        )
