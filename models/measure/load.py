"""Many calls at once through the real ears: rings, detector, queue and model, in real time.

One process, as the core is; `callers` tells what is said. The line's part, writing into the rings, is done
here every 64 ms. Times are those of this machine with all else that runs on it; processor seconds are
what hearing itself needs, and say more where the machine is not free.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.measure.callers import CHUNK_MS, Caller, caller
from models.measure.material import SEED, Material
from voicebot import metrics
from voicebot.audio.rings import Rings
from voicebot.calls.hearing.listening import LONGEST_UTTERANCE_MS, WINDOW_MS, Hearing
from voicebot.calls.hearing.place_name_scoring import PlaceNames
from voicebot.settings import PROJECT_FOLDER
from voicebot.speech.detector import Detector
from voicebot.speech.recogniser import Recogniser, Transcript
from voicebot.speech.recognition_queue import RecogniserQueue
from voicebot.understanding import load_knowledge
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS, TELEPHONE_RATE_HZ

_FREE = 0.2
"""Cores that others may use of a machine that is called free."""
_DRAINED_S = 15
"""Thrice what a final may wait for the recogniser (`RecogniserQueue`, 5 s)."""
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class _TimedDetector(Detector):
    """Adds up the processor time of its thread."""

    cpu_s = 0.0
    ticks = 0

    def probabilities(
        self, slots: npt.NDArray[np.intp], windows: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.float32]:
        began_s = time.thread_time()
        try:
            return super().probabilities(slots, windows)
        finally:
            self.cpu_s += time.thread_time() - began_s
            self.ticks += 1


class _TimedModel:
    """The recogniser of a call, with the time of each batch."""

    def __init__(self, recogniser: Recogniser) -> None:
        knowledge = load_knowledge(PROJECT_FOLDER / "dialogs" / "lexicon")
        self._recogniser = PlaceNames(recogniser, knowledge.gazetteer)
        self.times_ms: list[float] = []
        self.clips, self.speech_s = 0, 0.0

    def transcribe(self, clips: Any) -> list[Transcript]:
        """Decode, timed."""
        return self._timed(self._recogniser.transcribe, clips)

    def draft(self, clips: Any) -> list[Transcript]:
        """Decode a partial, timed."""
        return self._timed(self._recogniser.draft, clips)

    def _timed(self, decode: Callable[[Any], list[Transcript]], clips: Any) -> list[Transcript]:
        began_s = time.perf_counter()
        try:
            return decode(clips)
        finally:
            self.times_ms.append(1000 * (time.perf_counter() - began_s))
            self.clips += len(clips)
            self.speech_s += sum(map(len, clips)) / TELEPHONE_RATE_HZ


class _Clocks:
    """Processor seconds since it was made: of the process, of this thread, of the whole machine."""

    def __init__(self) -> None:
        self._began = self._now()

    def passed(self) -> tuple[float, float, float, float]:
        """Return seconds of wall, process, thread, machine."""
        wall_s, process_s, thread_s, machine_s = (
            now - began for now, began in zip(self._now(), self._began, strict=True)
        )
        return wall_s, process_s, thread_s, machine_s

    @staticmethod
    def _now() -> tuple[float, ...]:
        return time.perf_counter(), time.process_time(), time.thread_time(), _machine_busy_s()


def under_load(recogniser: Recogniser, speech: Material, streams: int, seconds: float) -> dict[str, Any]:
    """Return latencies and processor time with ``streams`` live callers for ``seconds``."""
    rng = np.random.default_rng(SEED + streams)
    warm_up = speech.clips[0][: recogniser.longest_ms * SAMPLES_PER_MS]
    recogniser.transcribe([warm_up])
    recogniser.draft([warm_up])
    callers = [caller(f"L0.{number}", speech, seconds, rng, alone=streams == 1) for number in range(streams)]
    return asyncio.run(_run(recogniser, callers, seconds))


async def _run(recogniser: Recogniser, callers: list[Caller], seconds: float) -> dict[str, Any]:
    detector, model = _TimedDetector(len(callers)), _TimedModel(recogniser)
    queue = RecogniserQueue(
        model, batch=recogniser.best_batch, padded=recogniser.padded, workers=recogniser.workers
    )
    hearing = Hearing(detector, queue, len(callers), LONGEST_UTTERANCE_MS)
    before = _counters()
    with tempfile.TemporaryDirectory() as folder:
        rings = Rings.create(Path(folder, "rings"), len(callers))
        for slot, each in enumerate(callers):
            hearing.listen(each.leg, rings, slot, each)
            each.answered_by(hearing)
        lags_ms: list[float] = []
        works = (queue.run(), hearing.run(), _watch_lag(lags_ms))
        tasks = [asyncio.create_task(work) for work in works]
        clocks = _Clocks()
        feeding_s = await _feed(rings, callers, seconds)
        wall_s, process_s, loop_s, machine_s = clocks.passed()
        detector_s = detector.cpu_s
        await _drained(queue, callers)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    counted = {name: count - before.get(name, 0) for name, count in _counters().items()}
    cores = os.cpu_count() or 1
    utterances = sum(len(each.ends) for each in callers)
    recogniser_s = process_s - loop_s - detector_s
    return {
        "streams": len(callers),
        "seconds": round(wall_s, 1),
        "utterances": utterances,
        "utterances_per_s": round(utterances / wall_s, 2),
        "talk_ratio": _talk_ratio(callers),
        **_latencies(callers),
        "wait_ms_mean": {
            name: round(1000 * counted[f"wait/{name}"] / counted[f"waited/{name}"], 1)
            for name in ("final", "speculative", "partial")
            if counted.get(f"waited/{name}")
        },
        "decode_ms_per_batch": _percentiles(model.times_ms),
        "clips_per_batch": round(model.clips / max(1, len(model.times_ms)), 2),
        "cores_used": {
            "recogniser": round(recogniser_s / wall_s, 3),
            "detector": round(detector_s / wall_s, 3),
            "event_loop": round((loop_s - feeding_s) / wall_s, 3),
            "writing_the_audio": round(feeding_s / wall_s, 3),
            "all": round(process_s / wall_s, 3),
        },
        "share_of_machine": round(process_s / wall_s / cores, 3),
        "cores_used_by_others": round(max(0.0, machine_s - process_s) / wall_s, 2),
        "recogniser_cpu_ms_per_utterance": round(1000 * recogniser_s / max(1, utterances), 1),
        "recogniser_cpu_ms_per_s_of_audio": round(1000 * recogniser_s / max(0.1, model.speech_s), 2),
        "detector_cpu_ms_per_tick": round(1000 * detector.cpu_s / max(1, detector.ticks), 2),
        "loop_lag_ms_p95": round(float(np.percentile(lags_ms, 95)), 1) if lags_ms else None,
        "outcomes": {
            name: count
            for name, count in sorted(counted.items())
            if count and name.startswith(("clips/", "speculation/"))
        },
    }


def _latencies(callers: Sequence[Caller]) -> dict[str, Any]:
    decided, gate, ended, none, lost = [], [], [], 0, 0
    for each in callers:
        for event, at_s in each.ends:
            decided.append(event.recognised_in_ms)
            none += event.transcript is None
            ends = [it.end_ms for it in each.said if event.start_ms < it.end_ms <= event.end_ms]
            if ends and (end_s := each.on_the_line_s(ends[-1])) is not None:
                ended.append(1000 * (at_s - end_s))
                gate.append(ended[-1] - event.recognised_in_ms)
        on_line_ms = len(each.written_s) * CHUNK_MS
        due = [it for it in each.said if it.end_ms + 2000 < on_line_ms]
        lost += sum(not any(e.start_ms < it.end_ms <= e.end_ms for e, _ in each.ends) for it in due)
    early = [took_ms for each in callers for took_ms in each.early_ms]
    return {
        "endpoint_to_text_ms": _percentiles(decided),
        "end_of_speech_to_endpoint_ms": _percentiles(gate),
        "end_of_speech_to_text_ms": _percentiles(ended),
        "pause_to_early_text_ms": _percentiles(early),
        "finals_without_result": none,
        "utterances_not_heard": lost,
    }


def _talk_ratio(callers: Sequence[Caller]) -> float:
    spoken_ms = on_line_ms = 0
    for each in callers:
        now_ms = len(each.written_s) * CHUNK_MS
        on_line_ms += now_ms
        spoken_ms += sum(max(0, min(it.end_ms, now_ms) - it.start_ms) for it in each.said)
    return round(spoken_ms / max(1, on_line_ms), 3)


def _percentiles(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"p50": None, "p95": None, "max": None}
    low, high, most = np.percentile(values, [50, 95, 100])
    return {"p50": round(float(low), 1), "p95": round(float(high), 1), "max": round(float(most), 1)}


async def _feed(rings: Rings, callers: list[Caller], seconds: float) -> float:
    """Write all tracks in real time; returns the processor time that it took."""
    loop = asyncio.get_running_loop()
    began, spent_s = loop.time(), 0.0
    chunk_samples = CHUNK_MS * SAMPLES_PER_MS
    for chunk in range(int(seconds * 1000 / CHUNK_MS)):
        await asyncio.sleep(max(0.0, began + (chunk + 1) * CHUNK_MS / 1000 - loop.time()))
        cpu_s = time.thread_time()
        now_s = time.perf_counter()
        for slot, each in enumerate(callers):
            rings.write_rx(slot, each.track[chunk * chunk_samples : (chunk + 1) * chunk_samples])
            each.written_s.append(now_s)
        spent_s += time.thread_time() - cpu_s
    return spent_s


async def _drained(queue: RecogniserQueue, callers: Sequence[Caller]) -> None:
    """Let what is on the line be heard to its end, for as long as finals may take after a late detector."""
    for _ in range(_DRAINED_S * 10):
        await asyncio.sleep(0.1)
        if not queue.waiting and max(each.behind_ms for each in callers) < CHUNK_MS:
            break
    await asyncio.sleep(0.5)


async def _watch_lag(lags_ms: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + 0.05
        await asyncio.sleep(0.05)
        lags_ms.append(1000 * max(0.0, loop.time() - due))


def _counters() -> dict[str, float]:
    """Return what became of clips and speculation so far, and how long clips waited."""
    found: dict[str, float] = {}
    for counter, short in ((metrics.RECOGNISER_CLIPS, "clips"), (metrics.SPECULATION, "speculation")):
        for family in counter.collect():
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    found["/".join([short, *sample.labels.values()])] = int(sample.value)
    for family in metrics.RECOGNISER_WAIT_SECONDS.collect():
        for sample in family.samples:
            if sample.name.endswith(("_sum", "_count")):
                kind = "wait" if sample.name.endswith("_sum") else "waited"
                found["/".join([kind, *sample.labels.values()])] = sample.value
    return found


def _machine_busy_s() -> float:
    """Return processor seconds that the whole machine has worked since it started; 0 where nobody tells."""
    try:
        with Path("/proc/stat").open(encoding="ascii") as stat:
            user, nice, system, _, _, *rest = map(int, stat.readline().split()[1:9])
    except (OSError, ValueError):
        return 0.0
    return (user + nice + system + sum(rest)) / _TICKS_PER_S


def weakest(rows: Sequence[dict[str, Any]]) -> str:
    """Return where the time goes at the highest load, and what would be full first beyond it."""
    most = max(rows, key=lambda row: row["streams"])
    used, at = most["cores_used"], most["streams"]
    full_at = {
        "the event loop's thread": at / max(used["event_loop"], 0.001),
        "the detector's thread": at / max(used["detector"], 0.001),
        "the processor": at / max(most["share_of_machine"], 0.001),
    }
    name = min(full_at, key=lambda key: full_at[key])
    shed = sum(most["outcomes"].get(f"clips/partial/{how}", 0) for how in ("refused", "displaced", "stale"))
    others = most["cores_used_by_others"]
    busy = (
        f" Others used {others:.2f} cores meanwhile: repeat it on a free machine." if others > _FREE else ""
    )
    gate, text = most["end_of_speech_to_endpoint_ms"], most["endpoint_to_text_ms"]
    return (
        f"At {at} streams hearing uses {used['all']:.2f} cores: recogniser {used['recogniser']:.2f}, "
        f"detector {used['detector']:.2f}, event loop {used['event_loop']:.2f}. From the end of speech the "
        f"gate waits {gate['p50']} ms (p95 {gate['p95']}), then the text takes {text['p50']} ms (p95 "
        f"{text['p95']}); a batch is decoded in {most['decode_ms_per_batch']['p50']} ms. Beyond, {name} "
        f"would be full first, at about {int(full_at[name])} streams; {shed:.0f} partials were given "
        f"up already, speculation would be next.{busy}"
    )


assert WINDOW_MS * 2 == CHUNK_MS
