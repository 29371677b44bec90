"""The core's side of the line processes: supervision, control channel, rings."""

from voicebot.lines.orphans import lock_holder
from voicebot.lines.pool import LinePool

__all__ = ["LinePool", "lock_holder"]
