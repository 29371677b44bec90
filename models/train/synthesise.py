"""Speaks sentences at 8 kHz with espeak-ng: libespeak-ng through ctypes, one process per core."""

from __future__ import annotations

import ctypes
import itertools
import json
import multiprocessing
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.train.sentences import corpus
from voicebot.audio.resample import resample
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

TRAIN_VARIANTS = (
    "", "", "", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5",
    "+klatt", "+klatt2", "+klatt3", "+klatt4", "+croak", "+steph", "+Alicia", "+Denis", "+Mario",
)  # fmt: skip
UNSEEN_VARIANTS = ("+Annie", "+Gene", "+Linda", "+Michael")
"""Voices kept for the evaluation."""

MAX_CLIP_S, MIN_CLIP_S = 8.2, 0.12
"""Longer speech would not fit the network's input with the silence around it; shorter is no word."""
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER of speak_lib.h
_SYNCHRONOUS, _UTF8 = 2, 1  # AUDIO_OUTPUT_SYNCHRONOUS and espeakCHARS_UTF8 of speak_lib.h


@dataclass(frozen=True)
class Clips:
    """Spoken sentences: ``samples[offsets[i]:offsets[i + 1]]``, int16 at 8 kHz, says ``texts[i]``."""

    samples: npt.NDArray[np.int16]
    offsets: npt.NDArray[np.int64]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def clip(self, index: int) -> npt.NDArray[np.int16]:
        """The samples of one clip, not copied."""
        return self.samples[self.offsets[index] : self.offsets[index + 1]]

    def save(self, folder: Path) -> None:
        """Writes samples.npy, offsets.npy, and last texts.json: a folder that has it is complete."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "samples.npy", self.samples)
        np.save(folder / "offsets.npy", self.offsets)
        (folder / "texts.json").write_text(json.dumps(self.texts, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Clips:
        """Opens what `save` wrote; the samples are mapped, so that several processes share one copy."""
        texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
        return cls(
            np.load(folder / "samples.npy", mmap_mode="r"), np.load(folder / "offsets.npy"), tuple(texts)
        )


class Espeak:
    """libespeak-ng in this process. It keeps global state: one instance per process, one thread."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate_hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, 0)
        if self.rate_hz <= 0:
            raise RuntimeError("libespeak-ng found no voice data: install the package espeak-ng-data")
        self._pieces: list[bytes] = []
        callback_type = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
        )
        self._callback = callback_type(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def _collect(self, wave: ctypes._Pointer[ctypes.c_short], count: int, _events: object) -> int:
        if count > 0:
            self._pieces.append(ctypes.string_at(wave, 2 * count))
        return 0

    def speak(
        self, text: str, *, voice: str, words_per_minute: int, pitch: int, pitch_range: int
    ) -> npt.NDArray[np.int16]:
        """Samples of ``text`` at `rate_hz`; ``pitch`` and ``pitch_range`` are espeak's 0..99."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice}")
        for parameter, value in ((_RATE, words_per_minute), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._pieces.clear()
        encoded = text.encode()
        if self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None) != 0:
            raise RuntimeError(f"espeak-ng could not speak {text!r}")
        return np.frombuffer(b"".join(self._pieces), dtype="<i2")


_espeak: Espeak | None = None


def speak_one(job: tuple[str, int, tuple[str, ...]]) -> npt.NDArray[np.int16]:
    """Speaks one (text, seed, voice variants) at 8 kHz.

    Silence is trimmed, the peak is 12000; the array is empty if the clip is too short or too long.
    """
    global _espeak  # noqa: PLW0603 - the library itself is one per process
    if _espeak is None:
        _espeak = Espeak()
    text, seed, variants = job
    rng = random.Random(seed)
    spoken = _espeak.speak(
        text, voice="ko" + rng.choice(variants), words_per_minute=round(rng.triangular(115, 235, 165)),
        pitch=rng.randint(10, 90), pitch_range=rng.choice((50, 50, rng.randint(15, 90))),
    )  # fmt: skip
    samples = resample(spoken.astype(np.float32), _espeak.rate_hz, TELEPHONE_RATE_HZ, quality="MQ")
    loud = np.flatnonzero(np.abs(samples) > 60.0)
    if len(loud) == 0:
        return np.zeros(0, dtype=np.int16)
    samples = samples[max(0, loud[0] - 160) : loud[-1] + 320]
    if not MIN_CLIP_S * TELEPHONE_RATE_HZ <= len(samples) <= MAX_CLIP_S * TELEPHONE_RATE_HZ:
        return np.zeros(0, dtype=np.int16)
    return (samples * (12_000.0 / np.abs(samples).max())).astype(np.int16)


def speak_all(
    texts: Sequence[str], seed: int, variants: tuple[str, ...] = TRAIN_VARIANTS, processes: int = 2
) -> Clips:
    """Speaks every text with its own voice, speed and pitch, drawn from ``seed`` and its position."""
    jobs = [(text, seed * 10_000_019 + index, variants) for index, text in enumerate(texts)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        spoken = pool.map(speak_one, jobs, chunksize=64)
    kept = [(text, clip) for text, clip in zip(texts, spoken, strict=True) if len(clip)]
    offsets = np.concatenate([[0], np.cumsum([len(clip) for _, clip in kept])]).astype(np.int64)
    return Clips(np.concatenate([clip for _, clip in kept]), offsets, tuple(text for text, _ in kept))


def sentences_and_speech(
    split: corpus.Split,
    count: int,
    seed: int,
    *,
    unseen_voices: bool = False,
    only_open: bool = False,
    processes: int = 2,
) -> Clips:
    """``count`` sentences of a split, drawn and spoken; ``only_open`` leaves the closed answers out."""
    draw = corpus.open_sentences if only_open else corpus.sentences
    texts = list(itertools.islice(draw(split, seed), count))
    return speak_all(texts, seed, UNSEEN_VARIANTS if unseen_voices else TRAIN_VARIANTS, processes)


def training_speech(count: int, seed: int, processes: int = 2) -> Clips:
    """``count`` sentences for training, drawn and spoken."""
    texts = list(itertools.islice(corpus.training_sentences(seed), count))
    return speak_all(texts, seed, processes=processes)
