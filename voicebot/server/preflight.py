"""What must be so on this machine before anything starts; each refusal names the setting to change."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path

from voicebot.errors import SetupError
from voicebot.lines import lock_holder
from voicebot.settings import Settings, SpeechSettings
from voicebot.speech_models.folder import SpeechModel, why_deaf


def prepare_machine(settings: Settings) -> None:
    """Make the folders of ``settings`` and see that its SIP ports can be had; raises `SetupError`."""
    make_run_directory(settings.run_directory)
    check_sip_ports(settings)
    if settings.recordings.directory is not None:
        make_folder(settings.recordings.directory, "recordings.directory")


def check_ears(speech: SpeechSettings, model: SpeechModel) -> None:
    """Raise `SetupError` when nobody chose a model that hears no people, but people may call."""
    if speech.model is None and (why := why_deaf(speech, model)):
        raise SetupError(why)


def check_sip_ports(settings: Settings) -> None:
    """Make sure that each line process can have its port; raises `SetupError` that names the setting.

    A port that a line process of an earlier core holds is no mistake: that process will give it up.
    """
    host, first = settings.sip.listen
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for line in range(settings.sip.line_processes):
        if lock_holder(settings.run_directory / f"line-{line}.lock") is not None:
            continue
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((host, first + line))
            except OSError as error:
                raise SetupError(
                    f"sip.listen {host}:{first + line} (UDP) cannot be had: {error.strerror}; stop the "
                    "program that holds it, or set sip.listen to another address of this machine."
                ) from error


def make_run_directory(path: Path) -> None:
    """Make the folder for sockets, rings and prompts, readable by this user only; raises `SetupError`."""
    make_folder(path, "run_directory")
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        raise SetupError(
            f"run_directory {path}: it is a link or belongs to another user, who could take over the calls. "
            "Remove it, or give a folder of your own."
        )
    with contextlib.suppress(OSError):
        path.chmod(0o700)


def make_folder(path: Path, setting: str) -> None:
    """Make a folder that can be written; raises `SetupError` that names the setting."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"{setting} {path}: cannot be made ({error.strerror}). Give another folder."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise SetupError(f"{setting} {path}: cannot be written. Give another folder, or its owner's rights.")
