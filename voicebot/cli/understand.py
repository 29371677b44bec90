"""``voicebot understand``: a text, many lines, or a measurement on labelled lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from voicebot.cli.evaluation import PARTS, Case, by_group, confusion, figures, read_cases
from voicebot.errors import UserError
from voicebot.settings import Settings
from voicebot.understanding import Knowledge, Understanding, understand

_MISTAKES_SHOWN = ("category", "urgency", "flags", "wants_human", *PARTS)


def run(settings: Settings, text: str, *, jsonl: bool, evaluate: Path | None, as_json: bool) -> int:
    """Do what the options ask; returns the exit code."""
    from voicebot.dialog import load_dialog

    if sum((bool(text), jsonl, evaluate is not None)) != 1:
        raise UserError("Give a text, or --jsonl with lines on stdin, or --evaluate FILE.")
    knowledge = load_dialog(settings.dialog).knowledge
    if evaluate is not None:
        cases = read_cases(evaluate, knowledge)
        _print_json(cases) if as_json else _print_measurement(cases)
    elif jsonl:
        for line in lines(sys.stdin, knowledge):
            click.echo(json.dumps(line, ensure_ascii=False))
    else:
        _print_one(understand(text, confidence=1.0, utterance=0, knowledge=knowledge), knowledge)
    return 0


def lines(source: Iterable[str], knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    """Yield what is understood of each line: a JSON object with ``text`` (and ``id``), or plain words."""
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        name, text = _read(line, number)
        heard = understand(text, confidence=1.0, utterance=0, knowledge=knowledge)
        yield {"id": name, **as_record(heard)}


def as_record(heard: Understanding) -> dict[str, Any]:
    """Return an understanding as plain values for JSON."""
    place = heard.location
    return {
        "category": heard.category,
        "type": heard.code,
        "urgency": heard.urgency,
        "location": {
            part: getattr(place, part)
            for part in (*PARTS, "lat", "lon", "confidence")
            if getattr(place, part)
        }
        | ({"conflict": True} if place.conflict else {})
        | ({"candidates": [f"{it.gu} {it.name}" for it in place.candidates]} if place.ambiguous else {})
        if place
        else {},
        "flags": list(heard.flags),
        "wants_human": heard.wants_human,
        "language": heard.language or "ko",
        "evidence": [
            {"rule": it.rule, "words": it.words, "utterance": it.utterance, "confidence": it.confidence}
            for it in heard.evidence
        ],
    }


def _read(line: str, number: int) -> tuple[str, str]:
    if not line.lstrip().startswith("{"):
        return str(number), line.strip()
    try:
        entry = json.loads(line)
        return str(entry.get("id", number)), str(entry["text"])
    except (ValueError, KeyError, AttributeError) as error:
        raise UserError(f"line {number}: no JSON object with 'text'. Mend the line.") from error


def _print_one(heard: Understanding, knowledge: Knowledge) -> None:
    public = knowledge.guides.public_class(heard.code) if heard.code else None
    agency = knowledge.guides.referral(heard.code) if heard.code else None
    click.echo(f"kind      {heard.category} ({heard.code or 'no type'})")
    if public is not None:
        click.echo(f"classes   {public.large} / {public.medium} / {public.dispatch}")
    click.echo(f"urgency   {heard.urgency}")
    click.echo(f"signs     {', '.join(heard.flags) or '-'}")
    place = heard.location
    click.echo(f"place     {place.spoken() if place else '-'}")
    if place is not None and place.ambiguous:
        click.echo(f"          ask: {' / '.join(f'{it.gu} {it.name}' for it in place.candidates)}")
    if place is not None and place.conflict:
        click.echo("          gu and dong do not belong together: ask")
    click.echo(f"human     {'asked for' if heard.wants_human else '-'}")
    if agency is not None:
        click.echo(f"refer to  {agency.number} {agency.name} (a human confirms)")
    for item in heard.evidence:
        click.echo(f"  because {item.rule}: {item.words!r} ({item.confidence:.2f})")


def _print_json(cases: Sequence[Case]) -> None:
    wrong = [{"id": case.label["id"], "wrong": case.wrong} for case in cases if case.wrong]
    found = {"all": figures(cases), "confusion": confusion(cases), "groups": by_group(cases), "wrong": wrong}
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


def _print_measurement(cases: Sequence[Case]) -> None:
    console = Console(highlight=False)
    found = figures(cases)
    flags = found.pop("flags")
    for name, value in found.items():
        console.print(f"{name:28} {value}", markup=False)
    console.print(
        _table(
            "danger signs",
            ("sign", "labelled", "missed", "false"),
            [(n, *v.values()) for n, v in flags.items()],
        )
    )
    levels = confusion(cases)
    rows = [(said, *judged.values()) for said, judged in levels.items()]
    console.print(_table("urgency: labelled (down), judged (across)", ("", *levels), rows))
    columns = (
        "lines",
        "category",
        "urgency",
        "urgent_not_routed",
        "non_urgent_judged_urgent",
        "flags_exact",
        "wants_human",
    )
    rows = [(name, *(group[column] for column in columns)) for name, group in by_group(cases).items()]
    console.print(_table("fairness: the same by group", ("group", *columns), rows))
    for case in cases:
        _print_wrong(console, case)


def _print_wrong(console: Console, case: Case) -> None:
    if not case.wrong:
        return
    console.print(f"{case.label['id']}: {case.label['text']}", markup=False)
    for point in case.wrong:
        wanted = case.label["location"].get(point) if point in PARTS else case.label[point]
        got = case.read(point) if point in PARTS else getattr(case.heard, point)
        console.print(f"    {point}: labelled {wanted}, understood {got}", markup=False)
    fired = ", ".join(f"{it.rule} {it.words!r}" for it in case.heard.evidence)
    console.print(f"    rules: {fired or 'none'}", markup=False)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*("-" if value is None else str(value) for value in row))
    return table
