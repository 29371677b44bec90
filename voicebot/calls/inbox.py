"""What can happen to a call, and the one queue that it all comes through."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from voicebot import control
from voicebot.calls.hearing.listening import HearingEvent
from voicebot.calls.transfers.progress import TransferProgress

log = structlog.get_logger(__name__)

_CAPACITY = 1000


@dataclass(frozen=True, slots=True)
class SilencePassed:
    """The caller has said nothing for as long as the dialog waits."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The bot has talked with the caller for as long as it may."""


@dataclass(frozen=True, slots=True)
class VoiceFailed:
    """A sentence has no audio, so the one that promises a human is played."""


OwnEvent = SilencePassed | LimitReached | VoiceFailed | TransferProgress
Happening = control.Event | HearingEvent | OwnEvent


class Inbox:
    """Events of one call in the order in which they came. Full: the newest is dropped, and logged."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Happening] = asyncio.Queue(_CAPACITY)

    def put(self, event: Happening) -> None:
        """Take an event; never blocks."""
        if self._queue.full():
            log.error("inbox full, event dropped", dropped=type(event).__name__)
        else:
            self._queue.put_nowait(event)

    async def get(self) -> Happening:
        """Return the next event; cancellation loses none."""
        return await self._queue.get()

    def left(self) -> list[Happening]:
        """Take all events that are left, without waiting."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]
