"""What hearing has to reach, beside what was measured: the table of ``docs/performance.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

FULL_STREAMS = 240
"""Calls at the same time that one machine is built for."""
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table; ``reached`` is None for a figure without a goal."""

    name: str
    part: str
    goal: str
    seen: str
    reached: bool | None


def goals(figures: Figures) -> list[Goal]:
    """Return a line for each figure of the parts that were measured."""
    made: dict[str, Callable[[Any], Iterator[Goal]]] = {
        "errors": _errors,
        "places": _places,
        "noise": _noise,
        "endpointing": _endpointing,
        "barge_in": _barge_in,
        "detector": _detector,
        "speed": _speed,
        "load": _load,
    }
    return [line for part, make in made.items() if part in figures for line in make(figures[part])]


def _errors(part: Figures) -> Iterator[Goal]:
    rates = part["character_error_rate"]
    for line, name, most in (
        ("clean", "clean", 0.04),
        ("15_db", "noise 15 dB below", 0.08),
        ("8_db", "noise 8 dB below", 0.15),
    ):
        yield _at_most(f"character error, {name}", "errors", rates[line], most)


def _places(part: Figures) -> Iterator[Goal]:
    yield _share("dong right as heard", "places", part["right_as_heard"])
    yield _share("dong right after the gazetteer", "places", part["right_after_gazetteer"])
    name = "dong right after scoring and gazetteer"
    yield _at_least(name, "places", part["right_after_scoring_and_gazetteer"], 0.95)


def _noise(part: Figures) -> Iterator[Goal]:
    yield _at_least(
        "no text from clips without speech, recogniser", "noise", part["empty_by_recogniser"], 0.995
    )
    yield _at_least("no text from clips without speech, in a call", "noise", part["empty_in_call"], 0.995)


def _endpointing(part: list[Figures]) -> Iterator[Goal]:
    for row in part:
        line = row["line"].replace("_db", " dB")
        yield _at_most(f"sentences cut in two, {line}", "endpointing", row["cut_in_two"], 0.02)
        yield _at_most(f"sentences merged, {line}", "endpointing", row["merged"], 0.02)


def _barge_in(part: Figures) -> Iterator[Goal]:
    if part["within_300_ms"] is not None:
        name = "barge-in confirmed within 300 ms of the second word"
        yield _at_least(name, "barge_in", part["within_300_ms"], 1.0)
    yield _at_most("false confirmations on coughs and noise", "barge_in", part["false_confirmations"], 0.02)


def _detector(part: list[Figures]) -> Iterator[Goal]:
    for row in part:
        name = f"windows of speech found, {row['rate_hz'] // 1000} kHz network"
        yield _share(name, "detector", row["speech_at_or_above_0.5"])


def _speed(part: list[Figures]) -> Iterator[Goal]:
    for row in part:
        name = f"{row['speech_s']:g} s of speech, batch {row['batch']}: each"
        seen = f"{row['ms_per_utterance']} ms, {row['cpu_ms_per_s_of_speech']} ms of processor for a second"
        yield Goal(name, "speed", "", seen, None)


def _load(part: list[Figures]) -> Iterator[Goal]:
    for row in part:
        count = row["streams"]
        full, at = count == FULL_STREAMS, f"{count} stream{'s' if count > 1 else ''}"
        text = row["endpoint_to_text_ms"]
        reached = text["p95"] is not None and text["p95"] <= 60.0
        seen = f"{text['p50']} / {text['p95']} ms"
        goal = "60 ms" if full else ""
        yield Goal(f"endpoint to text p50 / p95, {at}", "load", goal, seen, reached if full else None)
        cores = row["cores_used"]
        share = _at_most(f"detector, share of a core, {at}", "load", cores["detector"], 0.15)
        yield share if full else _share(share.name, "load", cores["detector"])
        lost = row["finals_without_result"] + row["utterances_not_heard"]
        yield Goal(f"finals lost, {at}", "load", "0", f"{lost} of {row['utterances']}", lost == 0)
        yield Goal(f"cores used by hearing, {at}", "load", "", f"{cores['all']:.2f}", None)


def _at_most(name: str, part: str, value: float, most: float) -> Goal:
    return Goal(name, part, f"{_percent(most)} at most", _percent(value), value <= most)


def _at_least(name: str, part: str, value: float, least: float) -> Goal:
    return Goal(name, part, f"{_percent(least)} at least", _percent(value), value >= least)


def _share(name: str, part: str, value: float) -> Goal:
    return Goal(name, part, "", _percent(value), None)


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"
