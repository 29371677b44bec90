"""What a call shows is compared with what an author expects."""

from pathlib import Path

import numpy as np
import pytest

from voicebot.demo.rehearsal import fits, noisy
from voicebot.speech.synthesiser import Clip


@pytest.mark.parametrize(
    ("key", "expected", "seen", "fit"),
    [
        ("transfer", "red_flag", "warm", True),
        ("transfer", None, "warm", False),
        ("transfer", "urgent", None, False),
        ("closed", False, True, True),
        ("closed", True, False, False),
        ("text", ["인공지능", "녹음"], "인공지능이 받고 녹음합니다", True),
        ("text", "사람", "인공지능이 받고 녹음합니다", False),
        ("flags", ["trapped"], ["multiple_victims", "trapped"], True),
        ("slots", {"people": 2}, {"people": "2", "hurt": "yes"}, True),
        ("slots", {"people": 2}, {}, False),
        ("place", "이태원역", "용산구 이태원역", True),
        ("place", "이태원역 1번 출구", "용산구 이태원역", False),
        ("place", None, "용산구 이태원역", False),
        ("urgency", "urgent", "unknown", False),
    ],
)
def test_what_is_seen_must_be_what_is_expected(key: str, expected: object, seen: object, fit: bool) -> None:
    """A record may tell more than a test asks for, never less or something else."""
    assert fits(key, expected, seen) is fit


def test_noise_is_as_loud_as_it_is_said_to_be(tmp_path: Path) -> None:
    """So many decibels below the speech, before and after it too, and the same each time."""
    file = tmp_path / "speech.pcm"
    speech = (8000 * np.sin(np.arange(16_000) * 0.3)).astype(np.int16)
    speech.tofile(file)
    clip = noisy(Clip(file, 2000), 20)
    heard = np.fromfile(clip.file, np.int16).astype(np.float64)
    assert clip.duration_ms == 2800
    noise = heard.copy()
    noise[3200:-3200] -= speech
    level = 20 * np.log10(np.sqrt(np.mean(speech.astype(np.float64) ** 2)) / np.sqrt(np.mean(noise**2)))
    assert abs(level - 20) < 0.5
    assert np.any(noise[:3200])
    assert np.array_equal(heard, np.fromfile(noisy(Clip(file, 2000), 20).file, np.int16))
