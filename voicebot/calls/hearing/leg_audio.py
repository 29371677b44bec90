"""The legs of one call that are listened to and recorded."""

from __future__ import annotations

import asyncio
from pathlib import Path

from voicebot.calls.hearing.listening import Hearing, Listener
from voicebot.calls.hearing.recording import Recording
from voicebot.lines import LinePool
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS


class LegAudio:
    """Begins and ends listening; every leg that began is ended exactly once."""

    def __init__(self, call: str, lines: LinePool, hearing: Hearing, recordings: Path | None) -> None:
        self._call = call
        self._lines = lines
        self._hearing = hearing
        self._folder = recordings
        self._recordings: dict[str, Recording | None] = {}
        self._offsets_ms: dict[str, int] = {}

    def open(self, leg: str, slot: int, listener: Listener, now_ms: int) -> None:
        """Listen to ``leg`` from now on; ``now_ms`` is the time of the call."""
        rings = self._lines.rings(leg)
        number = len(self._offsets_ms)  # 0 is the caller, the others are his operators
        self._offsets_ms[leg] = now_ms - rings.rx_position(slot) // SAMPLES_PER_MS
        self._recordings[leg] = None
        if self._folder is not None:
            who = f"operator-{number}" if number else "caller"
            self._recordings[leg] = Recording(self._folder / f"{self._call}-{who}.wav", rings, slot)
        self._hearing.listen(leg, rings, slot, listener)

    def call_time_ms(self, leg: str, media_ms: int) -> int:
        """Turn media time of a leg into time of the call."""
        return max(0, media_ms + self._offsets_ms.get(leg, 0))

    async def close(self, leg: str) -> None:
        """Stop listening to ``leg`` and complete its recording; no effect when it is not listened to."""
        self._hearing.forget(leg)
        recording = self._recordings.pop(leg, None)
        if recording is not None:
            await asyncio.to_thread(recording.close)

    async def close_all(self) -> None:
        """Stop listening to all legs of the call."""
        for leg in tuple(self._recordings):
            await self.close(leg)

    async def pump(self) -> None:
        """Write out what was recorded since the last time."""
        for recording in tuple(self._recordings.values()):
            if recording is not None:
                await asyncio.to_thread(recording.pump)
