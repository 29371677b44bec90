"""Desks: which are rung for a wish, and what is known of each."""

import pytest

from voicebot.operators.desks import EVERYBODY, DeskState, Group, Operator, Pool, Strategy, Wish


def desk(name: str, *groups: str, skills: str = "", calls_at_once: int | None = 1) -> Operator:
    return Operator(
        name, f"sip:{name}@127.0.0.1", frozenset(groups), frozenset(skills.split()), calls_at_once
    )


def names(operators: tuple[Operator, ...]) -> list[str]:
    return [operator.name for operator in operators]


def rung(pool: Pool, wish: Wish, now_ms: int = 0) -> tuple[Pool, list[str]]:
    pool, operators = pool.claimed(wish, now_ms)
    return pool, names(operators)


def state(pool: Pool, name: str, now_ms: int = 0) -> DeskState:
    found = pool.desk(name)
    assert found is not None
    return found.state(now_ms)


def test_a_plain_list_is_rung_in_its_order() -> None:
    """Without groups the first free desk is rung, and a held one by nobody else."""
    pool = Pool.of([desk("one"), desk("two")])
    pool, first = rung(pool, Wish("a", "urgent"))
    pool, second = rung(pool, Wish("b", "urgent"))
    pool, third = rung(pool, Wish("c", "urgent"))
    assert (first, second, third) == (["one"], ["two"], [])


def test_the_states_of_a_desk() -> None:
    """Free, ringing, on a call, free again; a pause shows once the call is over."""
    pool = Pool.of([desk("one")])
    assert state(pool, "one") is DeskState.FREE
    pool, _ = rung(pool, Wish("a", "urgent"))
    assert state(pool, "one") is DeskState.RINGING
    pool = pool.on_call("one", "a", 5).with_pause("one", paused=True)
    assert state(pool, "one") is DeskState.ON_CALL
    pool = pool.freed("one", "a", 9)
    assert state(pool, "one") is DeskState.PAUSED
    assert state(pool.with_pause("one", paused=False), "one") is DeskState.FREE


def test_a_desk_is_given_back_by_its_holder_only() -> None:
    """A late second `freed` of an earlier call must not take the desk from the next one."""
    pool = Pool.of([desk("one")])
    pool, _ = rung(pool, Wish("a", "urgent"))
    pool = pool.freed("one", "a", 1)
    pool, _ = rung(pool, Wish("b", "urgent"))
    assert state(pool.freed("one", "a", 2), "one") is DeskState.RINGING


def test_the_longest_free_desk_is_rung_first() -> None:
    """Work is shared out evenly when the group asks for it."""
    group = Group("fire", Strategy.LONGEST_FREE)
    pool = Pool.of([desk("one", "fire"), desk("two", "fire")], [group])
    pool, first = rung(pool, Wish("a", "urgent", "fire"))
    pool = pool.freed("one", "a", 1000)
    pool, second = rung(pool, Wish("b", "urgent", "fire"), 2000)
    pool = pool.freed("two", "b", 3000)
    _, third = rung(pool, Wish("c", "urgent", "fire"), 4000)
    assert (first, second, third) == (["one"], ["two"], ["one"])


@pytest.mark.parametrize(("strategy", "expected"), [("several", 2), ("all", 3), ("in_order", 1)])
def test_a_group_rings_as_many_as_it_says(strategy: str, expected: int) -> None:
    """Several desks or all are claimed in one step."""
    group = Group("fire", Strategy(strategy), at_once=2)
    pool = Pool.of([desk(name, "fire") for name in ("one", "two", "three")], [group])
    pool, operators = rung(pool, Wish("a", "urgent", "fire"))
    assert len(operators) == expected
    assert sum(state(pool, name) is DeskState.RINGING for name in ("one", "two", "three")) == expected


