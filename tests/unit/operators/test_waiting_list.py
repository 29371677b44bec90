"""The waiting list: its order, places, and who gets which desk."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.operators.desks import Group, Operator, Pool, Strategy, Wish
from voicebot.operators.waiting_list import DELAY_MS, QueuePlace, WaitingList
from voicebot.vocabulary.urgency import URGENCIES, Urgency

MINUTE_MS = 60_000


def desk(name: str, *groups: str, calls_at_once: int | None = 1) -> Operator:
    return Operator(name, f"sip:{name}@127.0.0.1", frozenset(groups), calls_at_once=calls_at_once)


def waiting(*entries: tuple[str, Urgency, int], returned: str = "") -> WaitingList:
    found = WaitingList()
    for call, urgency, since_ms in entries:
        found = found.joined(Wish(call, urgency, returned=call == returned), since_ms)
    return found


def order(entries: WaitingList) -> str:
    return "".join(entry.wish.call for entry in entries.ordered())


def test_the_most_urgent_goes_first_and_the_oldest_of_them() -> None:
    """Unknown counts as urgent, after those that are known to be; age decides within a class."""
    entries = waiting(
        ("n", "non_urgent", 0),
        ("p", "potential", 10),
        ("u", "unknown", 20),
        ("b", "urgent", 40),
        ("a", "urgent", 30),
    )
    assert order(entries) == "abupn"


@pytest.mark.parametrize("urgency", ["unknown", "potential", "non_urgent"])
def test_nobody_is_passed_by_for_ever(urgency: Urgency) -> None:
    """An urgent call goes before one that waits, up to the delay of its class and not longer."""
    delay_ms = DELAY_MS[urgency]
    assert order(waiting(("a", urgency, 0), ("b", "urgent", delay_ms - 1))) == "ba"
    assert order(waiting(("a", urgency, 0), ("b", "urgent", delay_ms + 1))) == "ab"


def test_a_caller_whose_operator_left_is_first_of_his_class() -> None:
    """He comes before older calls as urgent as he is, and after more urgent ones."""
    entries: list[tuple[str, Urgency, int]]
    entries = [("a", "urgent", 0), ("p", "potential", 0), ("q", "potential", 5), ("r", "potential", 9)]
    assert order(waiting(*entries)) == "apqr"
    assert order(waiting(*entries, returned="r")) == "arpq"


def test_a_new_urgency_counts_at_once_and_keeps_the_age() -> None:
    """A new danger sign moves a caller up before those who came later."""
    entries = waiting(("a", "urgent", 20), ("b", "non_urgent", 10))
    assert order(entries) == "ab"
    assert order(entries.reranked("b", "urgent")) == "ba"
    assert entries.reranked("x", "urgent") == entries


def test_asking_again_keeps_one_entry() -> None:
    """A call is on the list once."""
    entries = waiting(("a", "unknown", 5)).joined(Wish("a", "urgent"), 5)
    assert [entry.wish for entry in entries.entries] == [Wish("a", "urgent")]


def test_a_tried_desk_is_not_given_again() -> None:
    """Who was declined by one desk gets another; others may still get that one."""
    pool = Pool.of([desk("one"), desk("two")])
    entries = (
        WaitingList().joined(Wish("a", "urgent", tried=frozenset({"one"})), 0).joined(Wish("b", "urgent"), 1)
    )
    _, _, grants = entries.served(pool, 2)
    assert {call: operators[0].name for call, operators in grants} == {"a": "two", "b": "one"}


def test_ringing_all_leaves_a_desk_for_each_who_waits() -> None:
    """Two callers and three desks: the first gets two of them, the second is not left waiting."""
    pool = Pool.of([desk(name, "g") for name in ("one", "two", "three")], [Group("g", Strategy.ALL)])
    entries = WaitingList().joined(Wish("a", "urgent", "g"), 0).joined(Wish("b", "urgent", "g"), 1)
    rest, _, grants = entries.served(pool, 2)
    assert [len(operators) for _, operators in grants] == [2, 1]
    assert rest.entries == ()


def test_places_count_those_who_wait_for_the_same_desks() -> None:
    """Callers of another group are not ahead; who does not wait has no place."""
    pool = Pool.of([desk("one", "fire"), desk("two", "ems")], [Group("fire"), Group("ems")])
    entries = WaitingList()
    for since_ms, (call, group) in enumerate([("a", "fire"), ("b", "ems"), ("c", "fire"), ("d", None)]):
        entries = entries.joined(Wish(call, "urgent", group), since_ms)
    places = {call: entries.place_of(call, pool, 9) for call in "abcdx"}
    positions = {call: place and place.position for call, place in places.items()}
    assert positions == {"a": 1, "b": 1, "c": 2, "d": 4, "x": None}


def test_the_expected_wait_follows_the_pace_of_the_desks() -> None:
    """A talk ends every minute: the second waits two. It grows while none ends, and is unknown before."""
    pool = Pool.of([desk("one"), desk("two")])
    entries = waiting(("a", "urgent", 0), ("b", "urgent", 1)).released("one", 0).released("two", MINUTE_MS)
    assert entries.place_of("b", pool, MINUTE_MS) == QueuePlace(2, None)
    entries = entries.released("one", 2 * MINUTE_MS)
    assert entries.place_of("a", pool, 2 * MINUTE_MS) == QueuePlace(1, 60)
    assert entries.place_of("b", pool, 2 * MINUTE_MS) == QueuePlace(2, 120)
    assert entries.place_of("b", pool, 4 * MINUTE_MS) == QueuePlace(2, 240)
    assert entries.place_of("b", pool, 60 * MINUTE_MS) == QueuePlace(2, None)


# --- any history ---------------------------------------------------------------------------------

_CALLS = st.sampled_from("abcdefgh")
_STEPS = st.one_of(
    st.tuples(st.just("join"), _CALLS, st.sampled_from(URGENCIES), st.sampled_from(["g", "h", None])),
    st.tuples(st.just("leave"), _CALLS),
    st.tuples(st.just("rerank"), _CALLS, st.sampled_from(URGENCIES)),
    st.tuples(st.just("free"), _CALLS),
    st.tuples(st.just("unclaim"), _CALLS),
    st.tuples(st.just("talk"), _CALLS),
    st.tuples(st.just("rest"), st.integers(0, 3)),
    st.tuples(st.just("gone"), st.integers(0, 3)),
    st.tuples(st.just("pause"), st.integers(0, 3), st.booleans()),
)


class History:
    """A list and a pool under random events; checks after each."""

    def __init__(self, strategy: Strategy) -> None:
        self.now_ms = 0
        self.pool = Pool.of(
            [desk("d0", "g"), desk("d1", "g", "h"), desk("d2", "h"), desk("d3", calls_at_once=2)],
            [Group("g", strategy, next_group="h"), Group("h", strategy)],
        )
        self.entries = WaitingList()
        self.held: dict[str, set[str]] = {}

    def step(self, what: str, *arguments: Any) -> None:
        self.now_ms += 1000
        steps: dict[str, Callable[..., None]] = {
            "join": self.join, "leave": self.leave, "rerank": self.rerank, "free": self.free,
            "unclaim": self.unclaim, "talk": self.talk, "rest": self.rest, "gone": self.gone, "pause": self.pause,
        }  # fmt: skip
        steps[what](*arguments)
        self.entries, self.pool, grants = self.entries.served(self.pool, self.now_ms)
        for call, operators in grants:
            assert operators, "a grant without a desk"
            assert not self.held.get(call), "a second claim for one call"
            self.held[call] = {operator.name for operator in operators}
        self.check()

    def join(self, call: str, urgency: Urgency, group: str | None) -> None:
        if not self.held.get(call):
            self.entries = self.entries.joined(Wish(call, urgency, group), self.now_ms)

    def leave(self, call: str) -> None:
        self.entries = self.entries.left(call)

    def rerank(self, call: str, urgency: Urgency) -> None:
        self.entries = self.entries.reranked(call, urgency)

    def free(self, call: str) -> None:
        for name in self.held.pop(call, ()):
            self.pool = self.pool.freed(name, call, self.now_ms)

    def unclaim(self, call: str) -> None:
        for name in self.held.pop(call, ()):
            self.pool = self.pool.unclaimed(name, call)

    def talk(self, call: str) -> None:
        for name in self.held.get(call, ()):
            self.pool = self.pool.on_call(name, call, self.now_ms)

    def rest(self, number: int) -> None:
        self.pool = self.pool.not_answered(f"d{number}", self.now_ms, 5000)

    def gone(self, number: int) -> None:
        self.pool = self.pool.not_there(f"d{number}", self.now_ms, 5000)

    def pause(self, number: int, paused: bool) -> None:
        self.pool = self.pool.with_pause(f"d{number}", paused=paused)

    def check(self) -> None:
        for each in self.pool.desks:
            holders = {call for call, names in self.held.items() if each.name in names}
            assert each.ringing | each.talking == holders, "the pool and its users disagree"
            assert not each.ringing & each.talking
            assert each.operator.calls_at_once is None or len(holders) <= each.operator.calls_at_once
        waiting_calls = [entry.wish.call for entry in self.entries.entries]
        assert len(waiting_calls) == len(set(waiting_calls))
        assert not any(self.held.get(call) for call in waiting_calls), "waits though it has a desk"
        for entry in self.entries.entries:
            assert not self.pool.free_for(entry.wish, self.now_ms), "waits though a desk is free for it"


@settings(deadline=None)
@given(st.sampled_from(list(Strategy)), st.lists(_STEPS, max_size=60))
def test_a_desk_is_never_given_twice_nor_kept_from_who_waits(strategy: Strategy, steps: list[Any]) -> None:
    """After any history each desk has as many calls as it may, and nobody waits beside a free desk."""
    history = History(strategy)
    for step in steps:
        history.step(*step)


_ARRIVALS = st.lists(st.tuples(st.sampled_from(URGENCIES), st.integers(0, 120_000)), min_size=1, max_size=40)


@settings(deadline=None)
@given(_ARRIVALS, st.integers(1_000, 300_000))
def test_nobody_starves(arrivals: list[tuple[Urgency, int]], talk_ms: int) -> None:
    """Behind one desk nobody is passed by a call that came later than he did plus his delay."""
    pool, entries, since = Pool.of([desk("one")]), WaitingList(), {}
    moment = 0
    coming = []
    for number, (urgency, gap_ms) in enumerate(arrivals):
        moment += gap_ms
        coming.append((moment, Wish(f"c{number}", urgency)))
        since[f"c{number}"] = moment
    now_ms, served = 0, []
    while coming or entries.entries:
        if not entries.entries:
            now_ms = max(now_ms, coming[0][0])
        while coming and coming[0][0] <= now_ms:
            at_ms, wish = coming.pop(0)
            entries = entries.joined(wish, at_ms)
        entries, pool, [(call, _)] = entries.served(pool, now_ms)
        for entry in entries.entries:
            assert since[call] <= entry.since_ms + DELAY_MS[entry.wish.urgency], "passed by too late a call"
        served.append(call)
        now_ms += talk_ms
        pool = pool.freed("one", call, now_ms)
    assert sorted(served) == sorted(since), "somebody was never served"


@settings(deadline=None)
@given(_ARRIVALS, st.data())
def test_the_order_is_stable(arrivals: list[tuple[Urgency, int]], data: st.DataObject) -> None:
    """Whoever joins or leaves, two calls that stay never change places."""
    entries, moment = WaitingList(), 0
    for number, (urgency, gap_ms) in enumerate(arrivals):
        before = [entry.wish.call for entry in entries.ordered()]
        moment += gap_ms
        entries = entries.joined(Wish(f"c{number}", urgency), moment)
        if data.draw(st.booleans()):
            entries = entries.left(f"c{data.draw(st.integers(0, number))}")
        after = [entry.wish.call for entry in entries.ordered()]
        assert [call for call in before if call in after] == [call for call in after if call in before]
