"""voicebot: answers the overflow of an emergency call centre and hands callers to people."""

__version__ = "0.1.0"