def test_calls_without_a_group_are_rung_as_the_settings_say() -> None:
    """The group without a name holds for a plain list of operators."""
    pool = Pool.of([desk("one"), desk("two")], [Group(EVERYBODY, Strategy.ALL)])
    assert rung(pool, Wish("a", "urgent"))[1] == ["one", "two"]


def test_the_queue_of_a_pbx_takes_several_calls() -> None:
    """One URI holds as many calls as it may, and any number without a limit."""
    limited = Pool.of([desk("queue", calls_at_once=2)])
    given = []
    for call in "abc":
        limited, operators = rung(limited, Wish(call, "urgent"))
        given.append(operators)
    assert given == [["queue"], ["queue"], []]
    assert state(limited.freed("queue", "a", 1), "queue") is DeskState.FREE
    endless = Pool.of([desk("queue", calls_at_once=None)])
    for number in range(50):
        endless, operators = rung(endless, Wish(str(number), "urgent"))
        assert operators == ["queue"]


def test_a_matching_skill_is_preferred_and_never_waited_for() -> None:
    """Who speaks English gets the English caller; if busy, anybody gets him. Others spare the specialist."""
    pool = Pool.of([desk("english", skills="en"), desk("one"), desk("two")])
    assert names(pool.free_for(Wish("a", "urgent", skills=frozenset({"en"})), 0))[0] == "english"
    assert names(pool.free_for(Wish("b", "urgent"), 0))[0] == "one"
    pool, _ = rung(pool, Wish("a", "urgent", skills=frozenset({"en"})))
    assert rung(pool, Wish("c", "urgent", skills=frozenset({"en"})))[1] == ["one"]


def test_only_desks_of_the_group_are_rung() -> None:
    """A group that nobody is free in makes a caller wait who is not urgent."""
    pool = Pool.of([desk("one"), desk("two", "fire")], [Group("fire"), Group("empty")])
    assert rung(pool, Wish("a", "potential", "fire"))[1] == ["two"]
    assert rung(pool, Wish("a", "potential", "empty"))[1] == []
    assert pool.nobody_for(Wish("a", "potential", "empty"), 0)


def test_a_group_that_is_not_known_is_everybody() -> None:
    """A name that no settings hold must not leave a caller without a human."""
    pool = Pool.of([desk("one")])
    assert rung(pool, Wish("a", "urgent", "nowhere"))[1] == ["one"]


def test_an_urgent_call_goes_on_to_the_next_group_at_once() -> None:
    """It does not wait for its own group while another that follows has a free desk; others do."""
    pool = Pool.of(
        [desk("fire1", "fire"), desk("all1", "all")], [Group("fire", next_group="all"), Group("all")]
    )
    pool, _ = rung(pool, Wish("a", "urgent", "fire"))
    assert rung(pool, Wish("b", "potential", "fire"))[1] == []
    assert rung(pool, Wish("b", "unknown", "fire"))[1] == ["all1"]


def test_groups_that_follow_each_other_in_a_circle_end() -> None:
    """A circle is looked through once."""
    pool = Pool.of(
        [desk("one", "a")],
        [Group("a", next_group="b"), Group("b", next_group="a"), Group("c", next_group="c")],
    )
    pool, _ = rung(pool, Wish("x", "urgent", "a"))
    assert rung(pool, Wish("y", "urgent", "b"))[1] == []
    assert rung(pool, Wish("y", "urgent", "c"))[1] == []


def test_a_desk_that_did_not_answer_rests() -> None:
    """It is not rung again for a while, then it is; the queue of a PBX does not rest."""
    pool = Pool.of([desk("one"), desk("two"), desk("queue", calls_at_once=9)])
    for name in ("one", "queue"):
        pool = pool.not_answered(name, 100, 30_000)
    assert state(pool, "one", 200) is DeskState.RESTING
    assert state(pool, "queue", 200) is DeskState.FREE
    assert names(pool.free_for(Wish("a", "potential"), 200)) == ["two", "queue"]
    assert names(pool.free_for(Wish("a", "potential"), 30_100))[0] == "one"
    assert pool.next_change_ms(200) == 30_100
    assert not pool.nobody_for(Wish("a", "potential", tried=frozenset({"two", "queue"})), 200)


