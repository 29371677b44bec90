"""The audio plane: one memory-mapped file per line process, with two rings of PCM per leg.

``rx`` is what the party said, ``tx`` what we played to it: 16-bit mono at 8 kHz. The line process
writes (in the clock thread of its sound device), the core only reads. Positions count samples since
the leg began and never wrap; the place in the ring is the position modulo the capacity. A writer
stores samples first and the new position after, so a reader never sees unwritten samples (x86 and
arm64 keep aligned 8-byte stores whole; the GIL and the socket message give the ordering).
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from voicebot.vocabulary.audio_format import BYTES_PER_SAMPLE

CAPACITY_SAMPLES = 1 << 17
"""16.4 s per ring: how far a reader may lag before it loses audio."""

Pcm = npt.NDArray[np.int16]
_HEADER_WORDS = 8
"""Of 8 bytes: a cache line for each slot."""
_GENERATION, _RX, _TX = 0, 1, 2
"""Their places in the header."""


class Rings:
    """The rings of all slots of one line process."""

    def __init__(self, memory: mmap.mmap, slots: int) -> None:
        self._memory = memory
        self.slots = slots
        header_bytes = slots * _HEADER_WORDS * 8
        self.header: npt.NDArray[np.int64] = np.frombuffer(memory, np.int64, slots * _HEADER_WORDS).reshape(
            slots, _HEADER_WORDS
        )
        samples = np.frombuffer(memory, np.int16, slots * 2 * CAPACITY_SAMPLES, header_bytes)
        self._samples: Pcm = samples.reshape(slots, 2, CAPACITY_SAMPLES)

    @classmethod
    def create(cls, path: Path, slots: int) -> Self:
        """Make the file (truncating an old one) with ``slots`` empty slots; raises OSError without room.

        All its room is taken at once: a file system that is full later would kill who writes into the map.
        """
        with path.open("w+b") as file:
            for _ in range(slots):
                file.write(bytes(_HEADER_WORDS * 8 + 2 * CAPACITY_SAMPLES * BYTES_PER_SAMPLE))
            file.flush()
            return cls(mmap.mmap(file.fileno(), 0), slots)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map an existing file; the number of slots follows from its size."""
        with path.open("r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
        slots = len(memory) // (_HEADER_WORDS * 8 + 2 * CAPACITY_SAMPLES * BYTES_PER_SAMPLE)
        return cls(memory, slots)

    def reset(self, slot: int) -> None:
        """Begin a new leg in ``slot``: positions go to 0 and the generation is counted up."""
        self.header[slot, _RX] = 0
        self.header[slot, _TX] = 0
        self.header[slot, _GENERATION] += 1

    def generation(self, slot: int) -> int:
        """Return which leg holds ``slot``: the count of legs that began there."""
        return int(self.header[slot, _GENERATION])

    def rx_position(self, slot: int) -> int:
        """Return how many samples the party of ``slot`` has sent since the leg began."""
        return int(self.header[slot, _RX])

    def tx_position(self, slot: int) -> int:
        """Return how many samples were sent to the party of ``slot`` since the leg began."""
        return int(self.header[slot, _TX])

    def write_rx(self, slot: int, samples: Pcm) -> None:
        """Append what the party said; called by the line process only."""
        self._write(slot, _RX, samples)

    def write_tx(self, slot: int, samples: Pcm) -> None:
        """Append what was played to the party; called by the line process only."""
        self._write(slot, _TX, samples)

    def read_rx(self, slot: int, start: int, count: int) -> Pcm:
        """Copy ``count`` samples from position ``start``; they must be written and not yet overwritten."""
        return self._read(slot, _RX, start, count)

    def read_tx(self, slot: int, start: int, count: int) -> Pcm:
        """Copy ``count`` samples of what was played, from position ``start``."""
        return self._read(slot, _TX, start, count)

    def gather_rx(self, slots: npt.NDArray[np.intp], starts: npt.NDArray[np.int64], count: int) -> Pcm:
        """Copy one window of many legs in one numpy operation; returns int16 of shape [legs, count]."""
        places = (starts[:, None] + np.arange(count)) & (CAPACITY_SAMPLES - 1)
        gathered: Pcm = self._samples[slots[:, None], 0, places]
        return gathered

    def _write(self, slot: int, which: int, samples: Pcm) -> None:
        position = int(self.header[slot, which])
        place = position & (CAPACITY_SAMPLES - 1)
        ring = self._samples[slot, which - 1]
        head = min(len(samples), CAPACITY_SAMPLES - place)
        ring[place : place + head] = samples[:head]
        ring[: len(samples) - head] = samples[head:]
        self.header[slot, which] = position + len(samples)

    def _read(self, slot: int, which: int, start: int, count: int) -> Pcm:
        position = int(self.header[slot, which])
        if start + count > position or start < position - CAPACITY_SAMPLES:
            message = f"samples {start}..{start + count} of slot {slot} are not in the ring (at {position})"
            raise IndexError(message)
        place = start & (CAPACITY_SAMPLES - 1)
        ring = self._samples[slot, which - 1]
        head = min(count, CAPACITY_SAMPLES - place)
        out = np.empty(count, np.int16)
        out[:head] = ring[place : place + head]
        out[head:] = ring[: count - head]
        return out
