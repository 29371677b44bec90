"""The life of the process that answers calls: what must be so before it starts, and its phases."""

from voicebot.server.process import serve

__all__ = ["serve"]
