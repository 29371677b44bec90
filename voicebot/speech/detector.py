"""Voice activity of all legs in one batch: Silero VAD with the state of each leg kept apart.

The public wrapper of silero-vad keeps one state for one stream; a shared one would mix speakers. The
inner networks take a batch and the states explicitly (model card of silero-vad 6.2: at 8 kHz 256 new
samples after 32 samples of context, at 16 kHz 512 after 64). Which of the two hears telephone audio
better is measured by `voicebot bench hearing --part detector`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from silero_vad import load_silero_vad

from voicebot.speech.silero import WIDTH, SileroNetwork
from voicebot.speech.torch_threads import use_one_thread
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

WINDOW_SAMPLES, WINDOW_MS = 256, 32
"""What the network was trained on (model card of silero-vad)."""
_HALF_TAPS = 16
"""Of the filter of the 16 kHz network: 32 taps delay the audio by 2 ms."""


class Detector:
    """Speech probabilities for up to ``slots`` legs. Not thread-safe: one caller at a time.

    ``rate_hz`` chooses the network: 8000, or 16000 for audio that is upsampled here (2 ms late).
    """

    def __init__(self, slots: int, rate_hz: int = TELEPHONE_RATE_HZ) -> None:
        vad = load_silero_vad()
        self._twice = rate_hz == 2 * TELEPHONE_RATE_HZ
        self._network = SileroNetwork(vad._model if self._twice else vad._model_8k)  # noqa: SLF001 - the wrapper has one state only
        self._context_samples = rate_hz // 250
        self._hidden = torch.zeros(slots, WIDTH)
        self._cell = torch.zeros(slots, WIDTH)
        self._context = torch.zeros(slots, self._context_samples)
        self._before = torch.zeros(slots, 2 * _HALF_TAPS - 1)
        self._between = _half_sample_filter()

    def reset(self, slot: int) -> None:
        """Forget what ``slot`` heard: a new leg begins there."""
        self._hidden[slot] = 0
        self._cell[slot] = 0
        self._context[slot] = 0
        self._before[slot] = 0

    def probabilities(
        self, slots: npt.NDArray[np.intp], windows: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.float32]:
        """Take one window of each leg, int16 of shape [legs, 256]; return its speech probability, 0 to 1."""
        use_one_thread()
        index = torch.from_numpy(slots)
        fresh = torch.from_numpy(windows.astype(np.float32)).mul_(1 / 32768)
        with torch.inference_mode():
            if self._twice:
                fresh = self._upsampled(index, fresh)
            batch = torch.cat([self._context[index], fresh], dim=1)
            probability, hidden, cell = self._network(batch, self._hidden[index], self._cell[index])
            self._hidden[index], self._cell[index] = hidden, cell
            self._context[index] = fresh[:, -self._context_samples :]
            result: npt.NDArray[np.float32] = probability.numpy()
        return result

    def _upsampled(self, index: torch.Tensor, fresh: torch.Tensor) -> torch.Tensor:
        """Put a sample between each two by a windowed sinc, with the samples of the window before."""
        joined = torch.cat([self._before[index], fresh], dim=1)
        between = torch.nn.functional.conv1d(joined[:, None], self._between)[:, 0]
        self._before[index] = joined[:, -(2 * _HALF_TAPS - 1) :]
        own = joined[:, _HALF_TAPS - 1 : _HALF_TAPS - 1 + WINDOW_SAMPLES]
        return torch.stack([own, between], dim=2).flatten(1)


def _half_sample_filter() -> torch.Tensor:
    places = torch.arange(2 * _HALF_TAPS) - (_HALF_TAPS - 0.5)
    taps = torch.sinc(places) * torch.hann_window(2 * _HALF_TAPS + 2, periodic=False)[1:-1]
    return (taps / taps.sum())[None, None]
