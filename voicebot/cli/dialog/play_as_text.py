"""``voicebot dialog test``: the author's conversations, played as text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from voicebot import dialog
from voicebot.dialog.authoring.author_tests import AuthorTest, play


def run(tests: Sequence[AuthorTest], lang: str, *, verbose: bool) -> int:
    """Play every test; return 1 when one went otherwise than expected."""
    dialogs: dict[Path, dialog.Dialog] = {}
    for test in tests:
        if test.dialog not in dialogs:
            dialogs[test.dialog] = dialog.load_dialog(test.dialog)
    began = time.perf_counter()
    failed = 0
    for test in tests:
        found = play(dialogs[test.dialog], test)
        if found:
            failed += 1
            click.echo(f"FAILED {test.name}")
            for difference in found:
                click.echo(f"  {difference.text(lang)}")
        elif verbose:
            click.echo(f"passed {test.name}")
    took_ms = (time.perf_counter() - began) * 1000
    if lang == "ko":
        click.echo(f"{len(tests)}개 가운데 {len(tests) - failed}개 통과, {took_ms:.0f} ms")
    else:
        click.echo(f"{len(tests) - failed} of {len(tests)} passed, {took_ms:.0f} ms")
    return 1 if failed else 0
