"""Korean word forms that the corpus needs: particles and numbers as they are spoken."""

from __future__ import annotations

import re

SINO_DIGITS = "영일이삼사오육칠팔구"
NATIVE_COUNTS = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열")


def has_final_consonant(word: str) -> bool:
    """Whether the last syllable of ``word`` ends in a consonant (batchim)."""
    code = ord(word[-1]) - 0xAC00
    return 0 <= code < 11172 and code % 28 != 0


def with_ending(word: str, after_consonant: str, after_vowel: str) -> str:
    """``word`` with the ending that fits its last sound, as 이에요 or 예요."""
    return word + (after_consonant if has_final_consonant(word) else after_vowel)


def sino(number: int) -> str:
    """``number`` (0 to 9999) in Sino-Korean as it is spoken: 152 -> 백오십이."""
    if not 0 <= number <= 9999:
        raise ValueError(f"{number} is outside 0..9999")
    if number == 0:
        return SINO_DIGITS[0]
    spoken = ""
    for name, unit in (("천", 1000), ("백", 100), ("십", 10)):
        digit, number = divmod(number, unit)
        if digit:
            spoken += name if digit == 1 else SINO_DIGITS[digit] + name
    return spoken + (SINO_DIGITS[number] if number else "")


def digit_by_digit(number: int, zero: str = "공") -> str:
    """``number`` read digit by digit, as room and pole numbers are: 302 -> 삼공이."""
    return "".join(zero if digit == "0" else SINO_DIGITS[int(digit)] for digit in str(number))


def spoken_place(name: str) -> str:
    """A place name as it is said: 성수동1가 -> 성수동 일가, 상도1동 -> 상도 일동."""
    return re.sub(r"(\d+)", lambda match: " " + sino(int(match.group())), name)
