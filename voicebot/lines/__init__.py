"""The core's side of the line processes: supervision, control channel, rings."""

from voicebot.lines.pool import LinePool

__all__ = ["LinePool"]
