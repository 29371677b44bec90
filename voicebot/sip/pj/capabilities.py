"""``python -m voicebot.sip.pj.capabilities``: what the installed pjsua2 is, and how many legs it holds.

One JSON object on stdout: ``pjsua2`` (version), ``legs`` (calls per process) and ``asserts`` (whether misuse
of the library aborts the process). It runs in a process of its own because PJSIP cannot be unloaded.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pjsua2 as pj

from voicebot.sip.pj import native

_MORE_THAN_ANY_BUILD = 100_000
"""pjsua cuts it down to what it was built for: 4 in the stock wheel, 600 in the tuned build."""


def probe() -> dict[str, str | int | bool]:
    """Start PJSIP without a transport and ask it; may be called once per process."""
    native.quiet()
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.maxCalls = _MORE_THAN_ANY_BUILD  # the library takes what it was built for
    config.logConfig.level = config.logConfig.consoleLevel = 0
    endpoint.libInit(config)
    binary = Path(native.library()._name).read_bytes()  # noqa: SLF001  ctypes names the file of a library so
    return {
        "pjsua2": endpoint.libVersion().full,
        "legs": native.call_capacity(),
        "asserts": b"__assert_fail" in binary,
    }


def main() -> None:
    """Print and leave at once, so that no destructor of the library runs."""
    print(json.dumps(probe()))  # noqa: T201  the answer of this program
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
