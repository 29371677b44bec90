"""Line processes that an earlier core left behind: found by the lock that they hold."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from pathlib import Path


def lock_holder(path: Path) -> int | None:
    """Return the pid that holds the lock, 0 if it is held but says no pid, None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        return int(text) if text.isdecimal() else 0
    else:
        return None
    finally:
        os.close(descriptor)


def is_line_process(pid: int) -> bool:
    """Whether ``pid`` is one of our line processes (and not a stranger who got an old pid)."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"voicebot.sip" in arguments.split(b"\0")


def signal_line_process(pid: int, number: signal.Signals) -> None:
    """Signal ``pid`` if it is a line process; nothing happens when it is not or is gone."""
    if pid > 0 and is_line_process(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
