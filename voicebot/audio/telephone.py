"""What a telephone line makes of a recording: 8 kHz, the band 300 to 3400 Hz, A-law."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from voicebot.audio.g711 import decode_a_law, encode_a_law
from voicebot.audio.resample import resample
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

_LOW_HZ, _HIGH_HZ = 300, 3400
"""The band of a telephone channel, ITU-T G.712."""
_TAPS, _KAISER_BETA = 511, 10.0
"""Falls by 100 dB within 100 Hz (Kaiser's formula at 8 kHz), steeper than any line."""


def through_a_telephone(samples: npt.NDArray[np.float32], rate_hz: int) -> npt.NDArray[np.int16]:
    """float32[n] in -1..1 at any rate -> int16 at 8 kHz as an exchange hands it over; loud peaks are cut."""
    narrow = resample(samples, rate_hz, TELEPHONE_RATE_HZ) if rate_hz != TELEPHONE_RATE_HZ else samples
    band = np.convolve(narrow, _band(), mode="same") if len(narrow) >= _TAPS else narrow
    linear = np.clip(np.rint(band * 32_768), -32_768, 32_767).astype(np.int16)
    return decode_a_law(encode_a_law(linear))


@cache
def _band() -> npt.NDArray[np.float32]:
    """The band as a windowed-sinc filter of linear phase, float32[511]."""
    at_s = (np.arange(_TAPS) - _TAPS // 2) / TELEPHONE_RATE_HZ
    low, high = (2 * edge * np.sinc(2 * edge * at_s) for edge in (_LOW_HZ, _HIGH_HZ))
    return ((high - low) / TELEPHONE_RATE_HZ * np.kaiser(_TAPS, _KAISER_BETA)).astype(np.float32)
