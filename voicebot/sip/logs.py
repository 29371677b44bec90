"""Logs of the line process: JSON lines on stderr, dropped rather than waited for."""

from __future__ import annotations

import contextlib
import os

import structlog

_STDERR = 2
"""POSIX; the core reads it through a pipe (`voicebot.lines.process`)."""


class _DroppingLogger:
    """Writes whole lines; a core that stops reading our stderr must not stop the calls."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError):
            os.write(_STDERR, message.encode("utf-8", "replace") + b"\n")

    log = debug = info = warning = error = critical = exception = fatal = msg


def configure() -> None:
    """Set structlog up for this process and make stdout and stderr non-blocking."""
    for descriptor in (1, _STDERR):
        with contextlib.suppress(OSError):
            os.set_blocking(descriptor, False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_args: _DroppingLogger(),
        cache_logger_on_first_use=True,
    )
