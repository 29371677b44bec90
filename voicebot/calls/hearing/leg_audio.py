"""The legs of one call that are listened to and recorded."""

from __future__ import annotations

import asyncio

from voicebot.calls.hearing.listening import Hearing, Listener
from voicebot.calls.hearing.recording import Recordings
from voicebot.calls.tasks import CallTasks
from voicebot.lines import LinePool
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS


class LegAudio:
    """Begins and ends listening; every leg that began is ended exactly once. Never waits for the disk."""

    def __init__(
        self,
        call: str,
        listener: Listener,
        lines: LinePool,
        hearing: Hearing,
        recordings: Recordings | None,
        tasks: CallTasks,
    ) -> None:
        """``listener`` hears all legs of the ``call``; ``recordings`` is None when nothing is recorded."""
        self._call = call
        self._listener = listener
        self._lines = lines
        self._hearing = hearing
        self._recordings = recordings
        self._tasks = tasks
        self._recorders: dict[str, asyncio.Task[None] | None] = {}
        """By leg that is listened to."""
        self._offsets_ms: dict[str, int] = {}

    def open(self, leg: str, slot: int, call_ms: int) -> None:
        """Listen to ``leg`` from now on, the time ``call_ms`` of the call; raises `LineGone`."""
        rings = self._lines.rings(leg)
        number = len(self._offsets_ms)  # 0 is the caller, the others are the operators in their order
        self._offsets_ms[leg] = call_ms - rings.rx_position(slot) // SAMPLES_PER_MS
        self._recorders[leg] = None
        if self._recordings is not None:
            file = f"{self._call}-{f'operator-{number}' if number else 'caller'}.wav"
            work = self._recordings.record(file, rings, slot)
            self._recorders[leg] = self._tasks.start(work, f"recording {file}")
        self._hearing.listen(leg, rings, slot, self._listener)

    def call_ms(self, leg: str, leg_ms: int) -> int:
        """Turn media time of a leg into time of the call."""
        return max(0, leg_ms + self._offsets_ms.get(leg, 0))

    def close(self, leg: str) -> None:
        """Stop listening to ``leg``, and let its recording be completed; nothing if it was not heard."""
        self._hearing.forget(leg)
        recorder = self._recorders.pop(leg, None)
        if recorder is not None:
            recorder.cancel()

    def close_all(self) -> None:
        """Stop listening to all legs of the call."""
        for leg in tuple(self._recorders):
            self.close(leg)
