"""The board's clock: rests and probes, and desks that nobody gave back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.desks import TIMES, desk_board
from voicebot import metrics
from voicebot.calls.transfers import desk_board as board_module
from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.operators.desks import DeskState, Group, Operator, Strategy, Wish
from voicebot.operators.waiting_list import QueuePlace
from voicebot.vocabulary.urgency import Urgency

ONE, TWO = Operator("one", "sip:one@127.0.0.1"), Operator("two", "sip:two@127.0.0.1")


def state(board: DeskBoard, name: str = "one") -> DeskState:
    return next(state for desk, state in board.desks() if desk.name == name)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def waits() -> AsyncIterator[Callable[[DeskBoard, Wish], asyncio.Task[tuple[Operator, ...]]]]:
    """Start claims that are cancelled in the end."""
    tasks = []

    def start(board: DeskBoard, wish: Wish) -> asyncio.Task[tuple[Operator, ...]]:
        tasks.append(asyncio.create_task(board.claim(wish)))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_rest_ends_by_itself() -> None:
    """A caller who waits gets the desk as soon as its rest is over, without any other event."""
    board = desk_board([ONE], times=replace(TIMES, rest_s=0.3))
    await board.claim(Wish("a", "urgent"))
    board.free("one", "a", rest=True)
    assert state(board) is DeskState.RESTING
    assert await asyncio.wait_for(board.claim(Wish("b", "non_urgent")), 60) == (ONE,)


async def test_an_unreachable_desk_is_nobody(
    waits: Callable[[DeskBoard, Wish], asyncio.Task[object]],
) -> None:
    """Waiting for it is of no use, until OPTIONS is answered: then who waits has it at once."""
    board = desk_board([ONE])
    await board.claim(Wish("a", "urgent"))
    board.free("one", "a", unreachable=True)
    assert board.nobody_for(Wish("b", "potential"))
    claim = waits(board, Wish("b", "potential"))
    await turns()
    assert not claim.done()
    board.probed(ONE.uri, 200)
    assert await asyncio.wait_for(claim, 60) == (ONE,)


async def test_several_desks_ring_at_once_and_each_is_given_back() -> None:
    """The one who answers is on the call, the other is free again at once."""
    board = desk_board(
        [Operator("one", "sip:one@a", frozenset({"g"})), Operator("two", "sip:two@a", frozenset({"g"}))],
        [Group("g", Strategy.ALL)],
    )
    rung = await board.claim(Wish("a", "urgent", "g"))
    assert len(rung) == 2
    board.on_call("one", "a")
    board.free("two", "a")
    assert (state(board), state(board, "two")) == (DeskState.ON_CALL, DeskState.FREE)


async def test_a_call_that_asks_again_keeps_its_age(
    waits: Callable[[DeskBoard, Wish], asyncio.Task[object]],
) -> None:
    """Who was declined does not go to the end of the list."""
    board = desk_board([ONE])
    await board.claim(Wish("old", "urgent"))
    await asyncio.sleep(0.002)
    later = waits(board, Wish("later", "urgent"))
    await turns()
    again = waits(board, Wish("old", "urgent", tried=frozenset({"x"})))
    await turns()
    board.free("one", "old")
    assert await asyncio.wait_for(again, 60) == (ONE,)
    assert not later.done()
    assert board.place_of("later") == QueuePlace(1, None)
    assert board.place_of("old") is None


async def test_a_call_that_is_over_leaves_no_desk_behind() -> None:
    """Whatever went wrong in a session, its desks can be rung again."""
    board = desk_board([ONE, TWO])
    await board.claim(Wish("a", "urgent"))
    await board.claim(Wish("a", "urgent"))
    board.forget("a")
    assert (state(board), state(board, "two")) == (DeskState.FREE, DeskState.FREE)


async def test_a_pause_keeps_the_call_and_ends_with_the_resume() -> None:
    """A paused desk finishes its call; then it is not rung."""
    board = desk_board([ONE])
    await board.claim(Wish("a", "urgent"))
    assert board.pause("one", paused=True)
    assert state(board) is DeskState.RINGING
    board.free("one", "a")
    assert board.nobody_for(Wish("b", "urgent"))
    board.pause("one", paused=False)
    assert not board.nobody_for(Wish("b", "urgent"))
    assert not board.pause("nobody", paused=True)


async def test_phones_are_asked_while_nothing_is_known_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each URI is asked once an interval, not while it has a call; a line that cannot ask is tried again."""
    monkeypatch.setattr(board_module, "_WATCH_INTERVAL_S", 0.001)
    twin = Operator("twin", ONE.uri)
    board = desk_board([ONE, TWO, twin], times=replace(TIMES, probe_s=1000.0))
    await board.claim(Wish("a", "urgent", tried=frozenset({"one", "twin"})))
    asked: list[str] = []
    can = False

    def ask(uri: str) -> bool:
        if can:
            asked.append(uri)
        return can

    watch = asyncio.create_task(board.watch(ask))
    await asyncio.sleep(0.02)
    can = True
    async with asyncio.timeout(60):
        while not asked:
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    assert asked == [ONE.uri]
    board.probed(ONE.uri, 486)
    board.probed(ONE.uri, 408)
    assert (state(board), state(board, "twin")) == (DeskState.UNREACHABLE, DeskState.UNREACHABLE)
    assert metrics.REGISTRY.get_sample_value("voicebot_desks", {"state": "ringing"}) == 1


