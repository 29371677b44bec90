"""Numbers as callers say them: ``백오십이`` is 152, ``백오십이 다시 삼`` is 152-3, ``일곱`` is 7."""

from __future__ import annotations

import re

_DIGITS = {
    "영": 0,
    "공": 0,
    "일": 1,
    "이": 2,
    "삼": 3,
    "사": 4,
    "오": 5,
    "육": 6,
    "륙": 6,
    "칠": 7,
    "팔": 8,
    "구": 9,
}
_UNITS = {"십": 10, "백": 100, "천": 1000}
_NATIVE = {
    "하나": 1,
    "한": 1,
    "둘": 2,
    "두": 2,
    "셋": 3,
    "세": 3,
    "넷": 4,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
}
_NATIVE |= {"여덟": 8, "아홉": 9, "열": 10}

SPOKEN = "[영공일이삼사오육륙칠팔구십백천]+"
"""Pattern of a Sino-Korean number up to 9999, or of digits said one by one."""
NUMBER = rf"(?:\d+|{SPOKEN})"
DASH = r"\s*(?:다시|에\s|-)\s*"
"""What stands between the two parts of a house or lot number."""

_GROUPED = re.compile(
    r"(?:[일이삼사오육륙칠팔구]?천)?(?:[일이삼사오육륙칠팔구]?백)?(?:[일이삼사오육륙칠팔구]?십)?[일이삼사오육륙칠팔구]?"
)


def parse_number(word: str) -> int | None:
    """Return the value of digits, of a Sino-Korean number (0..9999) or a native one (1..10), or None."""
    if word.isdecimal():
        return int(word)
    if word in _NATIVE:
        return _NATIVE[word]
    if not word or any(char not in _DIGITS and char not in _UNITS for char in word):
        return None
    if any(char in _UNITS for char in word):
        return _grouped(word) if _GROUPED.fullmatch(word) else None
    return int(spelled_digits(word) or 0)


def spelled_digits(word: str) -> str | None:
    """Return digits that were said one by one, ``오구육일`` as ``5961``, or None."""
    if word.isdecimal():
        return word
    if word and all(char in _DIGITS for char in word):
        return "".join(str(_DIGITS[char]) for char in word)
    return None


def _grouped(word: str) -> int:
    total, digit = 0, 0
    for char in word:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit
