"""What CTranslate2 should use of this processor.

It leaves AVX-512 alone unless told, because old processors slowed down by it. Those that have it with the
instructions for neural networks (VNNI) do not, and encode a sixth faster.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

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
