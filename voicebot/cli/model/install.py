"""``voicebot model install`` and ``prepare``."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from voicebot.errors import UserError
from voicebot.speech_models.folder import changing, described, models_folder
from voicebot.speech_models.install import install, prepared_name
from voicebot.speech_models.prepare import prepare
from voicebot.speech_models.published import PUBLISHED


def run(name: str) -> int:
    """Install a published model; returns the exit code."""
    folder = models_folder()
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console)
    tasks: dict[str, TaskID] = {}

    def told(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what)
            if not console.is_terminal:
                console.print(what)
        progress.update(tasks[what], completed=done, total=total)

    with progress if console.is_terminal else contextlib.nullcontext():
        new = install(PUBLISHED[name], folder, told)
    for each in new:
        click.echo(f"{folder / each}: {described(folder / each).summary}")
    if not new:
        click.echo(f"{name} is installed already, in {folder}; nothing was done.")
    return 0


def prepare_directory(source: Path, language: str, name: str | None) -> int:
    """Prepare a stock directory under a name of its own; returns the exit code."""
    folder = models_folder()
    name = name or prepared_name(source.absolute().name, language)
    if Path(name).name != name or name.startswith("."):
        raise UserError(
            f"--name {name}: must be a plain name such as turbo-ko; the model is put into {folder}."
        )
    with changing(folder):
        prepare(source.absolute(), folder / name, language=language)
    click.echo(f"{folder / name}: {described(folder / name).summary}")
    return 0
