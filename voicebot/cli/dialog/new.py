"""``voicebot dialog new``: a folder of one's own to write dialogs in."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from voicebot.errors import UserError

_TEXT = {
    "en": "{folder}: {dialogs}, with lexicon and tests. Begin with: cd {folder}",
    "ko": "{folder}: {dialogs}, 낱말 규칙과 시험. 이렇게 시작하십시오: cd {folder}",
}


def run(folder: Path, shipped: Path, lang: str) -> int:
    """Copy the ``shipped`` dialogs into ``folder``; raise UserError when something is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is there already and not empty. Give the name of a new folder.")
    try:
        shutil.copytree(shipped, folder, dirs_exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error}). Give a folder of your own.") from error
    dialogs = ", ".join(sorted(path.name for path in folder.glob("*.yaml")))
    click.echo(_TEXT[lang].format(folder=folder, dialogs=dialogs))
    return 0
