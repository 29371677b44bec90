"""``voicebot model adapt``: training a model further on an agency's own recordings."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from voicebot.errors import UserError

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option(
    "--model", required=True, type=_FOLDER, metavar="DIR", help="The CTranslate2 Whisper to begin with."
)
@click.option(
    "--data",
    required=True,
    type=click.Path(path_type=Path),
    metavar="MANIFEST",
    help="JSON lines with file, text and speaker.",
)
@click.option("--out", required=True, type=_FOLDER, metavar="DIR", help="A new folder for the adapted model.")
@click.option(
    "--steps", default=1000, show_default=True, type=click.IntRange(1), help="Training steps at most."
)
@click.option(
    "--rate",
    default=1e-5,
    show_default=True,
    type=click.FloatRange(0, 1, min_open=True),
    help="Peak learning rate.",
)
@click.option(
    "--batch-s",
    default=60.0,
    show_default=True,
    type=click.FloatRange(1),
    help="Seconds of speech in a step.",
)
@click.option(
    "--held-out",
    default=0.15,
    show_default=True,
    type=click.FloatRange(0, 0.9),
    help="Share of the speakers to judge by; one at least.",
)
@click.option(
    "--look-every",
    default=50,
    show_default=True,
    type=click.IntRange(1),
    help="Steps between two looks at them.",
)
@click.option(
    "--patience",
    default=5,
    show_default=True,
    type=click.IntRange(1),
    help="Looks without a gain that end it.",
)
@click.option(
    "--augment/--no-augment", default=True, show_default=True, help="Simulate telephone lines and noise."
)
@click.option("--language", default="ko", show_default=True, metavar="CODE", help="What is spoken.")
@click.option(
    "--device", default="auto", show_default=True, metavar="NAME", help="cpu, cuda, cuda:1, or auto."
)
@click.option("--seed", default=1, show_default=True, help="Decides what is drawn at random.")
def adapt(**wishes: Any) -> int:
    """Train a model further on an agency's own recordings; exit 1 if it hears other people worse.

    docs/adapting.md says how. A run that was interrupted goes on when the same command is given again.
    """
    from rich.console import Console

    training = _training()
    return 0 if training.adapt(training.wish(**wishes), Console()) else 1


def _training() -> Any:
    """Return the module that adapts models, which is no part of the product; raises `UserError`."""
    try:
        return importlib.import_module("models.adapt.command")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "models":
            raise
        raise UserError(
            "`voicebot model adapt` trains with code that only a checkout of voicebot has (models/adapt, "
            "models/train): run it there."
        ) from None
