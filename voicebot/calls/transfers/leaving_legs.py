"""Operators' legs on their way out: a last sentence, the hang-up, and the desk given back at the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from voicebot import control
from voicebot.calls.tasks import CallTasks
from voicebot.errors import LineGone

_FAREWELL_LIMIT_S = 8.0
"""For one sentence; a line that never reports its end does not keep the operator longer. Not measured."""
_LEAVING_LIMIT_S = 5.0
"""From the hang-up to `LegEnded`. Longer keeps a desk whose line never tells it from other callers, shorter
rings a phone that is still busy with the last one; not measured."""

_FAREWELL = "farewell"


@dataclass(slots=True)
class _Leaving:
    said: asyncio.Event = field(default_factory=asyncio.Event)
    """The last sentence is over."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class LeavingLegs:
    """The operators' legs of one call that the search has let go of; the call waits until they are gone."""

    def __init__(self, send: Callable[[control.Command], None], tasks: CallTasks) -> None:
        """``send`` tells the line; raises `LineGone`."""
        self._send = send
        self._tasks = tasks
        self._legs: dict[str, _Leaving] = {}

    def let_go(self, leg: str, free: Callable[[], None], farewell: str | None = None) -> None:
        """Hang up, after the file ``farewell`` was played, if any; call ``free`` once the leg is gone.

        Each wait has its limit, so that ``free`` is called whatever the line does. Of a call that is being
        cancelled nothing is waited for.
        """
        if self._tasks.closed:
            self._hang_up(leg)
            free()
            return
        if farewell is None:
            self._hang_up(leg)
        else:
            with contextlib.suppress(LineGone):
                self._send(control.Play(leg=leg, play_id=_FAREWELL, files=(farewell,)))
        self._legs[leg] = _Leaving()
        self._tasks.start(
            self._leave(leg, self._legs[leg], free, spoken_to=farewell is not None),
            f"letting go of {leg}",
            finishes=True,
        )

    def line_event(self, event: control.Event) -> None:
        """Take what happened on any leg of the call."""
        match event:
            case control.LineLost():
                for leaving in self._legs.values():
                    self._gone(leaving)
            case control.LegEnded(leg=leg) if leg in self._legs:
                self._gone(self._legs[leg])
            case control.Played(leg=leg, play_id=play_id) if leg in self._legs and play_id == _FAREWELL:
                self._legs[leg].said.set()
            case control.CommandFailed(leg=leg, command="Play") if leg in self._legs:
                self._legs[leg].said.set()
            case _:
                pass

    @staticmethod
    def _gone(leaving: _Leaving) -> None:
        leaving.said.set()
        leaving.ended.set()

    async def _leave(self, leg: str, leaving: _Leaving, free: Callable[[], None], *, spoken_to: bool) -> None:
        try:
            if spoken_to:
                try:
                    await _at_most(leaving.said, _FAREWELL_LIMIT_S)
                finally:
                    self._hang_up(leg)
            await _at_most(leaving.ended, _LEAVING_LIMIT_S)
        finally:
            del self._legs[leg]
            free()

    def _hang_up(self, leg: str) -> None:
        with contextlib.suppress(LineGone):
            self._send(control.HangUp(leg=leg))


async def _at_most(event: asyncio.Event, limit_s: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            await event.wait()
