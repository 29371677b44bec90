"""Many calls at once through the real ears: rings, detector, queue and model, in real time.

One process, as the core is. Each stream talks as callers do: an utterance, then a pause in which the
other side would speak. The line's part, writing into the rings, is done here every 64 ms.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voicebot import metrics
from voicebot.audio.rings import Rings
from voicebot.bench import material
from voicebot.bench.material import SEED, Material, Pcm
from voicebot.calls.hearing import WINDOW_MS, Hearing, HearingEvent, UtteranceHeard
from voicebot.speech.detector import Detector
from voicebot.speech.queue import RecogniserQueue
from voicebot.speech.recogniser import Recogniser, Transcript

_CHUNK_MS = 64
_LISTENING_S = (2.5, 8.0)
"""How long a caller listens between two utterances: he talks about a third of the time."""
_ENDPOINT_MS = 700


@dataclass(eq=False)
class _Stream:
    """One caller: his track, where his utterances end in it, and what was heard of him."""

    leg: str
    track: Pcm
    ends_ms: list[int]
    written_s: dict[int, float] = field(default_factory=dict)
    heard: list[tuple[UtteranceHeard, float]] = field(default_factory=list)

    def media_passed(self, leg: str, elapsed_ms: int, *, speaking: bool) -> None:
        """Nothing waits for this stream's clocks."""

    def heard_event(self, event: HearingEvent) -> None:
        if isinstance(event, UtteranceHeard):
            self.heard.append((event, time.perf_counter()))


class _Listener:
    def __init__(self, stream: _Stream) -> None:
        self.heard = stream.heard_event
        self.media_passed = stream.media_passed


class _TimedDetector(Detector):
    """Adds up the processor time of its thread."""

    cpu_s = 0.0

    def probabilities(
        self, slots: npt.NDArray[np.intp], windows: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.float32]:
        began_s = time.thread_time()
        try:
            return super().probabilities(slots, windows)
        finally:
            self.cpu_s += time.thread_time() - began_s


