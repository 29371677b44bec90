"""The dialog's own slots: what a caller's words put into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from voicebot.dialog.yaml_entry import YamlEntry
from voicebot.understanding import Understanding
from voicebot.vocabulary.numerals import NATIVE_ONES, NATIVE_TENS, SPOKEN, parse_number

BUILT_IN = ("incident", "place")
"""Slots that understanding fills by itself."""

UNSURE = "unknown"
"""Value of a yes-or-no slot when the caller answered something else; it is treated as the graver answer."""

_TENS = "|".join(NATIVE_TENS)
_ONES = "|".join(NATIVE_ONES)
_COUNTER = "명|사람|분|대|마리|층|개|살|시간|세|호|도"
_ENDING = "이요|요|이에요|입니다"
_NATIVE = re.compile(rf"(?P<tens>{_TENS})?\s?(?P<ones>{_ONES})?(?=\s*(?:{_COUNTER}|{_ENDING}|정도|쯤|$))")
_FIGURES = re.compile(rf"(\d+)|({SPOKEN})(?=\s*(?:{_COUNTER}))|^\s*({SPOKEN})(?=\s*(?:{_ENDING})?\s*$)")
_COUNTED = rf"(?<![가-힣])(\d+|(?:{_TENS})\s?(?:{_ONES})?|(?:{_ONES})|(?!이\b|이\s){SPOKEN})"
"""A number that stands alone; a bare ``이`` is far more often "this" than two."""
_AFTER_COUNTER = r"(?![가-힣])|이|은|을|도|정도|쯤|인|가|예|요|짜리|씩|의|된|입|남|여"
"""What may follow a counter for it to be one: ``네 명동`` is a place."""
_JOINED = re.compile(r"(?<=[가-힣])이요")
"""``팔십이요`` is 80, not 82 and a ``요``."""


class Slot(YamlEntry):
    """One entry of the ``slots`` table."""

    kind: Literal["yes_no", "number", "text", "choice"]
    words: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """The words of each value. Those of a choice are noticed in any answer, asked for or not; those of a
    yes-or-no slot are taken before a plain yes or no (``아니요, 다친 사람은 없어요``)."""
    unasked: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Words that fill a yes-or-no slot wherever they are said; clear without the question."""
    counters: tuple[str, ...] = ()
    """Words after which a number fills the slot wherever it is said: ``명`` in ``두 명이 다쳤어요``."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"kind": value} if isinstance(value, str) else value

    def values(self) -> tuple[str, ...]:
        """Return what the slot may hold; empty when it may hold anything."""
        if self.kind == "yes_no":
            return ("yes", "no", UNSURE)
        return tuple(self.words)

    def noticed(self, text: str) -> str | None:
        """Return the value that the words give without having been asked for."""
        match self.kind:
            case "choice":
                return _first_named(self.words, text)
            case "yes_no":
                return _first_named(self.unasked, text)
            case "number":
                return counted_in(text, self.counters)
            case "text":
                return None

    def answered(self, text: str, heard: Understanding) -> str | None:
        """Return the value that an answer to the question of this slot gives; None when it gives none."""
        match self.kind:
            case "yes_no":
                return _first_named(self.words, text) or heard.answer or (UNSURE if text.strip() else None)
            case "number":
                return number_in(text)
            case "choice":
                return self.noticed(text)
            case "text":
                return text.strip() or None


def _first_named(words: Mapping[str, tuple[str, ...]], text: str) -> str | None:
    """Return the value whose word stands first in the text."""
    found = [(text.index(word), value) for value, each in words.items() for word in each if word in text]
    return min(found)[1] if found else None


def counted_in(text: str, counters: tuple[str, ...]) -> str | None:
    """Return the number before one of the counters as digits; None without one."""
    if not counters:
        return None
    counted = "|".join(map(re.escape, counters))
    for match in re.finditer(rf"{_COUNTED}\s?(?:{counted})(?:{_AFTER_COUNTER})", text):
        value = number_in(match[1] + "명")
        if value is not None:
            return value
    return None


def number_in(text: str) -> str | None:
    """Return the first number of an answer as digits; ``혼자`` is 1, ``서른두 살`` is 32."""
    text = _JOINED.sub(" 이요", text)
    if text.strip() in ("네", "예"):
        return None
    for match in _FIGURES.finditer(text):
        value = parse_number(next(group for group in match.groups() if group))
        if value is not None:
            return str(value)
    for match in _NATIVE.finditer(text):
        tens, ones = match["tens"], match["ones"]
        if tens or ones:
            return str(NATIVE_TENS.get(tens, 0) + NATIVE_ONES.get(ones, 0))
    return "1" if "혼자" in text else None