def test_a_last_resort_is_rung_for_an_urgent_call_that_has_no_other_hope() -> None:
    """With a busy desk it waits for that one; with none the one that rests or is missing is rung."""
    pool = Pool.of([desk("one"), desk("two")]).not_answered("one", 0, 30_000)
    busy, _ = rung(pool, Wish("a", "urgent"), 1)
    assert rung(busy, Wish("b", "urgent"), 2)[1] == []
    alone = pool.with_pause("two", paused=True)
    assert rung(alone, Wish("b", "urgent"), 2)[1] == ["one"]
    assert rung(alone, Wish("b", "non_urgent"), 2)[1] == []
    missing = Pool.of([desk("one")]).not_there("one", 0, 90_000)
    assert rung(missing, Wish("b", "urgent"), 2)[1] == ["one"], "better an attempt than nothing"
    assert rung(missing, Wish("b", "potential"), 2)[1] == []


def test_an_unreachable_phone_is_nobody_until_it_is_heard_of() -> None:
    """It comes back with an answer to OPTIONS, with an answered call, or when what was known is old."""
    pool = Pool.of([desk("one")]).not_there("one", 0, 90_000)
    assert state(pool, "one", 1) is DeskState.UNREACHABLE
    assert pool.nobody_for(Wish("a", "urgent"), 1)
    assert rung(pool, Wish("a", "potential"), 1)[1] == []
    back = pool.answered_options("sip:one@127.0.0.1", 200, 2, 90_000)
    assert state(back, "one", 2) is DeskState.FREE
    assert state(pool, "one", 90_000) is DeskState.FREE


@pytest.mark.parametrize(
    ("codes", "expected"),
    [((0, 404, 408, 410, 480, 503), "unreachable"), ((200, 401, 403, 405, 486, 501), "free")],
)
def test_what_an_answer_to_options_tells(codes: tuple[int, ...], expected: str) -> None:
    """Whoever answers at all is there, save with an answer that an INVITE would get as well."""
    for code in codes:
        pool = Pool.of([desk("one")]).answered_options("sip:one@127.0.0.1", 200, 0, 90_000)
        pool = pool.answered_options("sip:one@127.0.0.1", code, 0, 90_000)
        assert state(pool, "one", 1) is DeskState(expected), code


def test_a_phone_that_never_answers_options_is_rung_all_the_same() -> None:
    """Some phones and proxies know no OPTIONS: only an INVITE tells of them."""
    pool = Pool.of([desk("one")]).answered_options("sip:one@127.0.0.1", 408, 0, 90_000)
    assert state(pool, "one", 1) is DeskState.FREE
    gone = pool.not_there("one", 1, 90_000).answered_options("sip:one@127.0.0.1", 408, 80_000, 90_000)
    assert state(gone, "one", 90_002) is DeskState.FREE


def test_desks_of_which_nothing_is_known_are_asked_for() -> None:
    """Whoever holds a call, or was heard of lately, is not asked by OPTIONS."""
    pool = Pool.of([desk("one"), desk("two"), desk("three")])
    assert names(pool.unknown_since(0)) == ["one", "two", "three"]
    pool, _ = rung(pool, Wish("a", "urgent"))
    pool = pool.asked("sip:two@127.0.0.1", 500)
    assert names(pool.unknown_since(499)) == ["three"]
    assert names(pool.unknown_since(500)) == ["two", "three"]


def test_a_call_does_not_get_a_desk_twice() -> None:
    """While its own leg there is still ending, it gets another desk."""
    pool = Pool.of([desk("queue", calls_at_once=2), desk("one")])
    pool, first = rung(pool, Wish("a", "urgent"))
    pool, second = rung(pool, Wish("a", "urgent"))
    assert (first, second) == (["queue"], ["one"])
