"""Checks of WAV reading and writing."""

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from voicebot.audio.tones import goertzel_power, sine
from voicebot.audio.wav import read_wav, write_wav


def _wav(raw: bytes, *, channels: int, width: int, rate_hz: int) -> io.BytesIO:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(raw)
    buffer.seek(0)
    return buffer


def test_round_trip_by_path(tmp_path: Path) -> None:
    """What is written at 8 kHz is read back to the sample."""
    samples = sine(700, 100)
    write_wav(tmp_path / "tone.wav", samples)
    assert np.array_equal(read_wav(tmp_path / "tone.wav"), samples)


def test_other_rates_are_brought_to_the_telephone() -> None:
    """A file at 44.1 kHz comes back at 8 kHz with its tone."""
    buffer = io.BytesIO()
    write_wav(buffer, sine(700, 500, rate_hz=44_100), 44_100)
    buffer.seek(0)
    samples = read_wav(buffer)
    assert len(samples) == pytest.approx(4_000, abs=2)
    assert goertzel_power(samples, 700) == pytest.approx(0.25, rel=0.02)


def test_stereo_is_mixed() -> None:
    """Two channels become their mean."""
    raw = np.array([[1_000, 3_000], [-2_000, -4_000]], "<i2").tobytes()
    assert read_wav(_wav(raw, channels=2, width=2, rate_hz=8_000)).tolist() == [2_000, -3_000]


@pytest.mark.parametrize(
    ("raw", "width"),
    [
        (bytes([128, 192, 64]), 1),
        (np.array([0, 16_384, -16_384], "<i2").tobytes(), 2),
        (b"\x00\x00\x00\x00\x00\x40\x00\x00\xc0", 3),
        (np.array([0, 1 << 30, -(1 << 30)], "<i4").tobytes(), 4),
    ],
)
def test_every_width_has_one_scale(raw: bytes, width: int) -> None:
    """Half scale is 16384 whether a sample has 8, 16, 24 or 32 bits."""
    read = read_wav(_wav(raw, channels=1, width=width, rate_hz=8_000))
    assert read.tolist() == [0, 16_384, -16_384]


def test_refuses_what_is_no_wav(tmp_path: Path) -> None:
    """A missing file, a text file and float samples each raise their own error."""
    with pytest.raises(OSError, match="absent"):
        read_wav(tmp_path / "absent.wav")
    (tmp_path / "text.wav").write_text("not audio, only words")
    with pytest.raises(wave.Error, match="RIFF"):
        read_wav(tmp_path / "text.wav")
    with pytest.raises(TypeError, match="float64"):
        write_wav(tmp_path / "float.wav", np.zeros(8))  # type: ignore[arg-type]
