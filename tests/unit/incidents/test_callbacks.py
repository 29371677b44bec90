"""Who is on the callback list, and why."""

from datetime import UTC, datetime

import pytest

from voicebot.incidents import Caller, Incident, Transfer, Utterance, last_words
from voicebot.incidents.callbacks import graver, matched_number, why_lost

OPENED = datetime(2026, 1, 2, tzinfo=UTC)


def lost(state: str = "abandoned", *words: str, **parts: object) -> Incident:
    said = tuple(Utterance(speaker="caller", text=text, start_ms=0, end_ms=1) for text in words)
    return Incident(call_id="c", opened_at=OPENED).changed(state=state, transcript=said, **parts)


@pytest.mark.parametrize(
    ("number", "withheld", "matched"),
    [
        ("01012345678", False, "01012345678"),
        ("+821012345678", False, "01012345678"),
        ("+82-02", False, "0-02"),
        ("00821012345678", False, "01012345678"),
        ("0212345678", False, "0212345678"),
        ("+14155550100", False, "+14155550100"),
        ("01012345678", True, None),
        (None, False, None),
        ("0", False, None),
    ],
)
def test_a_number_is_matched_however_it_is_written(
    number: str | None, withheld: bool, matched: str | None
) -> None:
    """The same subscriber comes in with and without the country code; who withholds it is nobody's match."""
    caller = Caller(number=number, withheld=withheld)
    assert matched_number(lost(caller=caller)) == matched


def test_why_a_caller_is_listed_tells_what_to_expect() -> None:
    """A silent caller, one who left while a human was rung and one whom we lost are told apart."""
    assert why_lost(lost()) == "silent"
    assert why_lost(lost("abandoned", "불이 났어요")) == "hung_up"
    assert why_lost(lost("abandoned", "불이", transfer=Transfer(outcome="caller_left"))) == "left_in_transfer"
    assert why_lost(lost("line_lost", "불이")) == "line_lost"
    assert why_lost(lost("interrupted")) == "interrupted"


def test_the_last_words_are_the_end_of_what_was_said() -> None:
    """Long stories are cut at their beginning; what we said is not among them."""
    long = lost("abandoned", "가" * 300, "끝")
    bot = long.said(Utterance(speaker="bot", text="무슨 일인가요?", start_ms=0, end_ms=1))
    words = last_words(bot)
    assert words is not None
    assert words.endswith("가 끝")
    assert len(words) == 200
    assert last_words(lost()) is None


def test_an_unknown_urgency_is_rung_back_before_a_potential_one() -> None:
    """Unknown counts as urgent, so it comes right after it."""
    assert graver("unknown", "potential") == "unknown"
    assert graver("non_urgent", "potential") == "potential"
    assert graver("urgent", "unknown") == "urgent"
