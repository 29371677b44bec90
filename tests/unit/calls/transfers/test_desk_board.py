"""The floor's clock: rests and probes, and desks that nobody gave back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot import metrics
from voicebot.calls.transfers import desk_board as floor_module
from voicebot.calls.transfers.desk_board import Floor, FloorTimes
from voicebot.operators.desks import DeskState, Group, Operator, Strategy, Wish
from voicebot.operators.waiting_list import QueuePlace
from voicebot.vocabulary.urgency import Urgency

ONE, TWO = Operator("one", "sip:one@127.0.0.1"), Operator("two", "sip:two@127.0.0.1")


def state(floor: Floor, name: str = "one") -> DeskState:
    return next(state for desk, state in floor.desks() if desk.name == name)


async def turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def waits() -> AsyncIterator[Callable[[Floor, Wish], asyncio.Task[tuple[Operator, ...]]]]:
    """Start claims that are cancelled in the end."""
    tasks = []

    def start(floor: Floor, wish: Wish) -> asyncio.Task[tuple[Operator, ...]]:
        tasks.append(asyncio.create_task(floor.claim(wish)))
        return tasks[-1]

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_rest_ends_by_itself() -> None:
    """A caller who waits gets the desk as soon as its rest is over, without any other event."""
    floor = Floor([ONE], times=FloorTimes(rest_s=0.05))
    await floor.claim(Wish("a", "urgent"))
    floor.free("one", "a", rest=True)
    assert state(floor) is DeskState.RESTING
    assert await asyncio.wait_for(floor.claim(Wish("b", "non_urgent")), 2) == (ONE,)


async def test_an_unreachable_desk_is_nobody(waits: Callable[[Floor, Wish], asyncio.Task[object]]) -> None:
    """Waiting for it is of no use, until OPTIONS is answered: then who waits has it at once."""
    floor = Floor([ONE])
    await floor.claim(Wish("a", "urgent"))
    floor.free("one", "a", unreachable=True)
    assert floor.nobody_for(Wish("b", "potential"))
    claim = waits(floor, Wish("b", "potential"))
    await turns()
    assert not claim.done()
    floor.probed(ONE.uri, 200)
    assert await asyncio.wait_for(claim, 1) == (ONE,)


async def test_several_desks_ring_at_once_and_each_is_given_back() -> None:
    """The one who answers is on the call, the other is free again at once."""
    floor = Floor(
        [Operator("one", "sip:one@a", frozenset({"g"})), Operator("two", "sip:two@a", frozenset({"g"}))],
        [Group("g", Strategy.ALL)],
    )
    rung = await floor.claim(Wish("a", "urgent", "g"))
    assert len(rung) == 2
    floor.on_call("one", "a")
    floor.free("two", "a")
    assert (state(floor), state(floor, "two")) == (DeskState.ON_CALL, DeskState.FREE)


async def test_a_call_that_asks_again_keeps_its_age(
    waits: Callable[[Floor, Wish], asyncio.Task[object]],
) -> None:
    """Who was declined does not go to the end of the list."""
    floor = Floor([ONE])
    await floor.claim(Wish("old", "urgent"))
    await asyncio.sleep(0.002)
    later = waits(floor, Wish("later", "urgent"))
    await turns()
    again = waits(floor, Wish("old", "urgent", tried=frozenset({"x"})))
    await turns()
    floor.free("one", "old")
    assert await asyncio.wait_for(again, 1) == (ONE,)
    assert not later.done()
    assert floor.place_of("later") == QueuePlace(1, None)
    assert floor.place_of("old") is None


async def test_a_call_that_is_over_leaves_no_desk_behind() -> None:
    """Whatever went wrong in a session, its desks can be rung again; one whose leg is ending waits for it."""
    floor = Floor([ONE, TWO])
    await floor.claim(Wish("a", "urgent"))
    await floor.claim(Wish("a", "urgent"))
    floor.free("two", "a", after="L0.leg")
    floor.forget("a")
    assert (state(floor), state(floor, "two")) == (DeskState.FREE, DeskState.RINGING)
    floor.leg_ended("L0.leg")
    assert state(floor, "two") is DeskState.FREE


async def test_a_pause_keeps_the_call_and_ends_with_the_resume() -> None:
    """A paused desk finishes its call; then it is not rung."""
    floor = Floor([ONE])
    await floor.claim(Wish("a", "urgent"))
    assert floor.pause("one", paused=True)
    assert state(floor) is DeskState.RINGING
    floor.free("one", "a")
    assert floor.nobody_for(Wish("b", "urgent"))
    floor.pause("one", paused=False)
    assert not floor.nobody_for(Wish("b", "urgent"))
    assert not floor.pause("nobody", paused=True)


async def test_phones_are_asked_while_nothing_is_known_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each URI is asked once an interval, not while it has a call; a line that cannot ask is tried again."""
    monkeypatch.setattr(floor_module, "_WATCH_INTERVAL_S", 0.001)
    twin = Operator("twin", ONE.uri)
    floor = Floor([ONE, TWO, twin], times=FloorTimes(probe_s=1000.0))
    await floor.claim(Wish("a", "urgent", tried=frozenset({"one", "twin"})))
    asked: list[str] = []
    can = False

    def ask(uri: str) -> bool:
        if can:
            asked.append(uri)
        return can

    watch = asyncio.create_task(floor.watch(ask))
    await asyncio.sleep(0.02)
    can = True
    await asyncio.sleep(0.05)
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    assert asked == [ONE.uri]
    floor.probed(ONE.uri, 486)
    floor.probed(ONE.uri, 408)
    assert (state(floor), state(floor, "twin")) == (DeskState.UNREACHABLE, DeskState.UNREACHABLE)
    assert metrics.REGISTRY.get_sample_value("voicebot_desks", {"state": "ringing"}) == 1


