"""The waiting list."""

from voicebot.operators.desks import Desks, Waiting
from voicebot.operators.transfer import Operator

ONE = Operator("one", "sip:one@127.0.0.1")
TWO = Operator("two", "sip:two@127.0.0.1")


def test_the_most_urgent_is_served_first_then_the_oldest() -> None:
    """Urgency outranks age; among equals the one who has waited longest goes first."""
    desks = Desks((ONE,))
    for entry in (
        Waiting("calm", "non_urgent", 0),
        Waiting("late", "urgent", 20),
        Waiting("early", "urgent", 10),
        Waiting("unknown", "unknown", 1),
    ):
        desks = desks.joined(entry)
    order = []
    while desks.waiting:
        desks, pairs = desks.assigned()
        order += [call for call, _ in pairs]
        desks = desks.freed("one")
    assert order == ["early", "late", "unknown", "calm"]


def test_a_desk_serves_one_call_at_a_time_and_not_one_that_it_failed() -> None:
    """A taken desk is not given again, and a desk that was tried is not tried again."""
    desks, pairs = Desks((ONE, TWO)).joined(Waiting("a", "urgent", 0, frozenset({"one"}))).assigned()
    assert pairs == (("a", TWO),)
    desks, pairs = desks.joined(Waiting("b", "urgent", 1, frozenset({"one"}))).assigned()
    assert pairs == ()
    assert desks.nobody_for({"one", "two"})
    assert not desks.nobody_for({"one"})


def test_coming_again_with_another_urgency_keeps_the_age() -> None:
    """A re-ranked call does not lose its place in time."""
    desks = Desks(()).joined(Waiting("a", "unknown", 5)).joined(Waiting("a", "urgent", 99))
    assert desks.waiting == (Waiting("a", "urgent", 5),)
