"""The border between PJSIP and Python: what a callback raises must not unwind into C."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

log = structlog.get_logger(__name__)

Prm = TypeVar("Prm")


def contained(callback: Callable[[Any, Prm], None]) -> Callable[[Any, Prm], None]:
    """Let a callback of pjsua2 log what goes wrong and return. Polling thread.

    pjsua2 itself would print an exception and end the process for a SystemExit.
    """

    @functools.wraps(callback)
    def run(self: Any, prm: Prm) -> None:
        try:
            callback(self, prm)
        except BaseException:  # nothing may unwind into PJSIP
            log.exception("callback failed", callback=callback.__name__)

    return run
