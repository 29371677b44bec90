"""Changes of sample rate, by libsoxr (high quality, linear phase)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr  # type: ignore[import-untyped]  # ships no types

from voicebot.vocabulary.audio_format import RECOGNISER_RATE_HZ, TELEPHONE_RATE_HZ


def telephone_to_recogniser(samples_8k: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
    """int16[n] at 8 kHz -> float32[2n] in -1..1 at 16 kHz, what the log-mel features are computed from.

    The band above 4 kHz stays empty; models for the telephone are trained on audio that came this way.
    """
    return resample(samples_8k.astype(np.float32) / np.float32(32_768), TELEPHONE_RATE_HZ, RECOGNISER_RATE_HZ)


def to_telephone(samples: npt.NDArray[np.int16], rate_hz: int) -> npt.NDArray[np.int16]:
    """int16[n] at any rate -> int16 at 8 kHz, saturated where the filter overshoots."""
    if rate_hz == TELEPHONE_RATE_HZ:
        return samples
    resampled = resample(samples.astype(np.float32), rate_hz, TELEPHONE_RATE_HZ)
    return np.clip(np.rint(resampled), -32_768, 32_767).astype(np.int16)


def resample(
    samples: npt.NDArray[np.float32], from_hz: float, to_hz: float, quality: str = "HQ"
) -> npt.NDArray[np.float32]:
    """float32[n] at ``from_hz`` -> float32[about n * to_hz / from_hz].

    ``quality`` is one of soxr's: QQ, LQ, MQ, HQ, VHQ.
    """
    return np.asarray(soxr.resample(samples, from_hz, to_hz, quality=quality), dtype=np.float32)
