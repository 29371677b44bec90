"""The operators' floor: one for all calls; gives free desks to waiting calls.

A thin asyncio shell over `voicebot.operators.desks`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from voicebot.operators.desks import Desks, Waiting
from voicebot.operators.transfer import Operator

_LEAVING_LIMIT_S = 5.0


class Floor:
    """Claims are exclusive: a desk belongs to one call from `claim` to `free`."""

    def __init__(self, operators: Sequence[Operator]) -> None:
        self._desks = Desks(tuple(operators))
        self._claims: dict[str, asyncio.Future[Operator]] = {}
        self._leaving: dict[str, str] = {}

    def nobody_for(self, tried: frozenset[str]) -> bool:
        """Whether every desk was tried already (or there is none)."""
        return self._desks.nobody_for(tried)

    async def claim(self, call: str, urgency: str, tried: frozenset[str]) -> Operator:
        """Wait for a desk that is not among ``tried``; the most urgent call goes first.

        Cancellation takes the call off the list and gives back a desk that was just assigned.
        """
        loop = asyncio.get_running_loop()
        claim: asyncio.Future[Operator] = loop.create_future()
        self._claims[call] = claim
        self._desks = self._desks.joined(Waiting(call, urgency, int(loop.time() * 1000), tried))
        self._assign()
        try:
            return await claim
        except asyncio.CancelledError:
            if claim.done() and not claim.cancelled():
                self.free(claim.result().name)
            raise
        finally:
            if self._claims.get(call) is claim:
                del self._claims[call]
                self._desks = self._desks.left(call)

    def rerank(self, call: str, urgency: str) -> None:
        """Move a waiting call to where its urgency belongs; no effect on a call that does not wait."""
        waiting = [entry for entry in self._desks.waiting if entry.call == call]
        if waiting and waiting[0].urgency != urgency:
            self._desks = self._desks.joined(Waiting(call, urgency, waiting[0].since_ms, waiting[0].tried))

    def free(self, name: str, after: str | None = None) -> None:
        """Give a desk back: at once, or when the leg ``after`` is gone, so that its phone is free too.

        A leg whose end is never told (its line process died) holds the desk for a few seconds only.
        """
        if after is not None:
            self._leaving[after] = name
            asyncio.get_running_loop().call_later(_LEAVING_LIMIT_S, self.leg_ended, after)
            return
        self._desks = self._desks.freed(name)
        self._assign()

    def leg_ended(self, leg: str) -> None:
        """A leg is gone; a desk that waited for it can be rung again."""
        name = self._leaving.pop(leg, None)
        if name is not None:
            self.free(name)

    def _assign(self) -> None:
        self._desks, pairs = self._desks.assigned()
        unused = False
        for call, operator in pairs:
            claim = self._claims.get(call)
            if claim is None or claim.done():  # cancelled in this turn of the loop
                self._desks = self._desks.freed(operator.name)
                unused = True
            else:
                claim.set_result(operator)
        if unused:
            self._assign()
