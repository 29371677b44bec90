"""Numbers as they are read aloud: ``152`` is ``백오십이``, the number ``120`` is ``일이공``."""

from __future__ import annotations

import re

FORMS = ("number", "digits", "count", "ordinal")
"""``number``: as one number; ``digits``: one by one; ``count``: before a counter such as 명, 대, 층 with
native numerals up to 99; ``ordinal``: first, second (첫 번째, 두 번째)."""

_KO = "영일이삼사오육칠팔구"
_KO_DIGITS = "공일이삼사오육칠팔구"
_EN_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_EN_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_MYRIADS = ("", "만", "억", "조")
_RUN = re.compile(r"\d+")


def spoken(text: str, form: str, language: str = "ko") -> str:
    """Return ``text`` with every run of digits in words; only Korean has numbers in words."""
    return _RUN.sub(lambda match: _read(match.group(0), form, language), text)


def _read(digits: str, form: str, language: str) -> str:
    if form == "digits":
        return (
            "".join(_KO_DIGITS[int(digit)] for digit in digits)
            if language == "ko"
            else " ".join(_EN_DIGITS[int(digit)] for digit in digits)
        )
    value = int(digits)
    if form == "ordinal":
        return _ordinal(value, language)
    if language != "ko":
        return str(value)
    if form == "count" and 1 <= value <= 99:
        return _counted(value)
    return sino_korean(value)


def _ordinal(value: int, language: str) -> str:
    if language == "ko":
        return (
            "첫 번째" if value == 1 else f"{_counted(value) if 1 < value <= 99 else sino_korean(value)} 번째"
        )
    teen = value % 100 in (11, 12, 13)
    return f"{value}{'th' if teen else _EN_ORDINALS.get(value % 10, 'th')}"


def sino_korean(value: int) -> str:
    """Return a number from 0 to below 10^16 as it is read: 10152 is ``만백오십이``."""
    if value == 0:
        return _KO[0]
    groups: list[str] = []
    for myriad in _MYRIADS:
        value, group = divmod(value, 10_000)
        if group:
            words = "" if group == 1 and myriad == "만" else _group(group)
            groups.insert(0, words + myriad)
        if not value:
            break
    return "".join(groups)


def _group(value: int) -> str:
    words = ""
    for unit, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        count, value = divmod(value, unit)
        if count:
            words += ("" if count == 1 and name else _KO[count]) + name
    return words


def _counted(value: int) -> str:
    tens, ones = divmod(value, 10)
    if value == 20:
        return "스무"
    return _TENS[tens] + _ONES[ones]
