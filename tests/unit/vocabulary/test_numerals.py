import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.vocabulary.numerals import (
    NATIVE_ONES,
    NATIVE_TENS,
    counted,
    digit_by_digit,
    parse_number,
    sino_korean,
    spelled_digits,
)


@given(st.integers(1, 9999))
def test_every_spoken_number_is_read(value: int) -> None:
    """The name of each number up to 9999 gives that number."""
    assert parse_number(sino_korean(value)) == value


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


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        (0, "영"),
        (1, "일"),
        (10, "십"),
        (11, "십일"),
        (20, "이십"),
        (100, "백"),
        (111, "백십일"),
        (152, "백오십이"),
        (210, "이백십"),
        (1_004, "천사"),
        (9_999, "구천구백구십구"),
    ],
)
def test_numbers_are_spoken_in_sino_korean(number: int, spoken: str) -> None:
    """One before ten, hundred and thousand is not spoken, zero only alone."""
    assert sino_korean(number) == spoken


def test_digits_one_by_one() -> None:
    """Rooms and pole numbers are read digit by digit with 공 for zero."""
    assert digit_by_digit("302") == "삼공이"


@given(st.integers(1, 99))
def test_a_counted_number_is_built_of_native_tens_and_ones(value: int) -> None:
    """What is said before a counter is made of the words that are read there."""
    words = counted(value)
    tens = next((word for word in NATIVE_TENS if words.startswith(word)), "")
    assert NATIVE_TENS.get(tens, 0) + NATIVE_ONES.get(words.removeprefix(tens), 0) == value
