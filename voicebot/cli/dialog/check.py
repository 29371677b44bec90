"""``voicebot dialog check``: all mistakes of dialog files at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import click

from voicebot import dialog
from voicebot.errors import DialogError

_SUMMARY = {
    "ok": (
        "{file}: sound, {steps} steps, version {version}",
        "{file}: 이상 없음, 단계 {steps}개, 판 {version}",
    ),
    "bad": ("{file}: refused, {count} to mend", "{file}: 쓸 수 없음, 고칠 것 {count}개"),
    "doubt": ("warning: ", "주의: "),
}


def run(files: Sequence[Path], lang: str, groups: Collection[str] | None = None, *, strict: bool) -> int:
    """Print what is wrong with each file; return 1 when one of them is refused.

    ``groups``: those of the settings that the files are for; None: they are not looked at.
    """
    which = ("en", "ko").index(lang)
    refused = False
    for file in files:
        try:
            examined = dialog.examine(file, groups)
        except DialogError as error:
            click.echo(str(error))
            refused = True
            continue
        for mistake in examined.mistakes:
            mark = _SUMMARY["doubt"][which] if mistake.warning and not strict else ""
            click.echo(mark + mistake.text(lang))
        grave = [mistake for mistake in examined.mistakes if strict or not mistake.warning]
        if grave or examined.dialog is None:
            click.echo(_SUMMARY["bad"][which].format(file=file, count=len(grave)))
            refused = True
        else:
            sound = examined.dialog
            values = {"file": file, "steps": len(sound.steps), "version": sound.version}
            click.echo(_SUMMARY["ok"][which].format(**values))
    return 1 if refused else 0
