"""The detector's two networks side by side: native 8 kHz, and 16 kHz on upsampled telephone audio."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from models.measure import material
from models.measure.material import SEED, Material, Pcm
from voicebot.speech.detector import WINDOW_SAMPLES, Detector
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

_AT_ONCE = 240  # as many as have to be heard at the same time: goals.FULL_STREAMS


def compared(speech: Material) -> list[dict[str, Any]]:
    """Return, for each network, how well it tells speech from noise window by window, and what it costs."""
    rng = np.random.default_rng(SEED + 5)
    tracks, truth = [], []
    for index in range(min(len(speech.clips), _AT_ONCE)):
        track = material.padded(speech.clips[index], 1000, 1000)
        loud = _loud(track)
        snr_db = (None, 15.0, 8.0)[index % 3]
        tracks.append(
            material.on_the_line(track, snr_db, rng, speech.bank, material.power(speech.clips[index]))
        )
        truth.append(loud)
    return [_figures(rate_hz, tracks, truth) for rate_hz in (TELEPHONE_RATE_HZ, 2 * TELEPHONE_RATE_HZ)]


def _figures(rate_hz: int, tracks: list[Pcm], truth: list[npt.NDArray[np.bool_]]) -> dict[str, Any]:
    detector = Detector(len(tracks), rate_hz)
    windows = max(len(track) for track in tracks) // WINDOW_SAMPLES
    table = np.zeros((len(tracks), windows * WINDOW_SAMPLES), np.int16)
    for row, track in enumerate(tracks):
        table[row, : min(len(track), table.shape[1])] = track[: table.shape[1]]
    slots = np.arange(len(tracks))
    cpu_s = time.thread_time()
    seen = [
        detector.probabilities(slots, table[:, at : at + WINDOW_SAMPLES])
        for at in range(0, table.shape[1], WINDOW_SAMPLES)
    ]
    spent_ms = 1000 * (time.thread_time() - cpu_s) / windows
    found = np.stack(seen, axis=1)
    in_speech = np.concatenate([found[row, : len(each)][each] for row, each in enumerate(truth)])
    outside = np.concatenate([found[row, : len(each)][~each] for row, each in enumerate(truth)])
    return {
        "rate_hz": rate_hz,
        "windows_of_speech": len(in_speech),
        "area_under_curve": round(_area(in_speech, outside), 4),
        "speech_at_or_above_0.5": round(float(np.mean(in_speech >= 0.5)), 4),
        "noise_at_or_above_0.5": round(float(np.mean(outside >= 0.5)), 4),
        "tracks_without_onset": sum(
            not _has_onset(found[row, : len(each)]) for row, each in enumerate(truth)
        ),
        f"cpu_ms_per_tick_of_{len(tracks)}": round(spent_ms, 2),
    }


def _loud(track: Pcm) -> npt.NDArray[np.bool_]:
    """Tell for each window of a clean track whether it is well within speech."""
    frames = track[: len(track) // WINDOW_SAMPLES * WINDOW_SAMPLES].astype(np.float32)
    level = np.sqrt(np.mean(frames.reshape(-1, WINDOW_SAMPLES) ** 2, axis=1))
    return np.asarray(level > 300.0)


def _has_onset(probabilities: npt.NDArray[np.float32]) -> bool:
    """Whether three windows in a row are speech, as the gate wants them."""
    high = probabilities >= 0.5
    return bool(np.any(high[:-2] & high[1:-1] & high[2:]))


def _area(positive: npt.NDArray[np.float32], negative: npt.NDArray[np.float32]) -> float:
    """Return the chance that a window of speech scores above one of noise."""
    ranks = np.argsort(np.argsort(np.concatenate([positive, negative]), kind="stable"), kind="stable") + 1
    above = float(ranks[: len(positive)].sum()) - len(positive) * (len(positive) + 1) / 2
    return above / (len(positive) * len(negative))
