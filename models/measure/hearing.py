"""``voicebot bench hearing``: all figures of hearing, on this machine, with the model of the settings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from models.measure import detection, load, material, places, recognition, turn_taking
from models.measure.goals import goals
from voicebot.bench.machine import machine
from voicebot.logs import configure_logs
from voicebot.speech.recogniser import Recogniser

PARTS = ("errors", "noise", "places", "speed", "load", "endpointing", "barge_in", "detector")


def measure(
    recogniser: Recogniser,
    parts: Sequence[str],
    *,
    clips: int,
    streams: Sequence[int],
    seconds: float,
    told: Callable[[str], None],
) -> dict[str, Any]:
    """Return the figures of ``parts``; ``told`` is given the name of each before it begins."""
    told("speaking held-out sentences")
    speech = material.held_out(clips)
    makers: dict[str, Callable[[], Any]] = {
        "errors": lambda: recognition.errors(recogniser, speech),
        "noise": lambda: recognition.noise(recogniser, speech, clips),
        "places": lambda: places.dongs_right(recogniser, clips),
        "speed": lambda: recognition.speed(recogniser, speech),
        "load": lambda: [load.under_load(recogniser, speech, count, seconds) for count in streams],
        "endpointing": lambda: turn_taking.endpointing_quality(speech),
        "barge_in": lambda: turn_taking.barge_ins(recogniser, speech, min(100, clips)),
        "detector": lambda: detection.compared(speech),
    }
    figures: dict[str, Any] = {"machine": _measured_on(recogniser.directory)}
    for part in parts:
        told(part)
        figures[part] = makers[part]()
    if "load" in figures:
        figures["weakest"] = load.weakest(figures["load"])
    figures["goals"] = [asdict(goal) for goal in goals(figures)]
    return figures


def measure_model(
    model: Path, parts: Sequence[str], *, clips: int, told: Callable[[str], None]
) -> dict[str, Any]:
    """Return the figures of ``parts`` other than ``load`` for a model directory, in a process of its own."""
    configure_logs(logging.WARNING)
    return measure(Recogniser(model), parts, clips=clips, streams=(), seconds=0.0, told=told)


def summary(figures: dict[str, Any]) -> list[str]:
    """Return what `measure` has found as Markdown: the goals, then every figure."""
    lines = ["| figure | part | goal | measured |", "|---|---|---|---|"]
    for goal in figures["goals"]:
        missed = " **missed**" if goal["reached"] is False else ""
        lines.append(f"| {goal['name']} | `{goal['part']}` | {goal['goal']} | {goal['seen']}{missed} |")
    lines += ["", "| part | figure | value |", "|---|---|---|"]
    lines += [f"| {part} | {name} | {value} |" for part, name, value in rows(figures)]
    return lines


def _measured_on(model: Path) -> dict[str, Any]:
    return machine() | {"model": model.name, "model_bytes": (model / "model.bin").stat().st_size}


def rows(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the figures as rows of part, name and value."""
    table: list[tuple[str, str, str]] = []
    for part, value in figures.items():
        if part == "goals":
            continue
        items = value if isinstance(value, list) else [value]
        for item in items:
            _flatten(table, part, "", item)
    return table


def _flatten(table: list[tuple[str, str, str]], part: str, name: str, value: Any) -> None:
    if isinstance(value, dict):
        first = next(iter(value.items()), ("", ""))
        mark = f"{first[0]} {first[1]}: " if first[0] in {"streams", "line", "speech_s", "rate_hz"} else ""
        if first[0] == "speech_s":
            mark = f"{first[1]} s, batch {value['batch']}: "
        for key, inner in value.items():
            _flatten(table, part, f"{name}{mark}{key} ", inner)
    else:
        table.append((part, name.strip(), str(value)))
