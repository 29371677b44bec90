"""``voicebot bench``: measurements of the product on this machine."""

from __future__ import annotations

import importlib
import json
import logging
import os
from pathlib import Path
from typing import Any

import click

from voicebot.errors import UserError

_PARTS = ("errors", "noise", "places", "speed", "load", "endpointing", "barge_in", "detector")


@click.group()
def bench() -> None:
    """Measure the product on this machine; no network is used."""


@bench.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="VOICEBOT_CONFIG",
    help="The settings file, for the speech model. Without one: the defaults and the environment.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--part", "parts", multiple=True, type=click.Choice(_PARTS), help="Measure only this; repeatable."
)
@click.option("--clips", default=300, show_default=True, type=click.IntRange(12), help="Held-out sentences.")
@click.option(
    "--streams",
    default="1,60,120,240",
    show_default=True,
    metavar="N,N",
    help="Numbers of live callers for `load`.",
)
@click.option("--seconds", default=30.0, show_default=True, help="Seconds for each number of live callers.")
def hearing(
    config: Path | None, *, as_json: bool, parts: tuple[str, ...], clips: int, streams: str, seconds: float
) -> int:
    """Measure hearing: errors, speed, latency under load, turn-taking."""
    from voicebot.logs import configure_logs
    from voicebot.settings import default_settings, load_settings
    from voicebot.wiring import for_synthetic_voices, load_recogniser

    settings = default_settings(os.environ) if config is None else load_settings(config, os.environ)
    counts = [int(count) for count in streams.split(",") if count.strip().isdigit()]
    if not counts:
        raise click.BadParameter("give numbers such as 1,60", param_hint="--streams")
    measuring = _measuring()
    configure_logs(logging.WARNING)  # on standard error: the figures are alone on the other
    figures = measuring.measure(
        load_recogniser(for_synthetic_voices(settings)),
        parts or _PARTS,
        clips=clips,
        streams=counts,
        seconds=seconds,
        told=lambda name: click.echo(f"... {name}", err=True),
    )
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
        return 0
    click.echo("\n".join(measuring.summary(figures)))
    return 0


def _measuring() -> Any:
    """Return the module that measures hearing, which is no part of the product; raises `UserError`."""
    try:
        return importlib.import_module("models.measure.hearing")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "models":
            raise
        raise UserError(
            "`voicebot bench hearing` speaks with the training code, which only a checkout of voicebot has "
            "(models/measure, models/train): run it there."
        ) from None


@bench.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="VOICEBOT_CONFIG",
    help="The settings file, for the dialog and its lexicon.",
)
@click.option("--rounds", default=5, show_default=True, help="How often each line is understood.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a list.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def understand(config: Path | None, file: Path | None, rounds: int, *, as_json: bool) -> int:
    """Time the understanding of each line of a file, or of built-in lines; exit 1 when too slow."""
    from voicebot.bench.understanding import LINES, MEDIAN_LIMIT_MS, P99_LIMIT_MS, measure, read_texts
    from voicebot.dialog import load_dialog
    from voicebot.settings import default_settings, load_settings

    settings = default_settings(os.environ) if config is None else load_settings(config, os.environ)
    knowledge = load_dialog(settings.dialog).knowledge
    figures = measure(LINES if file is None else read_texts(file), rounds, knowledge)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    else:
        for name, value in figures.items():
            click.echo(f"{name:16} {value}")
    return 0 if figures["median_ms"] <= MEDIAN_LIMIT_MS and figures["p99_ms"] <= P99_LIMIT_MS else 1


@bench.command()
@click.option("--turns", default=1000, show_default=True, type=click.IntRange(10), help="Turns in all.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def dialog(file: Path | None, turns: int, *, as_json: bool) -> int:
    """Time the engine that leads a dialog, by text alone; exit 1 when 1,000 turns take too long."""
    from voicebot.bench.conversation import LIMIT_S, measure
    from voicebot.dialog import load_dialog
    from voicebot.settings import PROJECT_FOLDER

    figures = measure(load_dialog(file or PROJECT_FOLDER / "dialogs" / "119.yaml"), turns)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        machine = figures.pop("machine")
        click.echo("| figure | value |\n|---|---|")
        for name, value in {**machine, **figures}.items():
            click.echo(f"| {name.replace('_', ' ')} | {value} |")
        figures["machine"] = machine
    return 0 if figures["processor_s_per_1000_turns"] <= LIMIT_S else 1


@bench.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="VOICEBOT_CONFIG",
    help="The settings file, for the speech model. Without one: the defaults and the environment.",
)
@click.option("--calls", default=10, show_default=True, type=click.IntRange(0), help="Calls one at a time.")
@click.option(
    "--at-once", default=60, show_default=True, type=click.IntRange(0, 400), help="Calls at the same time."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def transfer(config: Path | None, calls: int, at_once: int, *, as_json: bool) -> int:
    """Time the way from an urgent word to a ringing operator, by real calls; exit 1 when too slow."""
    from voicebot.bench.machine import machine
    from voicebot.bench.transfer import measure, table
    from voicebot.settings import default_settings, load_settings
    from voicebot.speech_models.folder import chosen
    from voicebot.wiring import for_synthetic_voices

    settings = default_settings(os.environ) if config is None else load_settings(config, os.environ)
    model = chosen(for_synthetic_voices(settings).speech).directory
    about = machine() | {"model": model.name}
    figures = measure(calls, at_once, model, told=lambda name: click.echo(f"... {name}", err=True))
    if as_json:
        click.echo(json.dumps({"machine": about} | figures, ensure_ascii=False, indent=2))
    else:
        click.echo(table(figures))
        click.echo("\n" + ", ".join(f"{key}: {value}" for key, value in about.items()))
    return 0 if all(part["met"] for part in figures.values()) else 1
