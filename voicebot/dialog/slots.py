"""The dialog's own slots: what a caller's words put into them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from voicebot.dialog.part import Part
from voicebot.understanding import Understanding
from voicebot.understanding.numbers import SPOKEN, parse_number

BUILT_IN = ("incident", "place")
"""Slots that understanding fills by itself."""

UNSURE = "unknown"
"""Value of a yes-or-no slot when the caller answered something else; it is treated as the graver answer."""

_COUNTED = re.compile(r"(한|두|세|네|다섯|여섯|일곱|여덟|아홉|열)\s*(?:명|사람|분|대|마리|층|개|살|시간)")
_PLAIN = re.compile(rf"(\d+|{SPOKEN})\s*(?:명|사람|분|대|마리|층|개|살|시간|세|호)?")
_ALONE = re.compile(r"^\s*(?:한\s*)?(하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열|혼자)")


class Slot(Part):
    """One entry of the ``slots`` table."""

    kind: Literal["yes_no", "number", "text", "choice"]
    words: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """The words of each value. Those of a choice are noticed in any answer, asked for or not; those of a
    yes-or-no slot are taken before a plain yes or no (``아니요, 다친 사람은 없어요``)."""

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
        """Return the value of a choice that the words name, asked for or not."""
        found = [
            (text.index(word), value) for value, words in self.words.items() for word in words if word in text
        ]
        return min(found)[1] if found else None

    def answered(self, text: str, heard: Understanding) -> str | None:
        """Return the value that an answer to the question of this slot gives; None when it gives none."""
        match self.kind:
            case "yes_no":
                return self.noticed(text) or heard.answer or (UNSURE if text.strip() else None)
            case "number":
                return number_in(text)
            case "choice":
                return self.noticed(text)
            case "text":
                return text.strip() or None


def number_in(text: str) -> str | None:
    """Return the first number of an answer as digits."""
    for pattern in (_COUNTED, _ALONE, _PLAIN):
        for match in pattern.finditer(text):
            if match[1] == "혼자":
                return "1"
            value = parse_number(match[1])
            if value is not None:
                return str(value)
    return None
