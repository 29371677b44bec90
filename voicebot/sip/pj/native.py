"""The few things that pjsua2 does not offer to Python, taken from its shared library by ctypes."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import pjsua2 as pj

_DISABLE_TCP_SWITCH_INDEX = 4
"""Place of ``endpt.disable_tcp_switch`` in the int array ``pjsip_sip_cfg_var``."""
_T1_MS, _T2_MS, _T4_MS, _TD_MS = 500, 4000, 5000, 8000
"""RFC 3261 timers; TD doubles as 64*T1, so a dead operator's phone fails after 8 s instead of 32 s."""


def library() -> ctypes.CDLL:
    """Return the shared library behind the installed pjsua2."""
    binding: Any = sys.modules[pj.Endpoint.__module__]
    return ctypes.CDLL(binding._pjsua2.__file__)  # noqa: SLF001 - SWIG names its own half so


def quiet() -> None:
    """Log errors only, from the first call on; PJSIP's own setting comes later than its first lines."""
    library().pj_log_set_level(1)


def keep_udp() -> None:
    """Send requests of 1300 bytes and more by UDP too (RFC 3261 18.1.1: TCP first); before libInit."""
    switches = (ctypes.c_int * (_DISABLE_TCP_SWITCH_INDEX + 1)).in_dll(library(), "pjsip_sip_cfg_var")
    switches[_DISABLE_TCP_SWITCH_INDEX] = 1


def shorten_timeouts() -> None:
    """Let transactions with a dead peer fail after 8 s; after libInit."""
    library().pjsip_tsx_set_timers(_T1_MS, _T2_MS, _T4_MS, _TD_MS)


def call_capacity() -> int:
    """Return how many calls the installed library can hold; after libInit."""
    return int(library().pjsua_call_get_max_count())


def buffer_of(vector: pj.ByteVector) -> tuple[int, int]:
    """Return address and size in bytes of the memory of ``vector`` (a C++ std::vector<unsigned char>).

    Valid until the vector is resized or destroyed. Reading a 20 ms frame this way costs 1 µs, by
    ``bytes(vector)`` more than 100 µs.
    """
    begin, end = (ctypes.c_void_p * 2).from_address(int(vector.this))
    if begin is None or end is None:
        return 0, 0
    return begin, end - begin