# --- any history ---------------------------------------------------------------------------------

_CALLS = st.sampled_from("abc")
_STEPS = st.one_of(
    st.tuples(st.just("claim"), _CALLS, st.sampled_from(["urgent", "non_urgent"])),
    st.tuples(st.just("cancel"), _CALLS),
    st.tuples(st.just("free"), _CALLS),
    st.tuples(st.just("give"), _CALLS),
    st.tuples(st.just("turn")),
    st.tuples(st.just("turn")),
)
"""A call does more than one thing between two turns of the loop about as often as not."""


class History:
    """A board whose calls come, give up, and leave in any order and in the same turn of the loop."""

    def __init__(self) -> None:
        self.board = desk_board([ONE, TWO], [Group("", Strategy.ALL)])
        self.claims: dict[str, asyncio.Task[tuple[Operator, ...]]] = {}

    async def step(self, what: str, call: str = "", urgency: Urgency = "unknown") -> None:
        claim = self.claims.get(call)
        match what:
            case "claim" if claim is None:
                self.claims[call] = asyncio.create_task(self.board.claim(Wish(call, urgency)))
            case "cancel" if claim is not None and not claim.done():
                claim.cancel()
            case "free" if claim is not None and claim.done():
                for operator in () if claim.cancelled() else claim.result():
                    self.board.free(operator.name, call)
                del self.claims[call]
            case "give":
                self.board.give("one", call)
            case "turn":
                await turns()
            case _:
                pass

    async def end(self) -> None:
        for claim in self.claims.values():
            claim.cancel()
        await asyncio.gather(*self.claims.values(), return_exceptions=True)
        for call in list(self.claims):
            await self.step("free", call)


@settings(max_examples=200, deadline=None)
@given(st.lists(_STEPS, min_size=10, max_size=60))
def test_whatever_happens_every_desk_comes_back(steps: list[Any]) -> None:
    """No claim is lost or kept, also when it is cancelled in the very turn in which it was fulfilled."""

    async def play() -> None:
        history = History()
        for step in steps:
            await history.step(*step)
            assert all(len(desk.ringing) <= 1 for desk, _ in history.board.desks()), "a desk has two calls"
        await history.end()
        assert [state for _, state in history.board.desks()] == [DeskState.FREE] * 2
        assert history.board.queue() == ()
        assert not any(history.board.wants(name, call) for name in ("one", "two") for call in "abc")

    asyncio.run(play())
