"""Checks of Korean word forms."""

import pytest

from models.train.sentences.word_forms import has_final_consonant, spoken_place, with_ending


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
