"""``voicebot bench transfer``: from the end of an urgent word to the ringing of an operator's phone.

A whole ``voicebot serve`` of its own, real SIP and RTP on loopback: sipp phones say sentences with a red
flag after the greeting and the first question, and the phone of an operator notes when each INVITE arrives.
Once with one call at a time, once with many at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voicebot.audio import g711
from voicebot.bench.sipp import HOST, Callers, Desk
from voicebot.demo.server import Server
from voicebot.dialog import load_dialog
from voicebot.errors import SetupError
from voicebot.settings import PROJECT_FOLDER
from voicebot.speech.synthesiser import Synthesiser, Voice
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS

GOALS_MS = {"one_at_a_time": 1000, "many": 1500}
"""For the 95th percentile."""

_LEGS_PER_LINE, _CALLERS_PER_LINE = 4, 2
"""What the stock pjsua2 holds; each caller keeps a leg for an operator."""
_RTP_PORTS_PER_LINE = 4 * _LEGS_PER_LINE
"""RTP and RTCP, twice while a re-INVITE moves the media."""
_FIRST_PROMPTS = ("greeting", "open_question")
_SPEAKS_AFTER_MS = 800
"""After the greeting and the first question."""
_RINGS_BY_MS = 6_000
"""After the end of the sentence; what has not rung by then was not understood."""
_SPREAD_S = 12.0
"""Over so long the calls of the second part come in, and so begin to speak."""
_START_LIMIT_S = 120.0
"""For the server and all its line processes."""
_GAP_MS = 120
"""Between the urgent word and what follows: shorter than any pause that ends an utterance."""
_URGENT = (
    "안에 사람이 갇혀 있어요",
    "어머니가 숨을 안 쉬어요",
    "남편이 의식이 없어요",
    "칼을 들고 있어요",
    "아버지가 쓰러졌는데 숨을 안 쉬어요",
    "건물에 불이 났어요 안에 사람이 갇혀 있어요",
)
_AND_ON = "역삼동 테헤란로 백오십이예요 빨리 와 주세요"
_VOICES = (Voice("ko+f2", 150, 55), Voice("ko+m3", 155, 40), Voice("ko", 150, 50))
"""Of espeak-ng, with words a minute and pitch: three that differ. Chosen."""
_QUIET = 200
"""Samples below it are no sound of speech."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a caller says: A-law from the answer on, and where in it the urgent word ends."""

    text: str
    speaks_on: bool
    """The urgent word stands in the middle; otherwise it is the last."""
    audio: Path
    word_ends_ms: int
    ends_ms: int


def measure(calls: int, at_once: int, model: Path, told: Callable[[str], None]) -> dict[str, Any]:
    """Return the figures: ``calls`` one after the other, then ``at_once`` together; 0 leaves a part out."""
    with tempfile.TemporaryDirectory(prefix="voicebot-bench-") as folder:
        return asyncio.run(_measure(Path(folder), calls, at_once, model, told))


async def _measure(
    folder: Path, calls: int, at_once: int, model: Path, told: Callable[[str], None]
) -> dict[str, Any]:
    told("speaking the callers' sentences")
    sentences = await _sentences(folder)
    figures: dict[str, Any] = {}
    if calls:
        told(f"{calls} calls, one at a time")
        figures["one_at_a_time"] = await _part(folder / "one", sentences, calls, 1, model)
    if at_once:
        told(f"{at_once} calls at the same time")
        figures["many"] = await _part(folder / "many", sentences, at_once, at_once, model)
    for name, part in figures.items():
        p95 = part["word_to_ring_ms"]["p95"]
        part["goal_ms"] = GOALS_MS[name]
        part["met"] = p95 is not None and p95 <= GOALS_MS[name] and part["not_rung"] == 0
    return figures


# --- the callers' words ----------------------------------------------------------------------------


