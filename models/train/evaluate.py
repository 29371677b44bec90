"""Measures an exported model as it is used: CTranslate2, int8, five beams, on sentences new to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np

from models.train.augment import (
    BEHIND_SPEECH,
    Float32,
    NoiseBank,
    at_snr,
    companded,
    noise_on_a_line,
    telephone_band,
)
from models.train.batches import MAX_SAMPLES, features_of
from models.train.network import MAX_TOKENS
from models.train.sentences import corpus
from models.train.synthesise import TRAIN_VARIANTS, UNSEEN_VARIANTS, Clips, sentences_and_speech, speak_all
from models.train.vocabulary import TOKENIZER_FILE, Vocabulary
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

NO_SPEECH_THRESHOLD = 0.6  # as Whisper's own decoding has it
BEAMS, PATIENCE = 5, 2.0
"""As the recogniser decodes."""


@dataclass(frozen=True)
class Heard:
    """What the model makes of one clip."""

    text: str
    no_speech_prob: float


class ExportedModel:
    """A CTranslate2 directory, decoded without any guard, which a recogniser would add."""

    def __init__(self, directory: Path, compute_type: str = "int8", beams: int = BEAMS) -> None:
        self._beams = beams
        self._vocabulary = Vocabulary.load(directory / TOKENIZER_FILE)
        self._whisper: Any = ctranslate2.models.Whisper(
            str(directory), device="cpu", compute_type=compute_type, inter_threads=1, intra_threads=1
        )

    @property
    def tokens(self) -> int:
        """Size of the vocabulary."""
        return self._vocabulary.size

    def hear(self, waves: Sequence[Float32], at_once: int = 16) -> list[Heard]:
        """Texts of clips at 8 kHz, in the given order; clips of like length are decoded together."""
        heard: dict[int, Heard] = {}
        order = sorted(range(len(waves)), key=lambda index: len(waves[index]))
        for start in range(0, len(order), at_once):
            chosen = order[start : start + at_once]
            longest = max(len(waves[index]) for index in chosen)
            samples = min(MAX_SAMPLES, (longest + 159) // 160 * 160)
            features = np.ascontiguousarray(features_of([waves[index] for index in chosen], samples).numpy())
            results = self._whisper.generate(
                ctranslate2.StorageView.from_array(features),
                [self._vocabulary.prompt] * len(chosen),
                beam_size=self._beams,
                patience=PATIENCE if self._beams > 1 else 1.0,
                max_length=2 * (MAX_TOKENS - len(self._vocabulary.prompt)),
                return_no_speech_prob=True,
            )
            for index, result in zip(chosen, results, strict=True):
                text = self._vocabulary.decode(result.sequences_ids[0])
                heard[index] = Heard(text, result.no_speech_prob)
        return [heard[index] for index in range(len(waves))]


def edit_distance(said: str, heard: str) -> int:
    """Levenshtein distance in characters."""
    row = list(range(len(heard) + 1))
    for i, letter in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != other))
    return row[-1]


def character_error_rate(pairs: Sequence[tuple[str, str]]) -> float:
    """Edits per syllable said, blanks not counted, over (said, heard) pairs."""
    bare = [(said.replace(" ", ""), heard.replace(" ", "")) for said, heard in pairs]
    return sum(edit_distance(said, heard) for said, heard in bare) / sum(len(said) for said, _ in bare)


def whole_right(pairs: Sequence[tuple[str, str]]) -> float:
    """The share of clips whose text is right to the syllable, blanks not counted."""
    return sum(said.replace(" ", "") == heard.replace(" ", "") for said, heard in pairs) / len(pairs)


def clean_line(clips: Clips, _rng: np.random.Generator) -> list[Float32]:
    """Every clip through A-law with a short silence on both sides, no noise."""
    return [companded(_placed(clips, index), "a") for index in range(len(clips))]


def noisy_line(snr_db: float, bank: NoiseBank) -> Callable[[Clips, np.random.Generator], list[Float32]]:
    """As `clean_line`, in the telephone band with mixed noise ``snr_db`` below the speech."""

    def lay(clips: Clips, rng: np.random.Generator) -> list[Float32]:
        waves = []
        for index in range(len(clips)):
            speech = _placed(clips, index)
            power = float(np.mean((clips.clip(index).astype(np.float32) / 32_768.0) ** 2))
            mixed = at_snr(speech, bank.mixture(rng, BEHIND_SPEECH, len(speech)), snr_db, power)
            waves.append(companded(telephone_band(mixed), "a"))
        return waves

    return lay


def _placed(clips: Clips, index: int) -> Float32:
    wave = clips.clip(index).astype(np.float32) / np.float32(32_768.0)
    return np.pad(wave, (TELEPHONE_RATE_HZ // 5, TELEPHONE_RATE_HZ * 3 // 10))[:MAX_SAMPLES]


def clean_error_rate(
    directory: Path, compute_type: str, clips: int, *, beams: int = BEAMS, seed: int = 7
) -> float:
    """Character error rate on the clean test sentences of `measure`, decoded in another way."""
    speech = sentences_and_speech("test", clips, seed, only_open=True)
    model = ExportedModel(directory, compute_type, beams)
    heard = model.hear(clean_line(speech, np.random.default_rng(seed)))
    return round(
        character_error_rate([(text, one.text) for text, one in zip(speech.texts, heard, strict=True)]), 4
    )


def measure(directory: Path, speech: Clips, clips_per_condition: int, seed: int = 7) -> dict[str, Any]:
    """All figures of the model card. ``speech`` is only what the babble in the noise is mixed from."""
    bank = NoiseBank(
        seed, [speech.clip(index) for index in range(0, len(speech), max(1, len(speech) // 300))]
    )
    rng = np.random.default_rng(seed)
    model = ExportedModel(directory)
    figures: dict[str, Any] = {
        "beams": BEAMS,
        "clips_per_condition": clips_per_condition,
        "character_error_rate": {},
        "whole_right": {},
    }

    def enter(name: str, clips: Clips, waves: list[Float32]) -> None:
        pairs = [(text, one.text) for text, one in zip(clips.texts, model.hear(waves), strict=True)]
        figures["character_error_rate"][name] = round(character_error_rate(pairs), 4)
        figures["whole_right"][name] = round(whole_right(pairs), 4)

    known = sentences_and_speech("test", clips_per_condition, seed, only_open=True)
    enter("clean", known, clean_line(known, rng))
    for snr_db in (15, 8):
        enter(f"snr_{snr_db}_db", known, noisy_line(snr_db, bank)(known, rng))
    unseen = sentences_and_speech("test", clips_per_condition, seed + 1, unseen_voices=True, only_open=True)
    enter("unseen_voices", unseen, clean_line(unseen, rng))
    answers = speak_all(sorted(corpus.closed_answers()) * 4, seed + 2)
    enter("short_answers", answers, clean_line(answers, rng))
    enter("short_answers_snr_15_db", answers, noisy_line(15, bank)(answers, rng))

    noises = [noise_on_a_line(rng, bank) for _ in range(clips_per_condition)]
    in_noise = model.hear(noises)
    figures["noise_only_empty"] = round(sum(not one.text for one in in_noise) / len(noises), 4)
    figures["noise_only_flagged"] = round(
        sum(one.no_speech_prob > NO_SPEECH_THRESHOLD for one in in_noise) / len(noises), 4
    )
    greedy = ExportedModel(directory, beams=1).hear(noises)
    figures["noise_only_empty_greedy"] = round(sum(not one.text for one in greedy) / len(noises), 4)
    in_speech = model.hear(noisy_line(8, bank)(known, rng))
    figures["speech_flagged_as_noise_at_8_db"] = round(
        sum(one.no_speech_prob > NO_SPEECH_THRESHOLD for one in in_speech) / len(known), 4
    )
    demo = speak_all(corpus.DEMO_SENTENCES, seed + 4, ("",))
    figures["demo"] = dict(
        zip(demo.texts, (one.text for one in model.hear(clean_line(demo, rng))), strict=True)
    )
    figures["voices"] = len(set(TRAIN_VARIANTS))
    figures["unseen_voices"] = [f"ko{variant}" for variant in UNSEEN_VARIANTS]
    figures["tokens"] = model.tokens
    figures["longest_s"] = MAX_SAMPLES // TELEPHONE_RATE_HZ
    return figures
