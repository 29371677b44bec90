"""Restart delays and the search for orphans."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from voicebot.errors import SetupError
from voicebot.lines.backoff import STEPS_S, Backoff
from voicebot.lines.orphans import is_line_process, lock_holder
from voicebot.sip import process_lock


def test_the_first_restart_is_immediate_and_later_ones_wait() -> None:
    """Failures in a row wait longer and longer, up to a limit; a long life starts over."""
    backoff = Backoff()
    assert [backoff.next_delay_s(0.1) for _ in range(8)] == [*STEPS_S, STEPS_S[-1], STEPS_S[-1]]
    assert backoff.next_delay_s(60.0) == 0.0
    assert backoff.next_delay_s(0.1) == STEPS_S[1]


def test_a_lock_names_its_holder(tmp_path: Path) -> None:
    """No file, a free file, a held one, and one whose holder has not written yet."""
    path = tmp_path / "line.lock"
    assert lock_holder(path) is None
    path.write_text("4242\n")
    assert lock_holder(path) is None
    descriptor = process_lock.hold(path)
    assert lock_holder(path) == os.getpid()
    with pytest.raises(SetupError, match=str(os.getpid())):
        process_lock.hold(path)
    os.ftruncate(descriptor, 0)
    assert lock_holder(path) == 0
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    assert lock_holder(path) is None
    os.close(descriptor)


def test_only_line_processes_are_signalled() -> None:
    """A stranger who got an old pid is not one of ours."""
    assert not is_line_process(os.getpid())
    assert not is_line_process(2**22 + 1)
