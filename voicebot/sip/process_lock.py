"""One line process per lock file; the file holds its pid."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from voicebot.errors import SetupError


def hold(path: Path) -> int:
    """Take the lock until this process ends and write our pid; returns the descriptor to keep.

    Raises SetupError when another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        message = f"{path} is held by process {holder or '?'}: this line already runs; stop it first"
        raise SetupError(message) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
