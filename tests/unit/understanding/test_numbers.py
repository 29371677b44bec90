import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.understanding.numbers import parse_number, spelled_digits

DIGITS = " 일이삼사오육칠팔구"


def sino(value: int) -> str:
    """Return the Sino-Korean name of 1..9999, written in full."""
    name = ""
    for unit, word in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            name += ("" if digit == 1 and unit > 1 else DIGITS[digit]) + word
    return name


@given(st.integers(1, 9999))
def test_every_spoken_number_is_read(value: int) -> None:
    """The name of each number up to 9999 gives that number."""
    assert parse_number(sino(value)) == value


@pytest.mark.parametrize(
    ("word", "value"),
    [("152", 152), ("일곱", 7), ("공", 0), ("일일구", 119), ("십백", None), ("역삼", None), ("", None)],
)
def test_other_ways_to_say_a_number(word: str, value: int | None) -> None:
    """Digits, native numbers and digit strings are read; other words are no numbers."""
    assert parse_number(word) == value


def test_digits_one_by_one_keep_their_zeros() -> None:
    """A point of the national grid has leading zeros."""
    assert spelled_digits("공팔육일") == "0861"
