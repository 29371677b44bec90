"""Playing PCM in frames of 20 ms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voicebot.sip.pj.player import Playback, Player, load_pcm


def _ramp(count: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.arange(1, count + 1, dtype=np.int16)


def _read(player: Player, frames: int) -> list[int]:
    out = np.full(160, 7, np.int16)
    heard: list[int] = []
    for _ in range(frames):
        player.fill(out)
        heard += out.tolist()
    return heard


def test_silence_when_nothing_plays() -> None:
    """An idle player overwrites what was in the frame."""
    assert _read(Player(), 1) == [0] * 160


def test_the_end_is_padded_and_told_once() -> None:
    """The last frame ends in silence, and only what was heard is counted."""
    player = Player()
    assert player.start(Playback("a", _ramp(200))) is None
    assert player.take_finished() is None
    assert _read(player, 2) == [*range(1, 201), *[0] * 120]
    finished = player.take_finished()
    assert finished is not None
    assert (finished.play_id, finished.heard_ms) == ("a", 25)
    assert player.take_finished() is None
    assert player.current is None


def test_from_ms_skips_and_is_not_counted_as_heard() -> None:
    """heard_ms counts from where the playback began."""
    player = Player()
    player.start(Playback("a", _ramp(320), from_ms=20))
    assert _read(player, 1)[0] == 161
    stopped = player.stop()
    assert stopped is not None
    assert stopped.heard_ms == 20


def test_a_loop_starts_over_inside_a_frame() -> None:
    """A short file fills a frame several times and never ends."""
    player = Player()
    player.start(Playback("a", _ramp(60), loop=True, from_ms=10))
    assert _read(player, 1) == [*range(21, 61), *range(1, 61), *range(1, 61)]
    assert player.take_finished() is None


@pytest.mark.parametrize(
    ("samples", "from_ms", "loop"), [(0, 0, False), (0, 0, True), (80, 10, False), (80, 999, False)]
)
def test_nothing_to_play_is_finished_at_once(samples: int, from_ms: int, loop: bool) -> None:
    """An empty file, or a start behind the end, is a playback of 0 ms."""
    player = Player()
    player.start(Playback("a", _ramp(samples), from_ms=from_ms, loop=loop))
    finished = player.take_finished()
    assert finished is not None
    assert finished.heard_ms == 0


def test_replacing_returns_the_old_playback() -> None:
    """Whoever is replaced can be told how much was heard."""
    player = Player()
    first = Playback("a", _ramp(800))
    player.start(first)
    _read(player, 1)
    assert player.start(Playback("b", _ramp(800))) is first
    assert first.heard_ms == 20


def test_files_are_joined(tmp_path: Path) -> None:
    """Files are played one after the other; half a sample at the end of one is dropped."""
    (tmp_path / "a").write_bytes(_ramp(3).tobytes() + b"\x01")
    (tmp_path / "b").write_bytes(_ramp(2).tobytes())
    assert load_pcm([str(tmp_path / "a"), str(tmp_path / "b")]).tolist() == [1, 2, 3, 1, 2]
    assert len(load_pcm([])) == 0
    with pytest.raises(FileNotFoundError):
        load_pcm([str(tmp_path / "c")])
