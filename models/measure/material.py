"""What the measurements hear: sentences held out from training, spoken, on a telephone line, with noise.

Needs espeak-ng and the training code in ``models/train`` of the checkout, whose split it honours: no
sentence and no noise seed used here occurs in training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.train import augment
from models.train.synthesise import TRAIN_VARIANTS, sentences_and_speech, speak_one
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS, TELEPHONE_RATE_HZ

SEED = 11_907
"""Far from the seeds of training."""
Pcm = npt.NDArray[np.int16]
Wave = npt.NDArray[np.float32]
_SCALE = 32_768.0  # full scale of 16-bit samples
NOISES = ("silence", "cough", *dict.fromkeys(augment.WITHOUT_SPEECH))
"""Kinds of sound without speech; ``line_tone`` is ring-back, busy and dial tone."""
OTHERS_TALK = "babble"
"""Four to seven voices at once: no words for us, but speech all the same."""


@dataclass(frozen=True)
class Material:
    """Held-out sentences with their audio at 8 kHz, trimmed, and a store of noises."""

    texts: tuple[str, ...]
    clips: tuple[Pcm, ...]
    bank: augment.NoiseBank

    def on_the_line(self, index: int, snr_db: float | None, rng: np.random.Generator) -> Pcm:
        """Return one sentence with 0.3 s before and after it; ``snr_db`` None is a clean line."""
        clip = self.clips[index]
        return on_the_line(padded(clip, 300, 300), snr_db, rng, self.bank, power(clip))


def held_out(count: int) -> Material:
    """Speak ``count`` sentences of the test split."""
    spoken = sentences_and_speech("test", count, SEED, only_open=True)
    clips = tuple(spoken.clip(index) for index in range(len(spoken)))
    return Material(spoken.texts, clips, augment.NoiseBank(SEED, list(clips[:100]), per_kind=3))


def speak(text: str, seed: int) -> Pcm:
    """Speak one text; the same seed is the same voice, speed and pitch."""
    return speak_one((text, seed, TRAIN_VARIANTS))


def padded(clip: Pcm, before_ms: int, after_ms: int) -> Pcm:
    """Put silence around a clip."""
    return np.pad(clip, (before_ms * SAMPLES_PER_MS, after_ms * SAMPLES_PER_MS))


def power(clip: Pcm) -> float:
    """Return the mean power of a clip, of full scale."""
    return float(np.mean((clip.astype(np.float32) / _SCALE) ** 2))


def on_the_line(
    pcm: Pcm,
    snr_db: float | None,
    rng: np.random.Generator,
    bank: augment.NoiseBank,
    speech_power: float,
) -> Pcm:
    """Put a track through A-law; with noise, also through the band of a telephone."""
    wave = pcm.astype(np.float32) / np.float32(_SCALE)
    if snr_db is not None:
        noise = bank.mixture(rng, augment.BEHIND_SPEECH, len(wave))
        wave = augment.telephone_band(augment.at_snr(wave, noise, snr_db, speech_power))
    return as_pcm(augment.companded(wave, "a"))


def on_a_clean_line(pcm: Pcm) -> Pcm:
    """Put a track through A-law and nothing else."""
    return as_pcm(augment.companded(pcm.astype(np.float32) / np.float32(_SCALE), "a"))


def noises(count: int, rng: np.random.Generator, bank: augment.NoiseBank) -> list[Pcm]:
    """Return clips without speech: silence, noise, tones, keys, music, breath, sirens."""
    return [as_pcm(augment.noise_on_a_line(rng, bank)) for _ in range(count)]


def noises_of(kind: str, count: int, rng: np.random.Generator, bank: augment.NoiseBank) -> list[Pcm]:
    """Return clips of one of `NOISES`, 0.5 to 5 s long, at -55 to -12 dB of full scale, on a line."""
    if kind == "silence":
        return [np.zeros(int(rng.uniform(0.5, 5.0) * TELEPHONE_RATE_HZ), np.int16) for _ in range(count)]
    if kind == "cough":
        return coughs(count, rng)
    made = []
    for _ in range(count):
        wave = bank.cut(rng, kind, int(rng.uniform(0.5, 5.0) * TELEPHONE_RATE_HZ))
        level = np.float32(10.0 ** (rng.uniform(-55.0, -12.0) / 20.0))
        made.append(as_pcm(augment.companded(wave * level, "a")))
    return made


def coughs(count: int, rng: np.random.Generator) -> list[Pcm]:
    """Return coughs: two or three bursts of noise that fall off quickly."""
    made = []
    for _ in range(count):
        bursts = []
        for _ in range(int(rng.integers(1, 4))):
            length = int(rng.uniform(0.12, 0.32) * TELEPHONE_RATE_HZ)
            fall = np.exp(-np.arange(length) / (0.25 * length)).astype(np.float32)
            level = np.float32(rng.uniform(0.03, 0.2))
            bursts += [augment.coloured_noise(rng, length, 0.6) * fall * level]
            bursts += [np.zeros(int(rng.uniform(0.05, 0.25) * TELEPHONE_RATE_HZ), np.float32)]
        made.append(as_pcm(augment.companded(augment.telephone_band(np.concatenate(bursts)), "a")))
    return made


def as_pcm(wave: Wave) -> Pcm:
    """Turn a wave of -1..1 into samples."""
    pcm: Pcm = np.clip(wave * _SCALE, -32_768, 32_767).astype(np.int16)
    return pcm
