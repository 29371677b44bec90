"""The ears of a call over tracks that are there already: detector and endpointing, faster than time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.measure.material import Pcm
from voicebot.speech.detector import WINDOW_SAMPLES, Detector
from voicebot.turns import endpointing
from voicebot.turns.endpointing import EndpointSettings, TurnState, UtteranceEnded

_AT_ONCE = 64
"""Tracks in a batch: bounds the memory, changes no figure."""


def probabilities(tracks: Sequence[Pcm]) -> list[npt.NDArray[np.float32]]:
    """Return the speech probability of each window of each track, all tracks in batches."""
    results: list[npt.NDArray[np.float32]] = []
    for first in range(0, len(tracks), _AT_ONCE):
        batch = tracks[first : first + _AT_ONCE]
        windows = max(len(track) for track in batch) // WINDOW_SAMPLES
        padded = np.zeros((len(batch), windows * WINDOW_SAMPLES), np.int16)
        for row, track in enumerate(batch):
            padded[row, : min(len(track), padded.shape[1])] = track[: padded.shape[1]]
        detector = Detector(len(batch))
        slots = np.arange(len(batch))
        seen = [
            detector.probabilities(slots, padded[:, at : at + WINDOW_SAMPLES])
            for at in range(0, padded.shape[1], WINDOW_SAMPLES)
        ]
        table = np.stack(seen, axis=1)
        results += [table[row, : len(track) // WINDOW_SAMPLES] for row, track in enumerate(batch)]
    return results


def utterances(
    speech: npt.NDArray[np.float32], settings: EndpointSettings | None = None
) -> list[UtteranceEnded]:
    """Return the utterances of one track, given its probabilities; one that is not over at its end counts."""
    settings = settings or EndpointSettings()
    state = TurnState()
    found: list[UtteranceEnded] = []
    silence = [0.0] * (settings.endpoint_ms // endpointing.WINDOW_MS + 1)
    for probability in [*map(float, speech), *silence]:
        state, events = endpointing.step(state, probability, settings)
        found += [event for event in events if isinstance(event, UtteranceEnded)]
    return found
