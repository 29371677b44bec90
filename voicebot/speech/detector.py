"""Voice activity of all legs in one batch: Silero VAD at 8 kHz with the state of each leg kept apart.

The public wrapper of silero-vad keeps one state for one stream; a shared one would mix speakers. The
inner 8 kHz network takes a batch and the states explicitly (model card of silero-vad 6.2: 256 new
samples after 32 samples of context, state of shape [2, batch, 128]).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from silero_vad import load_silero_vad

WINDOW_SAMPLES = 256
WINDOW_MS = 32
_CONTEXT_SAMPLES = 32


class Detector:
    """Speech probabilities for up to ``slots`` legs. Not thread-safe: one caller at a time."""

    def __init__(self, slots: int) -> None:
        torch.set_num_threads(1)
        self._network: Any = load_silero_vad()._model_8k  # noqa: SLF001 - the wrapper has one state only
        self._state = torch.zeros(2, slots, 128)
        self._context = torch.zeros(slots, _CONTEXT_SAMPLES)

    def reset(self, slot: int) -> None:
        """Forget what ``slot`` heard: a new leg begins there."""
        self._state[:, slot] = 0
        self._context[slot] = 0

    def probabilities(
        self, slots: npt.NDArray[np.intp], windows: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.float32]:
        """Take one window of each leg, int16 of shape [legs, 256]; return its speech probability, 0 to 1."""
        index = torch.from_numpy(slots)
        fresh = torch.from_numpy(windows.astype(np.float32) / 32768.0)
        with torch.inference_mode():
            batch = torch.cat([self._context[index], fresh], dim=1)
            probability, state = self._network(batch, self._state[:, index])
            self._state[:, index] = state
            self._context[index] = fresh[:, -_CONTEXT_SAMPLES:]
            result: npt.NDArray[np.float32] = probability[:, 0].numpy()
        return result
