"""A-law and mu-law of ITU-T G.711 (11/1988), whole arrays at a time.

Linear samples are 16-bit (full scale 32767). Codes are the bytes of RTP payload types 8 (PCMA) and 0
(PCMU), that is with even bits inverted (A-law) or all bits inverted (mu-law). Both directions are table
look-ups whose tables are computed once from the segments of the recommendation.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Int16 = npt.NDArray[np.int16]
UInt8 = npt.NDArray[np.uint8]

_MU_LAW_BIAS, _MU_LAW_CLIP = 132, 32_635
"""33, and the last value below 8159 (the end of the last segment, table 2a), of 14 bits in our 16."""
_A_LAW_EVEN_BITS = 0x55
"""Inverted in each code (table 1a, note 2)."""


@cache
def _a_law_values() -> Int16:
    code = np.arange(256) ^ _A_LAW_EVEN_BITS
    segment, step = (code >> 4) & 7, code & 15
    magnitude = np.where(segment == 0, (step << 4) + 8, ((step << 4) + 0x108) << np.maximum(segment - 1, 0))
    values: Int16 = np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
    return values


@cache
def _mu_law_values() -> Int16:
    code = ~np.arange(256) & 0xFF
    segment, step = (code >> 4) & 7, code & 15
    magnitude = (((step << 3) + _MU_LAW_BIAS) << segment) - _MU_LAW_BIAS
    values: Int16 = np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)
    return values


@cache
def _a_law_codes() -> UInt8:
    """The code of every 16-bit value, indexed by value + 32768."""
    linear = np.arange(-32_768, 32_768)
    magnitude = np.where(linear >= 0, linear, -linear - 1) >> 3
    magnitude = np.minimum(magnitude, 0xFFF)
    segment = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int64) - 4, 0)
    step = np.where(segment == 0, magnitude >> 1, magnitude >> np.maximum(segment, 1)) & 15
    code = (segment << 4) | step | np.where(linear >= 0, 0x80, 0)
    codes: UInt8 = (code ^ _A_LAW_EVEN_BITS).astype(np.uint8)
    return codes


@cache
def _mu_law_codes() -> UInt8:
    """The code of every 16-bit value, indexed by value + 32768."""
    linear = np.arange(-32_768, 32_768)
    magnitude = np.minimum(np.abs(linear), _MU_LAW_CLIP) + _MU_LAW_BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int64) - 7
    step = (magnitude >> (segment + 3)) & 15
    code = (segment << 4) | step | np.where(linear < 0, 0x80, 0)
    codes: UInt8 = (~code & 0xFF).astype(np.uint8)
    return codes


def encode_a_law(samples: Int16) -> UInt8:
    """A-law codes of 16-bit linear samples; the shape stays."""
    return _encode(samples, _a_law_codes())


def encode_mu_law(samples: Int16) -> UInt8:
    """Mu-law codes of 16-bit linear samples; the shape stays."""
    return _encode(samples, _mu_law_codes())


def decode_a_law(codes: UInt8) -> Int16:
    """16-bit linear samples (-32256..32256) of A-law codes; the shape stays."""
    return _a_law_values()[codes]


def decode_mu_law(codes: UInt8) -> Int16:
    """16-bit linear samples (-32124..32124) of mu-law codes; the shape stays."""
    return _mu_law_values()[codes]


def _encode(samples: Int16, codes: UInt8) -> UInt8:
    if samples.dtype != np.int16:
        raise TypeError(f"G.711 encodes int16 samples, not {samples.dtype}")
    return codes[samples.astype(np.int32) + 32_768]
