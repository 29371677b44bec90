"""Sentences of a dialog: fields, Korean particles, and parts that vanish when they have nothing to say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

FIELDS = ("place", "gu_choices", "incident", "urgency", "flags", "reason", "confirmed")
"""What a sentence may name in braces."""

_FIELD = re.compile(r"\{(?P<name>[^{}:]*)(?::(?P<closed>[^{}/]+)/(?P<open>[^{}/]+))?\}")
_HANGUL_FIRST, _HANGUL_LAST = 0xAC00, 0xD7A3
_FINALS, _FINAL_RIEUL = 28, 8
_DIGIT_FINAL = {"0": 21, "1": 8, "2": 0, "3": 16, "4": 0, "5": 0, "6": 1, "7": 8, "8": 8, "9": 0}
"""Index of the final consonant of each digit's Sino-Korean name (영 일 이 삼 사 오 육 칠 팔 구)."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sentence of the ``prompts`` table, possibly in parts."""

    key: str
    parts: tuple[str, ...]
    """Said one after the other; a part with an empty field is left out."""
    audio: str | None = None
    """Recording, a WAV path relative to the dialog file; only for prompts without fields."""
    barge_in: bool = True
    tells: tuple[tuple[str, str], ...] = ()
    """What the prompt discloses, with the word that does it, as ``("ai", "인공지능")``."""
    max_syllables: int | None = None
    """Later parts are dropped beyond this; Korean speech has 5 to 6 syllables a second."""

    @property
    def text(self) -> str:
        """Return the sentence with its fields unfilled."""
        return " ".join(self.parts)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names in braces, in order of appearance."""
        return tuple(match["name"] for match in _FIELD.finditer(self.text))

    @property
    def static(self) -> bool:
        """Say whether the sentence is always the same, so that its audio can be prepared."""
        return not self.fields

    def render(self, values: Mapping[str, str]) -> str:
        """Return the sentence with ``values`` filled in; unknown fields count as empty."""
        said: list[str] = []
        syllables = 0
        for part in self.parts:
            if any(not values.get(match["name"]) for match in _FIELD.finditer(part)):
                continue
            text = _FIELD.sub(lambda match: _filled(match, values), part)
            syllables += sum(1 for char in text if char.isalnum())
            if said and self.max_syllables is not None and syllables > self.max_syllables:
                break
            said.append(text)
        return " ".join(said)


def particle(word: str, closed: str, opened: str) -> str:
    """Return the form that fits the end of ``word``: after a consonant ``closed``, else ``opened``.

    ``으로`` and ``이라`` behave alike but for one thing: after ㄹ it is ``로`` (서울로, 1로).
    """
    final = _final_of(word)
    if final == 0 or (final == _FINAL_RIEUL and closed == "으로"):
        return opened
    return closed


def _filled(match: re.Match[str], values: Mapping[str, str]) -> str:
    value = values[match["name"]]
    if match["closed"] is None:
        return value
    return value + particle(value, match["closed"], match["open"])


def _final_of(word: str) -> int:
    last = next((char for char in reversed(word) if char.isalnum()), "")
    if last and _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        return (ord(last) - _HANGUL_FIRST) % _FINALS
    return _DIGIT_FINAL.get(last, 0)
