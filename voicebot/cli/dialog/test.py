"""``voicebot dialog test``: the author's conversations, played as text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from voicebot import dialog
from voicebot.dialog.authoring.author_tests import Trial, play


def run(trials: Sequence[Trial], lang: str, *, verbose: bool) -> int:
    """Play every test; return 1 when one went otherwise than expected."""
    flows: dict[Path, dialog.Dialog] = {}
    for trial in trials:
        if trial.dialog not in flows:
            flows[trial.dialog] = dialog.load_dialog(trial.dialog)
    began = time.perf_counter()
    failed = 0
    for trial in trials:
        found = play(flows[trial.dialog], trial)
        if found:
            failed += 1
            click.echo(f"FAILED {trial.name}")
            for difference in found:
                click.echo(f"  {difference.text(lang)}")
        elif verbose:
            click.echo(f"passed {trial.name}")
    took_ms = (time.perf_counter() - began) * 1000
    if lang == "ko":
        click.echo(f"{len(trials)}개 가운데 {len(trials) - failed}개 통과, {took_ms:.0f} ms")
    else:
        click.echo(f"{len(trials) - failed} of {len(trials)} passed, {took_ms:.0f} ms")
    return 1 if failed else 0
