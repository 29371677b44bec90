"""The measurement of transfers, small: two callers at once on a line process of their own."""

from __future__ import annotations

from voicebot.bench.transfer import measure
from voicebot.settings import PROJECT_FOLDER


def test_two_callers_at_once_ring_an_operator_each() -> None:
    """Both urgent words are understood, and each phone rings within seconds of its word."""
    figures = measure(0, 2, PROJECT_FOLDER / "models" / "ko-119-mini", told=lambda _: None)
    part = figures["many"]
    assert (part["not_answered"], part["not_rung"]) == (0, 0), part
    assert -2_000 < part["word_to_ring_ms"]["max"] < 10_000
    assert part["mean_ms"]["decode_batch"] > 0
