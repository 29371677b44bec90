"""Checks of the line simulation: level, length, repeatability."""

import numpy as np
import pytest

from models.train import augment
from voicebot.audio.tones import goertzel_power, sine
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ


@pytest.fixture(scope="module")
def bank() -> augment.NoiseBank:
    return augment.NoiseBank(1, [sine(300, 400), sine(500, 300)], per_kind=1)


def test_noise_has_the_wanted_distance_from_speech(bank: augment.NoiseBank) -> None:
    """At 15 dB the added noise has that much less power than the speech."""
    rng = np.random.default_rng(1)
    speech = sine(1_000, 2_000).astype(np.float32) / np.float32(32_768)
    power = float(np.mean(speech**2))
    noise = augment.at_snr(speech, bank.mixture(rng, ("white",), len(speech)), 15.0, power) - speech
    assert 10 * np.log10(power / np.mean(noise**2)) == pytest.approx(15.0, abs=0.2)


@pytest.mark.parametrize("kind", sorted({*augment.BEHIND_SPEECH, *augment.WITHOUT_SPEECH}))
def test_every_noise_has_unit_power(bank: augment.NoiseBank, kind: str) -> None:
    """Noises are comparable, and cutting past the end wraps around."""
    noise = bank.cut(np.random.default_rng(2), kind, 12 * TELEPHONE_RATE_HZ)
    assert len(noise) == 12 * TELEPHONE_RATE_HZ
    assert np.sqrt(np.mean(noise[: 10 * TELEPHONE_RATE_HZ] ** 2)) == pytest.approx(1.0, rel=0.05)


def test_the_same_seed_makes_the_same_clip(bank: augment.NoiseBank) -> None:
    """A training clip depends on the speech and the generator alone."""
    clip = sine(440, 500)
    one, other = (augment.speech_on_a_line(np.random.default_rng(3), clip, bank) for _ in range(2))
    assert np.array_equal(one, other)
    assert one.dtype == np.float32
    assert np.abs(one).max() <= 1.0


def test_the_telephone_band_loses_what_lies_outside() -> None:
    """100 Hz and 3.9 kHz are gone, 1 kHz stays."""
    for frequency_hz, kept in ((100, 0.0), (1_000, 0.25), (3_900, 0.0)):
        tone = sine(frequency_hz, 500).astype(np.float32) / np.float32(32_768)
        passed = np.rint(augment.telephone_band(tone) * 32_767).astype(np.int16)
        assert goertzel_power(passed, frequency_hz) == pytest.approx(kept, abs=0.01)


def test_lost_packets_are_whole_and_few() -> None:
    """With a loss of 5 % about one packet in twenty differs from what was sent."""
    sent = np.ones(160 * 1_000, dtype=np.float32)
    got = augment.with_packet_loss(np.random.default_rng(4), sent, 0.05)
    changed = (got != sent).reshape(-1, 160)
    assert np.all(changed.all(axis=1) == changed.any(axis=1))
    assert 20 < changed.any(axis=1).sum() < 90
