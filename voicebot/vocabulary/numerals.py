"""Korean numbers, both ways: ``152`` is said ``백오십이``, and callers who say ``백오십이`` mean 152.

Sino-Korean numerals stand in addresses, minutes and floors; native ones before counters such as 명 and 대,
up to 99.
"""

from __future__ import annotations

import re
from typing import Final

SINO_DIGITS: Final = "영일이삼사오육칠팔구"
"""0..9 within a number; one by one, zero is 공."""
SPOKEN_DIGITS: Final = "영공일이삼사오육륙칠팔구"
"""All syllables that callers use for a digit; 륙 is 육 after another syllable."""
_DIGITS: Final = {syllable: value for value, syllable in enumerate(SINO_DIGITS)} | {"공": 0, "륙": 6}
"""Value of each syllable; reading ends below 10,000, as house numbers and floors do."""
_UNITS: Final = {"십": 10, "백": 100, "천": 1000}
_MYRIADS: Final = ("", "만", "억", "조")
_COUNTING: Final = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_ALONE: Final = ("하나", "둘", "셋", "넷")
NATIVE_ONES: Final = {word: value for value, word in enumerate(_COUNTING) if word} | {
    word: value for value, word in enumerate(_ALONE, 1)
}
"""Native numerals from 1 to 9, before a counter (한) and alone (하나)."""
NATIVE_TENS: Final = {
    "열": 10, "스물": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
    "스무": 20,
}  # fmt: skip
"""Native tens; 스무 is 스물 right before a counter."""
_TENS: Final = ("", *NATIVE_TENS)
_EN_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_EN_ORDINALS: Final = {1: "st", 2: "nd", 3: "rd"}

FORMS: Final = ("number", "digits", "count", "ordinal")
"""How a number is said. ``number``: as one number; ``digits``: one by one; ``count``: before a counter with
native numerals up to 99; ``ordinal``: first, second (첫 번째, 두 번째)."""

SPOKEN: Final = f"[{SPOKEN_DIGITS}{''.join(_UNITS)}]+"
"""Pattern of a Sino-Korean number up to 9999, or of digits said one by one."""
NUMBER: Final = rf"(?:\d+|{SPOKEN})"
"""Pattern of a number in figures or as it is said."""

_ONE_TO_NINE = f"[{SPOKEN_DIGITS[2:]}]?"  # 영 and 공 stand in no number of several places
_GROUPED = re.compile("".join(f"(?:{_ONE_TO_NINE}{unit})?" for unit in reversed(_UNITS)) + _ONE_TO_NINE)
_RUN = re.compile(r"\d+")


# --- read ------------------------------------------------------------------------------------------


def parse_number(word: str) -> int | None:
    """Return the value of digits, of a Sino-Korean number (0..9999) or a native one (1..10), or None."""
    if word.isdecimal():
        return int(word)
    if word in NATIVE_ONES or word == "열":
        return NATIVE_ONES.get(word, 10)
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


# --- said ------------------------------------------------------------------------------------------


def spoken(text: str, form: str, language: str = "ko") -> str:
    """Return ``text`` with every run of digits in words, as ``form`` says it (see `FORMS`).

    In other languages than Korean only digits and ordinals are written out.
    """
    return _RUN.sub(lambda match: _said(match.group(0), form, language), text)


def digit_by_digit(digits: str) -> str:
    """Return digits one by one, as room and pole numbers are read: 302 is ``삼공이``."""
    return "".join("공" if digit == "0" else SINO_DIGITS[int(digit)] for digit in digits)


def sino_korean(value: int) -> str:
    """Return a number from 0 to below 10^16 as it is read: 10152 is ``만백오십이``."""
    if value == 0:
        return SINO_DIGITS[0]
    groups: list[str] = []
    for myriad in _MYRIADS:
        value, group = divmod(value, 10_000)
        if group:
            words = "" if group == 1 and myriad == "만" else _group(group)
            groups.insert(0, words + myriad)
        if not value:
            break
    return "".join(groups)


def counted(value: int) -> str:
    """Return a number from 1 to 99 as it stands before a counter: 21 명 is ``스물한 명``."""
    tens, ones = divmod(value, 10)
    return "스무" if value == 20 else _TENS[tens] + _COUNTING[ones]


def _said(digits: str, form: str, language: str) -> str:
    if form == "digits":
        return (
            digit_by_digit(digits)
            if language == "ko"
            else " ".join(_EN_DIGITS[int(digit)] for digit in digits)
        )
    value = int(digits)
    if form == "ordinal":
        return _ordinal(value, language)
    if language != "ko":
        return str(value)
    if form == "count" and 1 <= value <= 99:
        return counted(value)
    return sino_korean(value)


def _ordinal(value: int, language: str) -> str:
    if language == "ko":
        return (
            "첫 번째" if value == 1 else f"{counted(value) if 1 < value <= 99 else sino_korean(value)} 번째"
        )
    teen = value % 100 in (11, 12, 13)
    return f"{value}{'th' if teen else _EN_ORDINALS.get(value % 10, 'th')}"


def _group(value: int) -> str:
    words = ""
    for name, unit in reversed(_UNITS.items()):
        count, value = divmod(value, unit)
        if count:
            words += ("" if count == 1 else SINO_DIGITS[count]) + name
    return words + (SINO_DIGITS[value] if value else "")