async def _sentences(folder: Path) -> list[Sentence]:
    synthesiser = Synthesiser(folder / "speech")
    prompts = load_dialog(PROJECT_FOLDER / "dialogs" / "119.yaml").prompts
    heard = [await synthesiser.speech(prompts[name].text) for name in _FIRST_PROMPTS]
    speaks_at_ms = sum(clip.duration_ms for clip in heard) + _SPEAKS_AFTER_MS
    made = []
    for number, text in enumerate(_URGENT):
        for speaks_on in (False, True):
            voice = _VOICES[(number + speaks_on) % len(_VOICES)]
            parts = [
                np.zeros(speaks_at_ms * SAMPLES_PER_MS, np.int16),
                await _spoken(synthesiser, text, voice),
            ]
            word_ends_ms = sum(map(len, parts)) // SAMPLES_PER_MS
            if speaks_on:
                parts += [
                    np.zeros(_GAP_MS * SAMPLES_PER_MS, np.int16),
                    await _spoken(synthesiser, _AND_ON, voice),
                ]
            ends_ms = sum(map(len, parts)) // SAMPLES_PER_MS
            pcm = np.concatenate([*parts, np.zeros(_RINGS_BY_MS * SAMPLES_PER_MS, np.int16)])
            noise = np.random.default_rng(number).integers(-8, 9, len(pcm))  # a line is never silent
            audio = folder / f"says-{number}-{int(speaks_on)}.al"
            audio.write_bytes(g711.encode_a_law((pcm + noise).astype(np.int16)).tobytes())
            made.append(Sentence(text, speaks_on, audio, word_ends_ms, ends_ms))
    return made


async def _spoken(synthesiser: Synthesiser, text: str, voice: Voice) -> np.ndarray[Any, np.dtype[np.int16]]:
    clip = await synthesiser.speech(text, voice)
    pcm = np.frombuffer(clip.file.read_bytes(), np.int16)
    sound = np.flatnonzero(np.abs(pcm.astype(np.int32)) > _QUIET)
    return pcm[sound[0] : sound[-1] + 1]


# --- calls -----------------------------------------------------------------------------------------


