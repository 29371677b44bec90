"""How fast the dialog engine is: whole conversations as text, without audio, clock or disk."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Iterator
from typing import Any

from voicebot.bench.machine import machine
from voicebot.dialog import Dialog, Event, Heard, KeyPressed, SilencePassed, begin, step

LIMIT_S = 1.0
"""Processor time for 1,000 turns that the product promises."""
_LIMIT_TURNS = 1000
"""What `LIMIT_S` counts for."""
_CALLERS = (
    ("역삼동 테헤란로 {number} 건물에 불이 났어요", "네 맞아요", "", "", "네 두 명이 안에 있어요", "빨리요"),
    (
        "여보세요",
        "망원동 망원로 {number} 앞에 나무가 쓰러졌어요",
        "아니요 {number}번지예요",
        "네",
        "네 안전해요",
    ),
    ("감기 기운이 있어요 자양동 자양로 {number}이요", "네", "네 의식 있어요", "네 편하게 쉬어요", "아니요"),
    ("", "", "5"),
    ("신사동 {number}번지인데 층간 소음이 심해요", "은평구요", "네", "아니요 없어요", "네 알겠습니다"),
    ("저기요 뭐라고요", "{number}번 버스 안인데 사람이 쓰러졌어요 숨을 안 쉬어요"),
)
"""What callers say turn by turn; empty is silence, a digit a key. The number differs from call to call."""


def measure(dialog: Dialog, turns: int = _LIMIT_TURNS) -> dict[str, Any]:
    """Lead conversations of ``turns`` turns in all; return the figures.

    A turn is an utterance with the two partial texts before it, a silence or a key. Times are of the
    processor but for ``wall_s``, so that a busy machine shows.
    """
    found: dict[str, Any] = {"machine": machine()}
    list(_conversations(dialog, 50))  # what is made at first use is not the engine's speed
    began_s = time.perf_counter()
    led = list(_conversations(dialog, turns))
    wall_s = time.perf_counter() - began_s
    spent_ms = sorted(ms for _, ms in led)
    spent_s = sum(spent_ms) / 1000
    return found | {
        "flow": dialog.name,
        "turns": len(spent_ms),
        "calls": led[-1][0],
        "wall_s": round(wall_s, 3),
        "processor_s": round(spent_s, 3),
        "processor_s_per_1000_turns": round(spent_s * _LIMIT_TURNS / len(spent_ms), 3),
        "turn_ms_median": round(statistics.median(spent_ms), 3),
        "turn_ms_p99": round(spent_ms[math.ceil(len(spent_ms) * 0.99) - 1], 3),
        "limit_s_per_1000_turns": LIMIT_S,
    }


def _conversations(dialog: Dialog, turns: int) -> Iterator[tuple[int, float]]:
    """Lead calls one after the other; yield the number of the call and the milliseconds of each turn."""
    done = 0
    for call in itertools.count(1):
        state, _ = begin(dialog)
        for words in _CALLERS[call % len(_CALLERS)]:
            began = time.process_time()
            for event in _turn(words.format(number=100 + call)):
                state, _ = step(dialog, state, event)
            yield call, (time.process_time() - began) * 1000
            done += 1
            if done >= turns:
                return


def _turn(words: str) -> Iterator[Event]:
    if not words:
        yield SilencePassed(0)
    elif words.isdigit():
        yield KeyPressed(words)
    else:
        for share in (3, 2):
            yield Heard(words[: len(words) // share], 0.8, 0, 500, partial=True)
        yield Heard(words, 0.9, 0, 1000)
