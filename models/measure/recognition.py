"""How well, and how fast, the recogniser hears held-out speech."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.measure import material, offline
from models.measure.material import SEED, Material, Pcm
from models.train.evaluate import character_error_rate, whole_right
from voicebot.speech.recogniser import Recogniser
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS, TELEPHONE_RATE_HZ

_CONDITIONS: tuple[tuple[str, float | None], ...] = (("clean", None), ("15_db", 15.0), ("8_db", 8.0))
"""How far below the speech the noise is. Chosen; the goals of docs/performance.md are about these."""
_NOISE_SHARES = ("empty_by_recogniser", "gate_opened", "empty_in_call")
_SPEED_S = (1.5, 3.0, 6.0)
"""An answer, a usual sentence and a long one; the held-out ones are 1 to 5 s."""


def errors(recogniser: Recogniser, speech: Material) -> dict[str, Any]:
    """Return character error rates, guards included, and the confidence of right and wrong words."""
    figures: dict[str, Any] = {"clips": len(speech.texts), "character_error_rate": {}, "whole_right": {}}
    for name, snr_db in _CONDITIONS:
        rng = np.random.default_rng(SEED)
        clips = [speech.on_the_line(index, snr_db, rng) for index in range(len(speech.texts))]
        heard = _heard(recogniser, clips)
        pairs = list(zip(speech.texts, heard, strict=True))
        figures["character_error_rate"][name] = round(character_error_rate(pairs), 4)
        figures["whole_right"][name] = round(whole_right(pairs), 4)
    return figures


def noise(recogniser: Recogniser, speech: Material, count: int) -> dict[str, Any]:
    """Return the share of clips without speech that give no text: by the recogniser alone, and in a call.

    About ``count`` clips, the same number of each kind of `material.NOISES`. A murmur of other voices is no
    noise: it stands among the kinds and is not counted.
    """
    each = -(-count // len(material.NOISES))
    kinds = {kind: _noise_of(recogniser, speech, kind, each) for kind in material.NOISES}
    total = {name: sum(row[name] for row in kinds.values()) for name in ("clips", *_NOISE_SHARES)}
    kinds["other_voices"] = _noise_of(recogniser, speech, material.OTHERS_TALK, each)
    return {**_shares(total), "kinds": {kind: _shares(row) for kind, row in kinds.items()}}


def _shares(row: dict[str, int]) -> dict[str, float]:
    return {"clips": row["clips"], **{name: round(row[name] / row["clips"], 4) for name in _NOISE_SHARES}}


def _noise_of(recogniser: Recogniser, speech: Material, kind: str, count: int) -> dict[str, int]:
    rng = np.random.default_rng([SEED + 1, *kind.encode()])
    clips = material.noises_of(kind, count, rng, speech.bank)
    tracks = [material.padded(clip, 400, 1200) for clip in clips]
    opened = empty = 0
    for track, probabilities in zip(tracks, offline.probabilities(tracks), strict=True):
        found = offline.utterances(probabilities)
        opened += bool(found)
        cut = [track[it.start_ms * SAMPLES_PER_MS : it.end_ms * SAMPLES_PER_MS] for it in found]
        empty += not any(_heard(recogniser, [piece for piece in cut if len(piece)]))
    return {
        "clips": count,
        "empty_by_recogniser": sum(not text for text in _heard(recogniser, clips)),
        "gate_opened": opened,
        "empty_in_call": empty,
    }


def speed(recogniser: Recogniser, speech: Material, rounds: int = 12) -> list[dict[str, Any]]:
    """Return milliseconds per utterance and real-time factor at batches of 1, 4 and 8."""
    joined = np.concatenate([material.padded(clip, 0, 150) for clip in speech.clips[:40]])
    rows = []
    for length_s in _SPEED_S:
        samples = int(length_s * TELEPHONE_RATE_HZ)
        for batch in (1, 4, 8):
            times_s, cpu_s = [], time.process_time()
            for number in range(max(3, rounds // batch)):
                start = number * samples
                clips = [
                    joined[(start + k * samples) % (len(joined) - samples) :][:samples] for k in range(batch)
                ]
                began = time.perf_counter()
                recogniser.transcribe(clips)
                times_s.append(time.perf_counter() - began)
            spent_s = time.process_time() - cpu_s
            each_s = float(np.median(times_s)) / batch
            rows.append(
                {
                    "speech_s": length_s,
                    "batch": batch,
                    "ms_per_utterance": round(1000 * each_s, 2),
                    "real_time_factor": round(each_s / length_s, 5),
                    "cpu_ms_per_s_of_speech": round(1000 * spent_s / (len(times_s) * batch * length_s), 2),
                }
            )
    return rows


def _heard(recogniser: Recogniser, clips: Sequence[Pcm]) -> list[str]:
    """Return texts in order; clips of like length are decoded together."""
    order = sorted(range(len(clips)), key=lambda index: len(clips[index]))
    texts = [""] * len(clips)
    for first in range(0, len(order), recogniser.best_batch):
        chosen = order[first : first + recogniser.best_batch]
        longest = recogniser.longest_ms * SAMPLES_PER_MS
        for index, transcript in zip(
            chosen, recogniser.transcribe([clips[index][:longest] for index in chosen]), strict=True
        ):
            texts[index] = transcript.text
    return texts
