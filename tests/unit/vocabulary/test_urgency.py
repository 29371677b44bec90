"""Safety rule 1: an unknown urgency counts as urgent, wherever callers are told apart."""

from itertools import pairwise, permutations

import pytest

from voicebot.operators.invite_headers import ESNET_PRIORITY
from voicebot.operators.waiting_list import DELAY_MS
from voicebot.understanding import Assessment
from voicebot.vocabulary.urgency import (
    HELPED_FIRST,
    URGENCIES,
    Urgency,
    helped_before,
    higher,
    routed_as_urgent,
)


def test_unknown_counts_as_urgent() -> None:
    """Who is urgent and who is not known goes to a human at once, and before all others."""
    assert [each for each in URGENCIES if routed_as_urgent(each)] == ["urgent", "unknown"]
    assert set(HELPED_FIRST) == set(URGENCIES)
    for first, second in permutations(URGENCIES, 2):
        if routed_as_urgent(first) and not routed_as_urgent(second):
            assert helped_before(first, second)
    assert Assessment().routed_as_urgent, "a call begins unknown"


def test_waiting_list_and_sip_priority_keep_the_order() -> None:
    """The delays of the waiting list and the priority in the INVITE fall as the order of help does."""
    for before, after in pairwise(HELPED_FIRST):
        assert DELAY_MS[before] < DELAY_MS[after]
        assert ESNET_PRIORITY[before] > ESNET_PRIORITY[after]


@pytest.mark.parametrize("judged", [each for each in URGENCIES if each != "unknown"])
def test_unknown_is_no_judgement(judged: Urgency) -> None:
    """What was judged stands against unknown: it says nothing, so it can neither raise nor lower."""
    assert higher("unknown", judged) == higher(judged, "unknown") == judged
