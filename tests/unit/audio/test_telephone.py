import numpy as np
import pytest

from voicebot.audio.telephone import through_a_telephone


def tone(hertz: float, rate_hz: int, seconds: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 44_100])
def test_speech_frequencies_pass_and_others_do_not(rate_hz: int) -> None:
    """At any rate: 1 kHz as loud as it was, 100 Hz and 3.8 kHz gone, 8,000 samples a second."""
    passed = through_a_telephone(tone(1000, rate_hz), rate_hz)
    assert passed.dtype == np.int16
    assert len(passed) == 8000
    middle = slice(1000, 7000)
    assert np.sqrt(np.mean(passed[middle].astype(float) ** 2)) == pytest.approx(
        0.5 * 32_768 / 2**0.5, rel=0.02
    )
    for hertz in (100, 3800):
        assert np.abs(through_a_telephone(tone(hertz, rate_hz), rate_hz)[middle]).max() <= 8


def test_it_is_companded() -> None:
    """A line has no more than the 256 values of A-law."""
    noise = np.random.default_rng(1).normal(0, 0.3, 16_000).astype(np.float32)
    assert len(np.unique(through_a_telephone(noise, 16_000))) <= 256


def test_a_clip_shorter_than_the_filter_stays_a_clip() -> None:
    """A click or an empty recording breaks nothing."""
    for samples in (0, 1, 300):
        assert len(through_a_telephone(np.zeros(samples, np.float32), 8000)) == samples