async def _part(
    folder: Path, sentences: list[Sentence], calls: int, at_once: int, model: Path
) -> dict[str, Any]:
    """Serve, call, and look at what came of it."""
    lines = -(-at_once // _CALLERS_PER_LINE)
    sip = free_ports(lines)
    phones = free_ports(2 + len(sentences))
    media = free_ports((len(sentences) + 1) * Callers.media_ports(at_once) if at_once > 1 else 64)
    http = free_ports(1)
    config = _settings(folder, sip=sip, lines=lines, desk=phones, http=http, model=model)
    said: dict[str, Sentence] = {}
    began_s: dict[str, float] = {}
    log = folder / "server.log"
    async with Server(config, f"{HOST}:{http}", log, _START_LIMIT_S) as server, Desk(folder / "desk") as desk:
        await _until_lines(server, lines)
        await desk.wait_for_calls(phones, media)
        if at_once == 1:
            for call in range(calls):
                sentence, number = sentences[call % len(sentences)], f"0102{call:07}"
                said[number] = sentence
                ports = (phones + 1, media + 16)
                began_s |= await _one_call(folder / number, sentence, number, sip, ports, desk)
        else:
            said, began_s = await _many_calls(folder, sentences, calls, sip, phones + 1, media)
        await asyncio.sleep(1.0)
        incidents = {each["caller"]["number"]: each for each in await server.incidents()}
        counted = await server.metrics()
    stamps = reversed(desk.rang_s())  # the first of each number counts
    rang = {number: stamp.at_s for stamp in stamps for number in said if number in stamp.text}
    rows = [
        _row(sentence, began_s.get(number), rang.get(number), incidents.get(number))
        for number, sentence in said.items()
    ]
    return {"calls": calls, "line_processes": lines, **_figures(rows), **_where(counted)}


async def _until_lines(server: Server, lines: int) -> None:
    for _ in range(int(_START_LIMIT_S * 5)):
        if _sample(await server.metrics(), "voicebot_lines_ready") == lines:
            return
        await asyncio.sleep(0.2)
    raise SetupError(f"not all of {lines} line processes were ready within {_START_LIMIT_S:.0f} s.")


async def _one_call(
    folder: Path, sentence: Sentence, number: str, to: int, ports: tuple[int, int], desk: Desk
) -> dict[str, float]:
    async with Callers(folder) as caller:
        stays_ms = sentence.ends_ms + _RINGS_BY_MS
        await caller.dial([(number, to)], sentence.audio, stays_ms, port=ports[0], media_port=ports[1])
        for _ in range(stays_ms // 100 + 50):
            await asyncio.sleep(0.1)
            if any(number in stamp.text for stamp in desk.rang_s()):
                break
        caller.hang_up()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(caller.wait(), 10)
        return caller.began_s()


async def _many_calls(
    folder: Path, sentences: list[Sentence], calls: int, sip: int, first_port: int, media: int
) -> tuple[dict[str, Sentence], dict[str, float]]:
    said: dict[str, Sentence] = {}
    spread_ms = _SPREAD_S * 1000 / -(-calls // len(sentences))
    every_ms = min(3_000, int(spread_ms))  # sipp places its first call after so long, too
    stays_ms = int(_SPREAD_S * 1000) + max(each.ends_ms for each in sentences) + _RINGS_BY_MS
    async with contextlib.AsyncExitStack() as stack:
        groups = []
        for index, sentence in enumerate(sentences):
            callers = [(f"0103{call:07}", sip + call // _CALLERS_PER_LINE)
                       for call in range(index, calls, len(sentences))]  # fmt: skip
            if not callers:
                continue
            group = await stack.enter_async_context(Callers(folder / f"callers-{index}"))
            share = media + (index + 1) * Callers.media_ports(calls)
            port = first_port + index
            await group.dial(
                callers, sentence.audio, stays_ms, port=port, media_port=share, every_ms=every_ms
            )
            groups.append(group)
            said |= {number: sentence for number, _ in callers}
            await asyncio.sleep(spread_ms / 1000 / len(sentences))
        await asyncio.wait_for(asyncio.gather(*(group.wait() for group in groups)), stays_ms / 1000 + 40)
        began_s = {number: at_s for group in groups for number, at_s in group.began_s().items()}
    return said, began_s


def _settings(folder: Path, *, sip: int, lines: int, desk: int, http: int, model: Path) -> Path:
    folder.mkdir()
    rtp = free_ports(lines * _RTP_PORTS_PER_LINE)
    settings = {
        "sip": {
            "listen": f"{HOST}:{sip}",
            "allow_from": [HOST],
            "rtp_ports": f"{rtp}-{rtp + lines * _RTP_PORTS_PER_LINE - 1}",
            "line_processes": lines,
            "legs_per_process": _LEGS_PER_LINE,
        },
        "operators": [{"name": "desks", "uri": f"sip:desks@{HOST}:{desk}", "calls_at_once": "unlimited"}],
        "speech": {"model": str(model)},
        "http": {"listen": f"{HOST}:{http}"},
        "store": {"url": f"sqlite:///{folder / 'incidents.db'}"},
        "run_directory": str(folder / "run"),
    }
    path = folder / "voicebot.yaml"
    path.write_text(json.dumps(settings, indent=2))  # JSON is YAML
    return path


# --- figures ---------------------------------------------------------------------------------------


def _row(
    sentence: Sentence, began_s: float | None, rang_s: float | None, incident: dict[str, Any] | None
) -> dict[str, Any]:
    """Return one call: milliseconds from the end of the urgent word, None where it did not come to that."""
    row: dict[str, Any] = {"text": sentence.text, "speaks_on": sentence.speaks_on}
    row |= {"ring": None, "by_partial": False}
    if began_s is None or incident is None:
        return row | {"answered": False}
    word_s = began_s + sentence.word_ends_ms / 1000
    heard = [each for each in incident["transcript"] if each["speaker"] == "caller"]
    row |= {"answered": True, "heard": " ".join(each["text"] for each in heard)}
    if rang_s is not None:
        rang_ms = 1000 * (rang_s - began_s)
        row["ring"] = 1000 * (rang_s - word_s)
        row["by_partial"] = not any(each["end_ms"] < rang_ms for each in heard)
    return row


def _figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    ring = [row for row in rows if row["ring"] is not None]
    return {
        "word_to_ring_ms": percentiles([row["ring"] for row in ring]),
        "word_is_last_ms": percentiles([row["ring"] for row in ring if not row["speaks_on"]]),
        "caller_speaks_on_ms": percentiles([row["ring"] for row in ring if row["speaks_on"]]),
        "by_partial": sum(row["by_partial"] for row in ring),
        "not_answered": sum(not row["answered"] for row in rows),
        "not_rung": len(rows) - len(ring),
        "not_rung_heard": [f"{row['text']} -> {row.get('heard')}" for row in rows if row["ring"] is None],
    }


def percentiles(values: list[float]) -> dict[str, float | None]:
    """Return p50, p95 and the most, in whole numbers; None each when there is nothing."""
    if not values:
        return {"p50": None, "p95": None, "max": None}
    return {name: round(float(np.percentile(values, share))) for name, share in
            (("p50", 50), ("p95", 95), ("max", 100))}  # fmt: skip


def _where(text: str) -> dict[str, Any]:
    """Return means of the server's own metrics: where the time before the decision goes."""

    def mean_ms(name: str, labels: str = "") -> float | None:
        total, count = (_sample(text, f"{name}_{end}{labels}") for end in ("sum", "count"))
        return round(1000 * total / count, 1) if count else None

    wait = "voicebot_recogniser_wait_seconds"
    return {
        "mean_ms": {
            "wait_for_recogniser_partial": mean_ms(wait, '{priority="partial"}'),
            "wait_for_recogniser_final": mean_ms(wait, '{priority="final"}'),
            "decode_batch": mean_ms("voicebot_recogniser_batch_seconds"),
            "detector_tick": mean_ms("voicebot_detector_seconds"),
            "loop_lag": mean_ms("voicebot_loop_lag_seconds"),
            "store": mean_ms("voicebot_store_seconds"),
        }
    }


def _sample(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def table(figures: dict[str, Any]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| calls | what | p50 ms | p95 ms | most ms |", "|---|---|---|---|---|"]
    for name, part in figures.items():
        if name not in GOALS_MS:
            continue
        label = f"{part['calls']}, one at a time" if name == "one_at_a_time" else f"{part['calls']} at once"
        for key, value in part.items():
            if key.endswith("_ms") and isinstance(value, dict) and "p50" in value:
                lines.append(f"| {label} | {key[:-3]} | {value['p50']} | {value['p95']} | {value['max']} |")
        means = ", ".join(f"{key} {value}" for key, value in part["mean_ms"].items() if value is not None)
        verdict = "met" if part["met"] else "MISSED"
        rung = part["calls"] - part["not_rung"]
        lines.append(f"| {label} | judged by a partial text: {part['by_partial']} of {rung} | | | |")
        goal = f"goal at p95 {part['goal_ms']}: {verdict}; not rung {part['not_rung']}"
        lines.append(f"| {label} | {goal} | | | |")
        lines.append(f"| {label} | means, ms: {means} | | | |")
    return "\n".join(lines)


def free_ports(count: int) -> int:
    """Return the first of ``count`` neighbouring ports of 127.0.0.1 that are free now; it is even."""
    for first in range(_next_port[0], 60_000, 2):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                        probe = stack.enter_context(socket.socket(socket.AF_INET, kind))
                        probe.bind((HOST, port))
            except OSError:
                continue
        _next_port[0] = first + count + count % 2
        return first
    raise OSError("no free ports")


_next_port = [11_000]
"""Where the search goes on: what was given out may not be bound yet."""
