"""What can happen to a call, and the one queue that it all comes through."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from voicebot import control
from voicebot.calls.hearing.listening import HearingEvent
from voicebot.operators.outcomes import Attempt, Outcome
from voicebot.operators.transfer_state import Phase

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


@dataclass(frozen=True, slots=True)
class TransferPhase:
    """The transfer moved on; ``operators`` ring, or the one is on the line."""

    phase: Phase
    operators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskRings:
    """An operator's phone rings, or was picked up at once."""

    operator: str


@dataclass(frozen=True, slots=True)
class AttemptOver:
    """One way to a human was tried."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class TransferDelayed:
    """The caller may have heard a human already, who is gone; the search goes on."""


@dataclass(frozen=True, slots=True)
class CallerReturned:
    """No human can be had for now, or the one has hung up; the search goes on behind the dialog."""

    reason: Outcome
    abruptly: bool = False
    """The operator's leg broke off."""


@dataclass(frozen=True, slots=True)
class TransferOver:
    """The search is over: the caller has gone, was sent away, or the search itself has failed."""

    outcome: Outcome
    operator: str | None = None
    diverted: bool = False


TransferNews = TransferPhase | DeskRings | AttemptOver | TransferDelayed | CallerReturned | TransferOver
OwnEvent = SilencePassed | LimitReached | VoiceFailed | TransferNews
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
