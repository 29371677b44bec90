"""`voicebot serve` from its first line of log to its exit code."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time

import structlog

from voicebot import wiring
from voicebot.logs import configure_logs
from voicebot.server.loop_lag import watch_loop_lag
from voicebot.server.phases import Server
from voicebot.server.preflight import check_ears, prepare_machine
from voicebot.settings import Settings
from voicebot.speech_models.folder import why_deaf

log = structlog.get_logger(__name__)

_LINES_LIMIT_S = wiring.ORPHAN_LIMIT_S + 20.0
"""A line waits for the process of an earlier core, and then starts in under 2 s; the rest is room."""
_THREADS_LIMIT_S = 2.0
"""A batch of the recogniser takes well under a second (docs/performance.md): what takes longer hangs."""


def serve(settings: Settings) -> int:
    """Serve calls until SIGTERM or SIGINT; returns the exit code. Raises `UserError` when it cannot start."""
    configure_logs()
    with asyncio.Runner() as runner:
        runner.run(_serve(settings))
    _leave_the_stuck_behind(code=0)
    return 0


async def _serve(settings: Settings) -> None:
    """Build the core, and run it through its phases; its store and its connections are closed in any case."""
    prepare_machine(settings)
    model = wiring.chosen_model(settings)
    check_ears(settings.speech, model)
    async with wiring.build(settings) as core, core.http:
        tell = log.warning if why_deaf(settings.speech, model) else log.info
        tell("speech model", model=str(model.directory), measured=model.measured)
        addresses = {"sip": str(settings.sip.listen), "http": str(settings.http.listen)}
        server = Server(core.lines, core.switchboard, addresses=addresses, lines_limit_s=_LINES_LIMIT_S)
        await server.run({name: work() for name, work in core.work.items()} | {"loop lag": watch_loop_lag()})


def _leave_the_stuck_behind(code: int) -> None:
    """End the process now if a thread does not come back, of a recogniser that hangs for one.

    Python would wait for it for ever, and the next core for this one.
    """
    ends_s = time.monotonic() + _THREADS_LIMIT_S
    threads = [each for each in threading.enumerate() if each is not threading.current_thread()]
    for thread in threads:
        if not thread.daemon:
            thread.join(max(0.0, ends_s - time.monotonic()))
    stuck = [each.name for each in threads if each.is_alive() and not each.daemon]
    if stuck:
        log.error("threads that do not end are left behind", threads=stuck)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