# --- any history ---------------------------------------------------------------------------------

_CALLS = st.sampled_from("abc")
_STEPS = st.one_of(
    st.tuples(st.just("claim"), _CALLS, st.sampled_from(["urgent", "non_urgent"])),
    st.tuples(st.just("cancel"), _CALLS),
    st.tuples(st.just("free"), _CALLS),
    st.tuples(st.just("hang up"), _CALLS),
    st.tuples(st.just("give"), _CALLS),
    st.tuples(st.just("turn")),
    st.tuples(st.just("turn")),
)
"""A call does more than one thing between two turns of the loop about as often as not."""


class History:
    """A floor whose calls come, give up, and leave in any order and in the same turn of the loop."""

    def __init__(self) -> None:
        self.floor = Floor([ONE, TWO], [Group("", Strategy.ALL)])
        self.claims: dict[str, asyncio.Task[tuple[Operator, ...]]] = {}

    async def step(self, what: str, call: str = "", urgency: Urgency = "unknown") -> None:
        claim = self.claims.get(call)
        match what:
            case "claim" if claim is None:
                self.claims[call] = asyncio.create_task(self.floor.claim(Wish(call, urgency)))
            case "cancel" if claim is not None and not claim.done():
                claim.cancel()
            case "free" | "hang up" if claim is not None and claim.done():
                for operator in () if claim.cancelled() else claim.result():
                    leg = f"L0.{operator.name}.{call}" if what == "hang up" else None
                    self.floor.free(operator.name, call, after=leg)
                    if leg:
                        self.floor.leg_ended(leg)
                del self.claims[call]
            case "give":
                self.floor.give("one", call)
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
            assert all(len(desk.ringing) <= 1 for desk, _ in history.floor.desks()), "a desk has two calls"
        await history.end()
        assert [state for _, state in history.floor.desks()] == [DeskState.FREE] * 2
        assert history.floor.queue() == ()
        assert not any(history.floor.wants(name, call) for name in ("one", "two") for call in "abc")

    asyncio.run(play())
