"""Torch is told in each thread, for OpenMP keeps the number of each apart."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from voicebot.speech import torch_threads


def test_each_thread_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting of the loading thread does not hold in the one that detects speech."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(torch, "set_num_threads", lambda count: told.append((threading.get_ident(), count)))
    monkeypatch.setattr(torch_threads, "_HERE", threading.local())

    def used() -> int:
        torch_threads.use_one_thread()
        torch_threads.use_one_thread()
        return threading.get_ident()

    here = used()
    with ThreadPoolExecutor(1) as pool:
        there = pool.submit(used).result()
    assert told == [(here, 1), (there, 1)]
