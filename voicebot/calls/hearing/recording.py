"""Recordings: one WAV per leg, left what the party said, right what was played to it.

Two channels, because a recogniser or a court must be able to tell who spoke. The header is kept true
at each pump, so a crash leaves a file that plays.
"""

from __future__ import annotations

import asyncio
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
import structlog

from voicebot.audio.rings import CAPACITY_SAMPLES, Rings
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

log = structlog.get_logger(__name__)

_PUMP_INTERVAL_S = 0.5
"""What a crash loses of a recording; the rings hold 16 s, so that a slow disk loses none."""
_MOST_SAMPLES = CAPACITY_SAMPLES // 2
"""Half of a ring, which is still whole after the copy: the other half is what the line writes meanwhile."""


class Recordings:
    """The folder of all recordings, and the one thread that writes there.

    A thread of its own: a disk that hangs must not take the threads in which sentences are made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recordings")

    def __enter__(self) -> Self:
        """Begin; the thread starts with the first recording."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take no more recordings; the thread completes what is left, and ends."""
        self._thread.shutdown(wait=False)

    async def record(self, file: str, rings: Rings, slot: int) -> None:
        """Record a leg until cancelled; what has come by then is still written, and the file completed."""
        run = asyncio.get_running_loop().run_in_executor
        recording = Recording(self._folder / file, rings, slot)
        try:
            while True:
                await run(self._thread, recording.pump)
                await asyncio.sleep(_PUMP_INTERVAL_S)
        finally:
            await asyncio.shield(run(self._thread, recording.close))


class Recording:
    """Copies one leg's rings to a file, all in one thread. A full disk ends the recording, never the call."""

    def __init__(self, path: Path, rings: Rings, slot: int) -> None:
        self._path = path
        self._rings = rings
        self._slot = slot
        self._generation = rings.generation(slot)
        self._position = 0
        self._raw: BinaryIO | None = None
        self._file: wave.Wave_write | None = None
        self._failed = False

    def pump(self) -> None:
        """Write what has come since the last pump; call at least every 8 s. Blocks on the disk."""
        try:
            self._pump()
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Write the rest and close the file."""
        self.pump()
        try:
            if self._file is not None:
                self._file.close()
            if self._raw is not None:
                self._raw.close()
        except OSError as error:
            self._fail(error)

    def _pump(self) -> None:
        if self._failed or self._rings.generation(self._slot) != self._generation:
            return
        if self._file is None:
            self._raw = self._path.open("wb")
            self._file = wave.open(self._raw, "wb")  # noqa: SIM115 - closed by `close`
            self._file.setnchannels(2)
            self._file.setsampwidth(2)
            self._file.setframerate(TELEPHONE_RATE_HZ)
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
        self._file.writeframes(np.stack([said, played], axis=1).tobytes())

    def _fail(self, error: OSError) -> None:
        log.error("recording stopped", file=self._path.name, error=str(error))
        self._failed = True
