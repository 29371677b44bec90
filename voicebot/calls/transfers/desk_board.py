"""The board of the operators' desks: one for all calls; gives free desks to waiting calls.

A thin asyncio shell over `voicebot.operators.desks` and `voicebot.operators.waiting_list`: it owns the
clock, the futures of those who wait, and the timer that ends rests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from voicebot import metrics
from voicebot.operators.desks import Desk, DeskState, Group, Operator, Pool, Wish
from voicebot.operators.waiting_list import QueuePlace, Waiting, WaitingList
from voicebot.vocabulary.urgency import Urgency

log = structlog.get_logger(__name__)

_WATCH_INTERVAL_S = 1.0
"""Fine enough for gauges that are scraped every 15 s or so."""
_PROBES_AT_ONCE = 10
"""Ten OPTIONS a second are no burst for a PBX, and ask 600 phones in the published `probe_seconds` of 60."""


@dataclass(frozen=True, slots=True)
class DeskTimes:
    """How long a desk is left in peace."""

    rest_s: float
    """After it did not answer."""
    unreachable_s: float
    """After its phone was not there; what is known of it ages, so it is then rung again."""
    probe_s: float
    """After anything told of it, until its phone is asked by OPTIONS; 0: never."""


class DeskBoard:
    """Claims are exclusive: a desk belongs to one call from `claim` to `free`. Used on one event loop."""

    def __init__(self, operators: Iterable[Operator], groups: Iterable[Group], times: DeskTimes) -> None:
        self._pool = Pool.of(operators, groups)
        self._times = times
        self._waiting = WaitingList()
        self._claims: dict[str, asyncio.Future[tuple[Operator, ...]]] = {}
        self._first_asked_ms: dict[str, int] = {}
        self._wanted: set[tuple[str, str]] = set()
        self._timer: asyncio.TimerHandle | None = None

    # --- what a transfer uses --------------------------------------------------------------------

    def group(self, name: str | None) -> Group | None:
        """Return a group of the settings."""
        return self._pool.groups.get(name or "")

    def nobody_for(self, wish: Wish) -> bool:
        """Whether no desk of the wish is left: each was tried, is paused or unreachable, or there is none."""
        return self._pool.nobody_for(wish, _loop_ms())

    async def claim(self, wish: Wish) -> tuple[Operator, ...]:
        """Wait for the desks that ring at once for ``wish``: one, or several as its group says.

        Who gets the next desk, see `voicebot.operators.waiting_list`. A call that asks again keeps its age.
        Each desk must be given back with `free`. Cancellation takes the call off the list and gives back
        desks that were just assigned.
        """
        claim: asyncio.Future[tuple[Operator, ...]] = asyncio.get_running_loop().create_future()
        self._claims[wish.call] = claim
        since_ms = self._first_asked_ms.setdefault(wish.call, _loop_ms())
        self._waiting = self._waiting.joined(wish, since_ms)
        self._assign()
        try:
            return await claim
        except asyncio.CancelledError:
            if claim.done() and not claim.cancelled():
                for operator in claim.result():
                    self._pool = self._pool.unclaimed(operator.name, wish.call)
                    self._wanted.discard((operator.name, wish.call))
                self._assign()
            raise
        finally:
            if self._claims.get(wish.call) is claim:
                del self._claims[wish.call]
                self._waiting = self._waiting.left(wish.call)

    def rerank(self, call: str, urgency: Urgency) -> None:
        """Move a waiting call to where its urgency belongs; no effect on a call that does not wait."""
        self._waiting = self._waiting.reranked(call, urgency)
        self._assign()

    def place_of(self, call: str) -> QueuePlace | None:
        """Return the place of a waiting call; None when it does not wait."""
        return self._waiting.place_of(call, self._pool, _loop_ms())

    def wants(self, name: str, call: str) -> bool:
        """Whether the operator of a desk that was claimed for a call took it on the screen already."""
        return (name, call) in self._wanted

    def on_call(self, name: str, call: str) -> None:
        """The operator talks with the caller."""
        self._pool = self._pool.on_call(name, call, _loop_ms())

    def free(self, name: str, call: str, *, rest: bool = False, unreachable: bool = False) -> None:
        """Give a desk back, once its phone is free too.

        ``rest``: it did not answer and is left in peace for a while. ``unreachable``: its phone is not there.
        """
        loop_ms = _loop_ms()
        self._wanted.discard((name, call))
        if rest:
            self._pool = self._pool.not_answered(name, loop_ms, int(self._times.rest_s * 1000))
        if unreachable:
            self._pool = self._pool.not_there(name, loop_ms, int(self._times.unreachable_s * 1000))
        desk = self._pool.desk(name)
        if desk is not None and call in desk.talking:
            self._waiting = self._waiting.released(name, loop_ms)
        self._pool = self._pool.freed(name, call, loop_ms)
        self._assign()

    # --- what the switchboard tells --------------------------------------------------------------

    def forget(self, call: str) -> None:
        """A call is over, its operators' legs too; a desk that it still holds is free again."""
        self._first_asked_ms.pop(call, None)
        for desk in self._pool.desks:
            if call in desk.ringing | desk.talking:
                log.info("desk freed at the end of its call", call=call, operator=desk.name)
                self.free(desk.name, call)

    def probed(self, uri: str, code: int) -> None:
        """A phone has answered OPTIONS with ``code``, 408 when nothing came."""
        loop_ms, before = _loop_ms(), self.desks()
        self._pool = self._pool.answered_options(uri, code, loop_ms, int(self._times.unreachable_s * 1000))
        for (desk, old), (_, new) in zip(before, self.desks(), strict=True):
            if old is not new:
                log.info("desk", operator=desk.name, state=new.value, before=old.value, options=code)
        self._assign()

    async def watch(self, ask: Callable[[str], bool]) -> None:
        """Count desks by state, and have phones asked of which nothing is known, until cancelled.

        ``ask`` sends OPTIONS to a URI and returns whether it could; `probed` takes the answer.
        """
        while True:
            states = [state for _, state in self.desks()]
            for state in DeskState:
                metrics.DESKS.labels(state.value).set(states.count(state))
            metrics.WAITING_CALLS.set(len(self._waiting.entries))
            if self._times.probe_s:
                self._probe(ask)
            await asyncio.sleep(_WATCH_INTERVAL_S)

    def _probe(self, ask: Callable[[str], bool]) -> None:
        loop_ms = _loop_ms()
        silent = self._pool.unknown_since(loop_ms - int(self._times.probe_s * 1000))
        for uri in list(dict.fromkeys(operator.uri for operator in silent))[:_PROBES_AT_ONCE]:
            if ask(uri):
                self._pool = self._pool.asked(uri, loop_ms)

    # --- what the console shows and asks ---------------------------------------------------------

    def desks(self) -> tuple[tuple[Desk, DeskState], ...]:
        """Return all desks and what each is doing."""
        loop_ms = _loop_ms()
        return tuple((desk, desk.state(loop_ms)) for desk in self._pool.desks)

    def queue(self) -> tuple[tuple[Waiting, QueuePlace, int], ...]:
        """Return who waits, the next one first: entry, place, and the seconds since it first asked."""
        loop_ms = _loop_ms()
        return tuple(
            (entry, place, (loop_ms - entry.since_ms) // 1000)
            for entry, place in self._waiting.places(self._pool, loop_ms)
        )

    def pause(self, name: str, *, paused: bool) -> bool:
        """Let a desk not be rung, or be rung again; returns whether there is such a desk."""
        self._pool = self._pool.with_pause(name, paused=paused)
        self._assign()
        return self._pool.desk(name) is not None

    def give(self, name: str, call: str) -> bool:
        """Let a desk have a call that waits, since its operator wants that one; returns whether it has."""
        claim, desk = self._claims.get(call), self._pool.desk(name)
        if claim is None or claim.done() or desk is None:
            return False
        pool = self._pool.given(name, call)
        if pool is None:
            return False
        self._pool, self._waiting = pool, self._waiting.left(call)
        self._wanted.add((name, call))
        claim.set_result((desk.operator,))
        return True

    def _assign(self) -> None:
        loop_ms = _loop_ms()
        self._waiting, self._pool, grants = self._waiting.served(self._pool, loop_ms)
        unused = False
        for call, operators in grants:
            claim = self._claims.get(call)
            if claim is None or claim.done():  # cancelled in this turn of the loop
                for operator in operators:
                    self._pool = self._pool.unclaimed(operator.name, call)
                unused = True
            else:
                claim.set_result(operators)
        if unused:
            self._assign()
        else:
            self._wake_at(self._pool.next_change_ms(loop_ms), loop_ms)

    def _wake_at(self, due_ms: int | None, loop_ms: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due_ms is not None and self._waiting.entries:
            self._timer = asyncio.get_running_loop().call_later((due_ms - loop_ms + 1) / 1000, self._assign)


def _loop_ms() -> int:
    return int(asyncio.get_running_loop().time() * 1000)
