"""Checks of tone making and finding."""

import numpy as np
import pytest

from voicebot.audio.tones import goertzel_power, sine


@pytest.mark.parametrize("frequency_hz", [350.0, 697.0, 1_004.0, 1_633.0, 3_000.0])
def test_a_tone_is_found_at_its_frequency_only(frequency_hz: float) -> None:
    """A sine of half scale has power 0.25 at its own frequency and almost none 200 Hz away."""
    tone = sine(frequency_hz, 500, amplitude=0.5)
    assert goertzel_power(tone, frequency_hz) == pytest.approx(0.25, rel=0.01)
    assert goertzel_power(tone, frequency_hz + 200.0) < 0.001


def test_length_and_amplitude() -> None:
    """The duration is in milliseconds at the given rate, the peak is the amplitude."""
    tone = sine(1_000, 250, rate_hz=16_000, amplitude=1.0)
    assert len(tone) == 4_000
    assert tone.dtype == np.int16
    assert tone.max() == 32_767
    assert tone[0] == 0


def test_silence_has_no_power() -> None:
    """No samples and zero samples have power 0."""
    assert goertzel_power(np.zeros(0, np.int16), 440.0) == 0.0
    assert goertzel_power(np.zeros(160, np.int16), 440.0) == 0.0


@pytest.mark.parametrize(("frequency_hz", "amplitude"), [(4_000.0, 0.5), (-1.0, 0.5), (440.0, 1.5)])
def test_refuses_what_cannot_be_carried(frequency_hz: float, amplitude: float) -> None:
    """A frequency above half the rate or an amplitude above full scale raises ValueError."""
    with pytest.raises(ValueError, match=r"\d"):
        sine(frequency_hz, 100, amplitude=amplitude)
