"""Recordings: one WAV per leg, left what the party said, right what was played to it.

Two channels, because a recogniser or a court must be able to tell who spoke. The header is kept true
at each pump, so a crash leaves a file that plays.
"""

from __future__ import annotations

import threading
import wave
from pathlib import Path

import numpy as np
import structlog

from voicebot.audio.rings import Rings
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

log = structlog.get_logger(__name__)
_MOST_SAMPLES = TELEPHONE_RATE_HZ * 8


class Recording:
    """Copies one leg's rings to a file. A full disk ends the recording, never the call."""

    def __init__(self, path: Path, rings: Rings, slot: int) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._rings = rings
        self._slot = slot
        self._generation = rings.generation(slot)
        self._position = 0
        self._file: wave.Wave_write | None = None
        try:
            self._file = wave.open(str(path), "wb")  # noqa: SIM115 - closed by `close`
            self._file.setnchannels(2)
            self._file.setsampwidth(2)
            self._file.setframerate(TELEPHONE_RATE_HZ)
        except OSError as error:
            self._fail(error)

    def pump(self) -> None:
        """Write what has come since the last pump; call at least every 8 s. Blocks on the disk."""
        with self._lock:
            self._pump()

    def _pump(self) -> None:
        if self._file is None or self._rings.generation(self._slot) != self._generation:
            return
        written = min(self._rings.rx_position(self._slot), self._rings.tx_position(self._slot))
        count = min(written - self._position, _MOST_SAMPLES)
        if count <= 0:
            return
        try:
            said = self._rings.read_rx(self._slot, self._position, count)
            played = self._rings.read_tx(self._slot, self._position, count)
        except IndexError:
            log.warning("recording fell behind", file=self._path.name)
            self._position = written
            return
        self._position += count
        try:
            self._file.writeframes(np.stack([said, played], axis=1).tobytes())
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Write the rest and close the file."""
        with self._lock:
            self._pump()
            if self._file is not None:
                try:
                    self._file.close()
                except OSError as error:
                    self._fail(error)
                self._file = None

    def _fail(self, error: OSError) -> None:
        log.error("recording stopped", file=self._path.name, error=str(error))
        self._file = None
