"""Checks of G.711 against the recommendation's own values."""

import numpy as np
import pytest

from voicebot.audio import g711

ALL_CODES = np.arange(256, dtype=np.uint8)
ALL_VALUES = np.arange(-32_768, 32_768).astype(np.int16)


@pytest.mark.parametrize(
    ("code", "value"),
    [(0xD5, 8), (0x55, -8), (0xD4, 24), (0xAA, 32_256), (0x2A, -32_256), (0xC5, 264), (0x80, 5_504)],
)
def test_a_law_decodes_known_codes(code: int, value: int) -> None:
    """Silence, the ends of the scale and segment borders have the values of table 1a, in 16 bits."""
    assert g711.decode_a_law(np.array([code], np.uint8))[0] == value


@pytest.mark.parametrize(
    ("code", "value"), [(0xFF, 0), (0x7F, 0), (0x80, 32_124), (0x00, -32_124), (0xFE, 8), (0xEF, 132)]
)
def test_mu_law_decodes_known_codes(code: int, value: int) -> None:
    """Silence, the ends of the scale and the first steps have the values of table 2a, in 16 bits."""
    assert g711.decode_mu_law(np.array([code], np.uint8))[0] == value


def test_a_law_codes_survive_a_round_trip() -> None:
    """Every A-law code decodes to a value that encodes to the same code."""
    assert np.array_equal(g711.encode_a_law(g711.decode_a_law(ALL_CODES)), ALL_CODES)


def test_mu_law_codes_survive_a_round_trip_but_for_negative_zero() -> None:
    """Every mu-law code comes back, except 0x7F: both zeros are one in linear samples."""
    expected = ALL_CODES.copy()
    expected[0x7F] = 0xFF
    assert np.array_equal(g711.encode_mu_law(g711.decode_mu_law(ALL_CODES)), expected)


def test_every_sample_maps_to_a_near_value_of_its_own_sign() -> None:
    """The error of companding stays below half a step: 1/32 of the value and mu-law's bias, or the finest step near zero."""
    loud = np.clip(ALL_VALUES.astype(np.int32), -32_256, 32_256)
    for encode, decode, finest in (
        (g711.encode_a_law, g711.decode_a_law, 8),
        (g711.encode_mu_law, g711.decode_mu_law, 8),
    ):
        decoded = decode(encode(ALL_VALUES)).astype(np.int32)
        assert np.all(np.abs(decoded - loud) <= np.maximum(finest, (np.abs(loud) + 132) / 32 + 4))
        assert np.all(decoded[loud > 8] > 0)
        assert np.all(decoded[loud < -8] < 0)


def test_encoding_is_monotonic() -> None:
    """A louder sample never comes out quieter."""
    for encode, decode in (
        (g711.encode_a_law, g711.decode_a_law),
        (g711.encode_mu_law, g711.decode_mu_law),
    ):
        assert np.all(np.diff(decode(encode(ALL_VALUES)).astype(np.int32)) >= 0)


def test_shape_stays_and_other_types_are_refused() -> None:
    """Arrays of any shape pass; samples that are no int16 raise TypeError."""
    assert g711.encode_a_law(np.zeros((3, 160), np.int16)).shape == (3, 160)
    with pytest.raises(TypeError, match="float32"):
        g711.encode_a_law(np.zeros(4, np.float32))