class _TimedModel:
    """Adds up what the recogniser does."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self.busy_s, self.clips, self.speech_s, self.batches = 0.0, 0, 0.0, 0

    def transcribe(self, clips: Any) -> list[Transcript]:
        """Decode, timed."""
        began_s = time.perf_counter()
        try:
            return self._recogniser.transcribe(clips)
        finally:
            self.busy_s += time.perf_counter() - began_s
            self.batches += 1
            self.clips += len(clips)
            self.speech_s += sum(map(len, clips)) / material.RATE_HZ


def under_load(recogniser: Recogniser, speech: Material, streams: int, seconds: float) -> dict[str, Any]:
    """Return latencies and shares of time with ``streams`` live callers for ``seconds``."""
    rng = np.random.default_rng(SEED + streams)
    callers = [_stream(f"L0.{number}", speech, seconds, rng, alone=streams == 1) for number in range(streams)]
    return asyncio.run(_run(recogniser, callers, seconds))


async def _run(recogniser: Recogniser, streams: list[_Stream], seconds: float) -> dict[str, Any]:
    detector, model = _TimedDetector(len(streams)), _TimedModel(recogniser)
    queue = RecogniserQueue(model, batch=recogniser.best_batch, padded=recogniser.padded)
    hearing = Hearing(detector, queue, len(streams))
    before = _counters()
    with tempfile.TemporaryDirectory() as folder:
        rings = Rings.create(Path(folder, "rings"), len(streams))
        for slot, stream in enumerate(streams):
            hearing.listen(stream.leg, rings, slot, _Listener(stream))
            hearing.endpoint(stream.leg, _ENDPOINT_MS, 9000)
        tasks = [asyncio.create_task(work) for work in (queue.run(), hearing.run())]
        lags_ms: list[float] = []
        tasks.append(asyncio.create_task(_watch_lag(lags_ms)))
        began_s, cpu_s = time.perf_counter(), time.process_time()
        feeding_s = await _feed(rings, streams, seconds)
        wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
        await _drained(queue)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    after = _counters()
    return {
        "streams": len(streams),
        "seconds": round(wall_s, 1),
        **_latencies(streams),
        "detector_share_of_a_core": round(detector.cpu_s / wall_s, 4),
        "recogniser_busy": round(model.busy_s / wall_s, 4),
        "feeding_share_of_a_core": round(feeding_s / wall_s, 4),
        "process_share_of_a_core": round(cpu_s / wall_s, 3),
        "loop_lag_ms_p95": round(float(np.percentile(lags_ms, 95)), 1),
        "decoded_clips": model.clips,
        "decoded_speech_s": round(model.speech_s, 1),
        "decode_ms_per_batch": round(1000 * model.busy_s / max(1, model.batches), 1),
        "outcomes": {
            name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)
        },
    }


def _latencies(streams: list[_Stream]) -> dict[str, Any]:
    decided, ended, lost, none, speech_ms = [], [], 0, 0, 0
    for stream in streams:
        for event, at_s in stream.heard:
            decided.append(event.recognised_in_ms)
            none += event.transcript is None
            ends = [end for end in stream.ends_ms if event.start_ms < end <= event.end_ms]
            if ends and ends[-1] // _CHUNK_MS in stream.written_s:
                ended.append(1000 * (at_s - stream.written_s[ends[-1] // _CHUNK_MS]))
        due = [end for end in stream.ends_ms if end // _CHUNK_MS + 30 < len(stream.written_s)]
        lost += sum(not any(e.start_ms < end <= e.end_ms for e, _ in stream.heard) for end in due)
        speech_ms += sum(event.end_ms - event.start_ms - _ENDPOINT_MS for event, _ in stream.heard)
    return {
        "utterances": len(decided),
        "talk_ratio": round(speech_ms / max(1, sum(len(s.written_s) * _CHUNK_MS for s in streams)), 3),
        "endpoint_to_text_ms": _percentiles(decided),
        "end_of_speech_to_text_ms": _percentiles(ended),
        "finals_without_result": none,
        "utterances_not_heard": lost,
    }


def _percentiles(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"p50": None, "p95": None, "max": None}
    low, high, most = np.percentile(values, [50, 95, 100])
    return {"p50": round(float(low), 1), "p95": round(float(high), 1), "max": round(float(most), 1)}


async def _feed(rings: Rings, streams: list[_Stream], seconds: float) -> float:
    """Write all tracks in real time; returns the processor time that it took."""
    loop = asyncio.get_running_loop()
    began, spent_s = loop.time(), 0.0
    for chunk in range(int(seconds * 1000 / _CHUNK_MS)):
        await asyncio.sleep(max(0.0, began + (chunk + 1) * _CHUNK_MS / 1000 - loop.time()))
        cpu_s = time.thread_time()
        now_s = time.perf_counter()
        for slot, stream in enumerate(streams):
            rings.write_rx(slot, stream.track[chunk * _CHUNK_MS * 8 : (chunk + 1) * _CHUNK_MS * 8])
            stream.written_s[chunk] = now_s
        spent_s += time.thread_time() - cpu_s
    return spent_s


def _stream(leg: str, speech: Material, seconds: float, rng: np.random.Generator, *, alone: bool) -> _Stream:
    samples = int(seconds * material.RATE_HZ) + _CHUNK_MS * 8
    parts: list[Pcm] = []
    ends_ms: list[int] = []
    length = 0
    wait_s = rng.uniform(0.2, 1.0 if alone else _LISTENING_S[1])
    while length < samples:
        clip = speech.clips[int(rng.integers(len(speech.clips)))]
        parts.append(material.padded(clip, int(1000 * wait_s), 0))
        length += len(parts[-1])
        ends_ms.append(length // 8)
        wait_s = rng.uniform(1.2, 2.0) if alone else rng.uniform(*_LISTENING_S)
    track = np.concatenate(parts)[:samples].astype(np.int32)
    track += rng.integers(-12, 13, samples)  # a line is never silent
    return _Stream(leg, np.clip(track, -32_768, 32_767).astype(np.int16), ends_ms)


async def _drained(queue: RecogniserQueue) -> None:
    """Let what waits be decoded, for as long as a final may take."""
    for _ in range(60):
        await asyncio.sleep(0.1)
        if not queue.waiting:
            break
    await asyncio.sleep(0.5)


async def _watch_lag(lags_ms: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + 0.05
        await asyncio.sleep(0.05)
        lags_ms.append(1000 * max(0.0, loop.time() - due))


def _counters() -> dict[str, int]:
    """Return what became of clips and speculation so far."""
    found = {}
    for counter, short in ((metrics.RECOGNISER_CLIPS, "clips"), (metrics.SPECULATION, "speculation")):
        for family in counter.collect():
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    found["/".join([short, *sample.labels.values()])] = int(sample.value)
    return found


def weakest(rows: list[dict[str, Any]]) -> str:
    """Return one sentence: where the time goes at the highest load, and what would break first beyond."""
    most = max(rows, key=lambda row: row["streams"])
    shares = {
        "the recogniser's thread": most["recogniser_busy"],
        "the detector's thread": most["detector_share_of_a_core"],
        "the event loop": max(
            0.0,
            most["process_share_of_a_core"] - most["recogniser_busy"] - most["detector_share_of_a_core"],
        ),
    }
    name = max(shares, key=lambda key: shares[key])
    told = ", ".join(f"{key} {share:.0%}" for key, share in shares.items())
    at = most["streams"]
    return (
        f"At {at} streams: {told} of a core; a pause of {_ENDPOINT_MS} ms is waited out, then the text takes "
        f"{most['endpoint_to_text_ms']['p50']} ms (p95 {most['endpoint_to_text_ms']['p95']}). "
        f"{name[0].upper()}{name[1:]} would be full first, at about {int(at / max(shares[name], 0.01))}."
    )


assert WINDOW_MS * 2 == _CHUNK_MS
