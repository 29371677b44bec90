"""``voicebot`` with patience: the limits after which it goes on without something are a minute, not seconds.

What the product does when a limit strikes is right for callers, on a busy machine too, but it is another
story than the one that most tests tell. Those that tell of a limit run `faulty`, which keeps them all.
"""

from __future__ import annotations

import msgspec

from voicebot import wiring
from voicebot.calls import incident_writer, previous_call
from voicebot.calls.hearing import listening
from voicebot.cli.main import main
from voicebot.lines import supervisor
from voicebot.speech import synthesiser
from voicebot.speech.recognition_queue import RecogniserQueue

LIMIT_S = 60.0
LIMITS = (
    (previous_call, "_FIND_LIMIT_S"),
    (incident_writer, "_SAVE_LIMIT_S"),
    (listening, "_DETECTOR_LIMIT_S"),
    (synthesiser, "_LIMIT_S"),
)

TICKS = int(LIMIT_S / supervisor.TICK_S)
"""For the two limits of a line process that are counted in ticks: it is not to blame for a busy machine."""

if __name__ == "__main__":
    for module, name in LIMITS:
        assert hasattr(module, name), f"the limit {name} of {module.__name__} has another name now"
        setattr(module, name, LIMIT_S)
    defaults = RecogniserQueue.__init__.__kwdefaults__
    assert defaults is not None
    assert "limit_ms" in defaults
    defaults["limit_ms"] = int(LIMIT_S * 1000)
    assert supervisor.SILENT_TICKS < supervisor.START_TICKS < TICKS
    supervisor.SILENT_TICKS = supervisor.START_TICKS = TICKS
    usual = wiring.line_configs
    patient = {"core_silence_limit_ms": int(LIMIT_S * 1000), "offer_limit_ms": int(LIMIT_S * 1000)}
    wiring.line_configs = lambda *given: [msgspec.structs.replace(each, **patient) for each in usual(*given)]
    main()
