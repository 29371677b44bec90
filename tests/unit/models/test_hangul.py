"""Checks of Korean word forms."""

import pytest

from models.train.hangul import digit_by_digit, has_final_consonant, sino, spoken_place, with_ending


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
    assert sino(number) == spoken


def test_numbers_outside_the_range_are_refused() -> None:
    """Ten thousand and negative numbers raise ValueError."""
    for number in (-1, 10_000):
        with pytest.raises(ValueError, match="outside"):
            sino(number)


def test_digits_one_by_one() -> None:
    """Rooms and pole numbers are read digit by digit with 공 for zero."""
    assert digit_by_digit(302) == "삼공이"


@pytest.mark.parametrize(
    ("register", "spoken"),
    [
        ("성수동1가", "성수동 일가"),
        ("상도1동", "상도 일동"),
        ("을지로3가", "을지로 삼가"),
        ("역삼동", "역삼동"),
    ],
)
def test_dongs_with_digits_are_spoken(register: str, spoken: str) -> None:
    """Digits in a dong's name become a word of their own."""
    assert spoken_place(register) == spoken


def test_endings_follow_the_last_sound() -> None:
    """A final consonant takes 이에요, a vowel 예요."""
    assert with_ending("역삼동", "이에요", "예요") == "역삼동이에요"
    assert with_ending("테헤란로", "이에요", "예요") == "테헤란로예요"
    assert not has_final_consonant("abc")
