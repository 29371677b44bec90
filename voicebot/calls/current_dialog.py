"""The dialog that new calls get: read again when its files change, kept when what was saved is wrong.

A running call keeps the dialog it began with. A dialog that is refused changes nothing for callers; it is
logged with every mistake and counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from voicebot import dialog, metrics
from voicebot.calls.voice import DialogVoice
from voicebot.errors import SpeechFailed, UserError
from voicebot.speech.synthesiser import Synthesiser

log = structlog.get_logger(__name__)

POLL_S = 1.0
"""An author who saves and calls at once gets the new dialog; a look costs one `stat` for each file."""
_Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class VoicedDialog:
    """A checked dialog and its voice, its sentences ready to be played."""

    dialog: dialog.Dialog
    voice: DialogVoice


async def prepared(found: dialog.Dialog, synthesiser: Synthesiser) -> VoicedDialog:
    """Render the sentences of a dialog; raises `SetupError` or `SpeechFailed`."""
    voice = DialogVoice(found, found.folder, synthesiser)
    await voice.prepare()
    return VoicedDialog(found, voice)


class CurrentDialog:
    """Holds the dialog of new calls. `watch` must be running for it to follow the files."""

    def __init__(self, path: Path, voiced: VoicedDialog, groups: Collection[str] | None = None) -> None:
        """Begin with ``voiced``; a saved dialog may ask for the ``groups`` of the settings only."""
        self.voiced = voiced
        self._groups = groups
        self.load: Callable[[], int] = lambda: 0
        """Tells how many calls are under way; the switchboard sets it."""
        self._path = path
        self._seen = stamp(voiced.dialog)
        metrics.DIALOG_LOADED.labels(voiced.dialog.name, voiced.dialog.version).set(1)

    async def _read(self) -> VoicedDialog | None:
        """Return the saved dialog; None when it is the one that new calls get already, or is refused."""
        try:
            found = await asyncio.to_thread(dialog.load_dialog, self._path, self._groups)
            self._seen = await asyncio.to_thread(stamp, found)  # a save from now on is seen at the next look
            if found.version == self.voiced.dialog.version:
                return None
            return await prepared(found, self.voiced.voice.synthesiser)
        except (UserError, SpeechFailed) as error:
            self._refuse(str(error).splitlines())
        except Exception as error:  # the border of a reload: no file that is saved may end the service
            log.exception("dialog could not be read")
            self._refuse([repr(error)])
        return None

    def _refuse(self, mistakes: list[str]) -> None:
        metrics.DIALOG_RELOADS.labels("refused").inc()
        log.error(
            "DIALOG REFUSED, calls go on with the last good one",
            file=str(self._path),
            kept=self.voiced.dialog.version,
            mistakes=mistakes,
        )

    def around(self) -> dialog.Context:
        """Return what a flow may know about the world now."""
        now = datetime.now().astimezone()
        return dialog.Context(load=self.load(), minute_of_day=now.hour * 60 + now.minute)

    async def watch(self, poll_s: float = POLL_S) -> None:
        """Look for saved files until cancelled."""
        while True:
            await asyncio.sleep(poll_s)
            await self.look()

    async def look(self) -> bool:
        """Take a changed dialog when it is sound; return whether new calls get another one."""
        seen = await asyncio.to_thread(stamp, self.voiced.dialog)
        if seen == self._seen:
            return False
        self._seen = seen
        voiced = await self._read()
        if voiced is None:
            return False
        found = voiced.dialog
        before, self.voiced = self.voiced, voiced
        metrics.DIALOG_RELOADS.labels("taken").inc()
        metrics.DIALOG_LOADED.remove(before.dialog.name, before.dialog.version)
        metrics.DIALOG_LOADED.labels(found.name, found.version).set(1)
        log.info("dialog taken, new calls use it", version=found.version, before=before.dialog.version)
        return True


def stamp(watched: dialog.Dialog) -> _Stamp:
    """Return what changes when a file of the dialog is saved, added or removed."""
    folders = {path.parent for path in watched.files if path.parent != watched.folder}
    paths = {*watched.files, *(path for folder in folders for path in folder.glob("*.yaml"))}
    found: list[tuple[str, int, int]] = []
    for path in sorted(paths):
        try:
            status = path.stat()
        except OSError:
            found.append((str(path), 0, 0))
        else:
            found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)
