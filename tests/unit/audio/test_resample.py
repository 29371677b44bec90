"""Checks of sample rate changes."""

import numpy as np
import pytest

from voicebot.audio.resample import telephone_to_recogniser, to_telephone
from voicebot.audio.tones import goertzel_power, sine


def test_telephone_audio_doubles_its_samples_and_keeps_its_tone() -> None:
    """A 1 kHz tone at 8 kHz is the same tone at 16 kHz, as float32 in -1..1."""
    tone = telephone_to_recogniser(sine(1_000, 500, amplitude=0.5))
    assert len(tone) == 8_000
    assert tone.dtype == np.float32
    linear = np.rint(tone * 32_767).astype(np.int16)
    assert goertzel_power(linear, 1_000, rate_hz=16_000) == pytest.approx(0.25, rel=0.02)


@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
def test_any_rate_comes_down_to_the_telephone(rate_hz: int) -> None:
    """A 1 kHz tone survives, a 6 kHz tone, which 8 kHz cannot carry, is gone instead of folded to 2 kHz."""
    kept = to_telephone(sine(1_000, 500, rate_hz=rate_hz), rate_hz)
    lost = to_telephone(sine(6_000, 500, rate_hz=rate_hz), rate_hz)
    assert len(kept) == pytest.approx(4_000, abs=2)
    assert goertzel_power(kept, 1_000) == pytest.approx(0.25, rel=0.02)
    assert goertzel_power(lost, 2_000) < 1e-6


def test_telephone_rate_is_left_alone() -> None:
    """Samples that are at 8 kHz already come back as they are."""
    samples = sine(440, 20)
    assert to_telephone(samples, 8_000) is samples


def test_overshoot_saturates() -> None:
    """A full-scale square wave overshoots in the filter and is clipped, never wrapped to the other sign."""
    square = np.where(np.arange(16_000) // 80 % 2, 32_767, -32_768).astype(np.int16)
    assert np.abs(np.diff(to_telephone(square, 16_000).astype(np.int32))).max() <= 65_535
    middle = to_telephone(square, 16_000)[60:70]
    assert np.all(middle > 0) or np.all(middle < 0)
