"""How many operators may ring at once."""

from voicebot.lines.leg_budget import LegBudget


def test_the_stock_wheel_rings_one_phone_at_a_time() -> None:
    """Of 4 legs, a caller with an operator leaves two for the next caller with one."""
    budget = LegBudget()
    budget.offered("a")
    assert budget.phones_at_once(4) == 1
    budget.dialled("a1")
    budget.offered("b")
    assert budget.phones_at_once(4) == 1


def test_spare_legs_ring_several() -> None:
    """Each caller keeps one leg for an operator, a newcomer keeps two; the rest may ring."""
    budget = LegBudget()
    budget.offered("a")
    assert budget.phones_at_once(10) == 7
    budget.offered("b")
    assert budget.phones_at_once(10) == 5
    budget.ended("b")
    for number in range(6):
        budget.dialled(f"a{number}")
    assert budget.phones_at_once(10) == 2


def test_legs_that_are_gone_count_no_more() -> None:
    """After the loss of the process all are free again, and each was told once."""
    budget = LegBudget()
    budget.offered("b")
    budget.dialled("a")
    assert budget.lost() == ("a", "b")
    assert budget.lost() == ()
    assert budget.phones_at_once(8) == 7
