from hypothesis import given
from hypothesis import strategies as st

from voicebot.understanding import (
    FLAGS,
    Assessment,
    Candidate,
    Location,
    Understanding,
)
from voicebot.vocabulary.urgency import URGENCIES, higher

HEARD = st.builds(
    Understanding,
    urgency=st.sampled_from(URGENCIES),
    flags=st.lists(st.sampled_from(FLAGS), unique=True, max_size=3).map(tuple),
    wants_human=st.booleans(),
)


@given(st.lists(st.tuples(HEARD, st.booleans()), max_size=8))
def test_urgency_and_flags_only_rise(utterances: list[tuple[Understanding, bool]]) -> None:
    """Nothing that is said later takes a danger away."""
    known = Assessment()
    for heard, partial in utterances:
        later = known.raised_by(heard) if partial else known.after(heard)
        assert higher(known.urgency, later.urgency) == later.urgency
        assert set(known.flags) <= set(later.flags)
        known = later


def test_unknown_is_recorded_and_routed_as_urgent() -> None:
    """A call about which nothing is known goes to a human first."""
    assert Assessment().urgency == "unknown"
    assert Assessment().routed_as_urgent
    assert not Assessment(urgency="potential").routed_as_urgent


def test_a_partial_without_danger_settles_nothing() -> None:
    """The end of the sentence may still tell a danger."""
    assert Assessment().raised_by(Understanding(urgency="non_urgent")).urgency == "unknown"


def test_a_correction_replaces_the_slot_and_keeps_the_rest() -> None:
    """A new dong replaces the old one and drops the gu that belonged to it."""
    first = Understanding(location=Location("강남구 역삼동", gu="강남구", dong="역삼동"))
    second = Understanding(location=Location("불광동", dong="불광동"))
    place = Assessment().after(first).after(second).location
    assert place is not None
    assert (place.gu, place.dong) == (None, "불광동")


def test_places_of_several_utterances_are_joined() -> None:
    """Dong first, road and number later give one address."""
    known = Assessment().after(Understanding(location=Location("역삼동", dong="역삼동")))
    known = known.after(Understanding(location=Location("테헤란로 152", road="테헤란로", number="152")))
    assert known.location is not None
    assert known.location.spoken() == "역삼동 테헤란로 152"


def test_a_gu_chooses_among_candidates() -> None:
    """The answer to "which one" leaves one dong."""
    both = tuple(Candidate("dong", "신사동", gu, 37.5, 127.0, 1.0) for gu in ("강남구", "은평구"))
    known = Assessment().after(Understanding(location=Location("신사동", dong="신사동", candidates=both)))
    known = known.after(Understanding(location=Location("은평구", gu="은평구")))
    assert known.location is not None
    assert known.location.spoken() == "은평구 신사동"
    assert not known.location.ambiguous


def test_a_forgotten_place_takes_nothing_else_with_it() -> None:
    """A denied place does not touch the urgency."""
    known = Assessment(urgency="urgent", location=Location("역삼동", dong="역삼동")).without_place()
    assert (known.urgency, known.location) == ("urgent", None)
