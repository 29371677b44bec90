"""``python -m voicebot.sip CONFIG.json``: run one line process until it is retired.

Exit codes: 0 retired, 2 wrong use, 3 the machine does not allow it (one sentence on stderr).
SIGTERM retires; SIGINT is ignored, since a terminal sends it to the whole group.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
from pathlib import Path

import msgspec
import numpy as np
import structlog

from voicebot.control import LineConfig
from voicebot.errors import SetupError
from voicebot.sip import logs, process_lock
from voicebot.sip.line import Line
from voicebot.sip.pj.endpoint import Endpoint
from voicebot.sip.pj.player import Pcm, load_pcm
from voicebot.sip.pj.request_gate import RequestGate

log = structlog.get_logger(__name__)

WRONG_USE, SETUP_FAILED = 2, 3
"""Exit codes: 2 as shells and argparse have it, 3 is known to `voicebot.lines.process`."""
_SWITCH_INTERVAL_S = 0.0005
"""The clock thread of the sound device needs the GIL several times per 20 ms."""


def main() -> None:
    """Run the process; never returns, so that no destructor runs while the clock thread lives."""
    code = 0
    try:
        _run(_read_config())
    except SetupError as error:
        with contextlib.suppress(OSError):
            os.write(2, f"{error}\n".encode())
        code = SETUP_FAILED
    except (msgspec.DecodeError, OSError, ValueError, IndexError) as error:
        with contextlib.suppress(OSError):
            os.write(2, f"python -m voicebot.sip CONFIG.json: {error}\n".encode())
        code = WRONG_USE
    os._exit(code)


def _read_config() -> LineConfig:
    return msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=LineConfig)


def _run(config: LineConfig) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    logs.configure()
    structlog.contextvars.bind_contextvars(line=config.line)
    _held = process_lock.hold(Path(config.lock))
    prompt = _load_prompt(config)
    gc.disable()
    endpoint = Endpoint(config)
    endpoint.open()
    line = Line(config, endpoint, prompt)
    gate = RequestGate(line.judge_request, endpoint.poll)
    guarded = gate.install(endpoint.host, config.sip_port)
    gc.collect()
    gc.freeze()
    log.info(
        "line process listens",
        port=config.sip_port,
        legs=line.slots,
        pjsua2=endpoint.version,
        guarded=guarded,
    )
    asyncio.run(_serve(line))
    endpoint.close(line.account)
    log.info("line process ends")


async def _serve(line: Line) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, line.retire)
    await line.run()


def _load_prompt(config: LineConfig) -> Pcm:
    if config.fallback_prompt is None:
        return np.zeros(0, np.int16)
    try:
        return load_pcm([config.fallback_prompt])
    except OSError as error:
        message = f"cannot read the fallback prompt {config.fallback_prompt}: {error.strerror}"
        raise SetupError(message) from error


if __name__ == "__main__":
    main()
