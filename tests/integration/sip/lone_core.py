"""A core in a process of its own, to be killed: ``python lone_core.py CONFIG.json``.

It answers every call, plays nothing, dials and bridges an operator when OPERATOR is set, and prints
``up PID`` with the pid of the line process once it is ready, then each event's name.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import msgspec

from voicebot import control
from voicebot.lines import LinePool


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _main() -> None:
    config = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=control.LineConfig)
    pool = LinePool([config])
    running = asyncio.create_task(pool.run())
    await pool.wait_ready(120)
    _tell(f"up {pool.pid(config.line)}")
    operator, bridge = os.environ.get("OPERATOR"), os.environ.get("BRIDGE")
    caller = None
    while not running.done():
        event = await pool.events.get()
        if isinstance(event, control.LegOffered):
            caller = event.leg
            pool.send(control.Answer(leg=caller))
            if operator:
                pool.send(control.Dial(leg="L0.operator", uri=operator))
        if isinstance(event, control.LegAnswered) and event.leg == "L0.operator" and caller and bridge:
            pool.send(control.Bridge(leg=caller, other=event.leg))
            _tell("bridged")
        _tell(type(event).__name__)


asyncio.run(_main())
