"""``voicebot demo`` with patience: its server and its phones give a busy machine a minute, see calls/unhurried.py."""

from __future__ import annotations

import functools
import sys

from tests.integration.calls.unhurried import LIMIT_S, TICKS
from voicebot.cli import demo
from voicebot.cli.main import main
from voicebot.control import LineConfig
from voicebot.demo import server
from voicebot.lines import supervisor

if __name__ == "__main__":
    server.COMMAND = (sys.executable, "-m", "tests.integration.calls.unhurried")
    supervisor.SILENT_TICKS = supervisor.START_TICKS = TICKS
    demo._CALL_LIMIT_S = 10 * LIMIT_S
    limit_ms = int(LIMIT_S * 1000)
    patient = functools.partial(LineConfig, core_silence_limit_ms=limit_ms, offer_limit_ms=limit_ms)
    setattr(demo, LineConfig.__name__, patient)
    main()
