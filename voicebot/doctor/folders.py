"""The folders that are written to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from voicebot.doctor.finding import Finding
from voicebot.settings import Settings


def folders(settings: Settings) -> Iterator[Finding]:
    """The folders that are written to can be."""
    yield _folder("run_directory", settings.run_directory)
    if settings.recordings.directory is None:
        yield Finding(
            "recordings.directory",
            "warning",
            "not set: only the words of calls are kept, though the greeting tells callers of a recording",
            "set recordings.directory, or change the greeting of the dialog",
        )
    else:
        yield _folder("recordings.directory", settings.recordings.directory)
    if settings.store.url.startswith("sqlite") and ":////" in settings.store.url:
        yield _folder("store.url", Path(settings.store.url.partition(":///")[2]).parent)


def _folder(setting: str, folder: Path) -> Finding:
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding(setting, "ok", str(folder) if existing == folder else f"{folder}, will be made")
    remedy = f"give this user the right to write to {existing}, or set {setting} to another place"
    return Finding(setting, "failed", f"{folder} cannot be written", remedy)
