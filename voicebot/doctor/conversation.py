"""The dialog file."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.dialog import load_dialog
from voicebot.doctor.finding import Finding
from voicebot.errors import UserError
from voicebot.settings import Settings


def dialog(settings: Settings) -> Iterator[Finding]:
    """The dialog file loads."""
    try:
        load_dialog(settings.dialog, [group.name for group in settings.groups])
    except UserError as error:
        yield Finding("dialog", "failed", str(error), "mend the dialog file, or name another one as dialog")
    else:
        yield Finding("dialog", "ok", str(settings.dialog))
