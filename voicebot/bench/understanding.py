"""How much of one core's time the understanding of a text takes."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from voicebot.bench.machine import machine
from voicebot.errors import UserError
from voicebot.understanding import Knowledge, understand

LINES = (
    "주방에 불이 났는데 연기가 복도로 번지고 있어요 강남구 역삼동 테헤란로 백오십이 삼층이에요",
    "아버지가 가슴이 아프다고 하시고 식은땀을 흘려요 의식은 있어요 상계동 한신아파트요",
    "할매가 자빠지셔가 일나지를 몬 하십니더 퍼뜩 와 주이소 신림동이라예",
    "문 연 약국 좀 알려주세요 아이 열은 삼십칠도 오부예요",
    "여보세요",
)
MEDIAN_LIMIT_MS, P99_LIMIT_MS = 3.0, 10.0
"""What the product promises (docs/understanding.md): every partial of every call is understood anew, at most
five a second, in the one thread of the event loop."""


def measure(texts: Sequence[str], rounds: int, knowledge: Knowledge) -> dict[str, Any]:
    """Understand each text ``rounds`` times; return the figures, with the machine and the limits."""
    for text in texts:
        understand(text, confidence=1.0, utterance=0, knowledge=knowledge)
    spent_ms = []
    for _ in range(max(1, rounds)):
        for text in texts:
            began = time.thread_time()
            understand(text, confidence=1.0, utterance=0, knowledge=knowledge)
            spent_ms.append((time.thread_time() - began) * 1000)
    spent_ms.sort()
    on = machine()
    return {
        "bench": "understand",
        "machine": f"{on['processor']}, {on['cores']} cores, Python {on['python']}",
        "lines": len(texts),
        "rounds": rounds,
        "median_ms": round(statistics.median(spent_ms), 3),
        "p99_ms": round(spent_ms[math.ceil(len(spent_ms) * 0.99) - 1], 3),
        "limit_median_ms": MEDIAN_LIMIT_MS,
        "limit_p99_ms": P99_LIMIT_MS,
    }


def read_texts(file: Path) -> list[str]:
    """Return the texts of a file of lines or of JSON lines; raises `UserError`."""
    try:
        listed = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        texts = [json.loads(line)["text"] if line.startswith("{") else line for line in listed]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{file}: cannot be read ({error}). Give lines of text or JSON lines.") from error
    if not texts:
        raise UserError(f"{file}: no line is in it. Give lines of text or JSON lines.")
    return texts
