"""What is played to one party: PCM in memory, read 20 ms at a time.

The poll loop starts, stops and collects; the clock thread of the sound device only calls `Player.fill`.
They share one attribute, replaced as a whole, so no lock is needed and the clock thread never waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebot.vocabulary.audio_format import SAMPLES_PER_MS

Pcm = npt.NDArray[np.int16]


def load_pcm(files: Sequence[str]) -> Pcm:
    """Read headerless 16-bit 8 kHz PCM files and join them.

    They are copied into memory: a mapped file that someone truncates or that must come from a slow
    disk would kill the process or stall the clock thread of every leg. Raises OSError.
    """
    parts = []
    for name in files:
        data = Path(name).read_bytes()
        parts.append(np.frombuffer(data, np.int16, len(data) // 2))
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


class Playback:
    """One run of one `Play`; reading it to the end finishes it."""

    def __init__(self, play_id: str, pcm: Pcm, *, from_ms: int = 0, loop: bool = False) -> None:
        self.play_id = play_id
        self.loop = loop and len(pcm) > 0
        self.heard_samples = 0
        self._pcm = pcm
        start = max(0, from_ms) * SAMPLES_PER_MS
        self._place = start % len(pcm) if self.loop else min(start, len(pcm))
        self.done = self._place >= len(pcm)

    @property
    def heard_ms(self) -> int:
        """How much has left towards the party since ``from_ms``, in whole milliseconds."""
        return self.heard_samples // SAMPLES_PER_MS

    def read(self, out: Pcm) -> None:
        """Fill ``out``; silence after the end. Called on the clock thread."""
        filled = 0
        while filled < len(out) and not self.done:
            count = min(len(out) - filled, len(self._pcm) - self._place)
            out[filled : filled + count] = self._pcm[self._place : self._place + count]
            filled += count
            self._place += count
            if self._place >= len(self._pcm):
                if self.loop:
                    self._place = 0
                else:
                    self.done = True
        out[filled:] = 0
        self.heard_samples += filled


class Player:
    """At most one playback at a time."""

    def __init__(self) -> None:
        self._current: Playback | None = None

    @property
    def current(self) -> Playback | None:
        """What is being played, or None."""
        return self._current

    def start(self, playback: Playback) -> Playback | None:
        """Play ``playback`` from the next frame on; returns what it replaced."""
        replaced, self._current = self._current, playback
        return replaced

    def stop(self) -> Playback | None:
        """Fall silent; returns what was being played."""
        stopped, self._current = self._current, None
        return stopped

    def take_finished(self) -> Playback | None:
        """Return the playback that has come to its end since the last call, once."""
        current = self._current
        if current is None or not current.done:
            return None
        self._current = None
        return current

    def fill(self, out: Pcm) -> None:
        """Write the next samples, silence if nothing plays. Called on the clock thread."""
        current = self._current
        if current is None:
            out[:] = 0
        else:
            current.read(out)
