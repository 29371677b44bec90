"""``voicebot model list``."""

from __future__ import annotations

import click

from voicebot.settings import Settings
from voicebot.speech.cards import runs_on_a_card
from voicebot.speech_models.folder import BUNDLED, chosen, described, installed, models_folder


def run(settings: Settings) -> int:
    """Print each model; that of the settings has a star."""
    used = chosen(settings.speech, on_a_card=runs_on_a_card(settings.speech.device))
    models = [*installed(), described(BUNDLED)]
    if used.directory not in [model.directory for model in models]:
        models.append(used)
    width = max(len(model.name) for model in models)
    for model in models:
        star = "*" if model.directory == used.directory else " "
        click.echo(f"{star} {model.name:{width}}  {model.summary}")
        click.echo(f"  {'':{width}}  {model.directory}")
    if used.synthetic:
        click.echo(
            f"\nNo model that hears people is in {models_folder()}; `voicebot model install whisper-base` "
            "gets one."
        )
    return 0
