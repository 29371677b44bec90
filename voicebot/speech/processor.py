"""What CTranslate2 should use of this machine's processor, and when.

It leaves AVX-512 alone unless told, because old processors slowed down by it. Those that have it with the
instructions for neural networks (VNNI) do not, and encode a sixth faster.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_NICENESS = 5
"""Of the threads that decode, above that of the process."""
_SETTING = "CT2_FORCE_CPU_ISA"
_WANTED = frozenset({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx512_vnni"})


def use_wide_vectors(
    cpuinfo: Path = Path("/proc/cpuinfo"), environ: MutableMapping[str, str] = os.environ
) -> None:
    """Choose AVX-512 where it pays, before a model is loaded; the environment has the last word."""
    try:
        with cpuinfo.open(encoding="utf-8", errors="replace") as lines:
            flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), [])
    except OSError:
        return
    if _WANTED.issubset(flags):
        environ.setdefault(_SETTING, "AVX512")


def with_patient_threads(load: Callable[[], Any]) -> Any:
    """Load a model whose own threads give way to all others of the machine.

    When there is more to decode than the processor can do, texts are late; the voice detection, the event
    loop and the telephone line are not. The threads inherit what the one that makes them has (Linux). They
    never hold the interpreter's lock, so nobody waits for them.
    """

    def made() -> Any:
        with contextlib.suppress(OSError):
            own = threading.get_native_id()
            niceness = min(19, os.getpriority(os.PRIO_PROCESS, own) + _NICENESS)
            os.setpriority(os.PRIO_PROCESS, own, niceness)
        return load()

    with ThreadPoolExecutor(1, thread_name_prefix="model") as thread:
        return thread.submit(made).result()
