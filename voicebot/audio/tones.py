"""Pure tones: made for tests and prompts, found again with Goertzel's algorithm."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ


def sine(
    frequency_hz: float, duration_ms: float, *, rate_hz: int = TELEPHONE_RATE_HZ, amplitude: float = 0.5
) -> npt.NDArray[np.int16]:
    """A sine that starts at zero: int16[rate_hz * duration_ms / 1000].

    ``amplitude`` 1.0 is full scale (32767). Raises ValueError for an amplitude outside 0..1 or a
    frequency that the rate cannot carry.
    """
    if not 0.0 <= amplitude <= 1.0:
        raise ValueError(f"an amplitude is 0..1 of full scale, not {amplitude}")
    if not 0.0 <= frequency_hz < rate_hz / 2:
        raise ValueError(f"{frequency_hz} Hz is outside what {rate_hz} samples a second carry")
    phase = 2.0 * np.pi * frequency_hz / rate_hz * np.arange(round(rate_hz * duration_ms / 1000))
    samples: npt.NDArray[np.int16] = np.rint(32_767.0 * amplitude * np.sin(phase)).astype(np.int16)
    return samples


def goertzel_power(
    samples: npt.NDArray[np.int16], frequency_hz: float, *, rate_hz: int = TELEPHONE_RATE_HZ
) -> float:
    """The mean power of one frequency in ``samples``, 1.0 for a full-scale sine of that frequency.

    It is the Goertzel filter's result (G. Goertzel, 1958) at any frequency, not only at multiples of
    ``rate_hz / len(samples)``, worked out as one dot product. 0.0 for no samples.
    """
    count = len(samples)
    if count == 0:
        return 0.0
    turns = np.exp(-2j * np.pi * frequency_hz / rate_hz * np.arange(count))
    amplitude = 2.0 * np.abs(np.dot(samples.astype(np.float64) / 32_767.0, turns)) / count
    return float(amplitude**2)
