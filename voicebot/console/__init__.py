"""The console: the HTTP API over incidents and live calls, health and metrics."""

from voicebot.console.app import create_app
from voicebot.console.desks import CallsView
from voicebot.console.server import HttpServer

__all__ = ["CallsView", "HttpServer", "create_app"]
