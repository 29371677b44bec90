"""How wrong a recognised text is: syllables by reading, without blanks and punctuation."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein

from voicebot.vocabulary.numerals import sino_korean, spoken

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MOST_READINGS = 256
"""Ways to read a text that are compared; beyond four numbers in one utterance the rest is read as plain
numbers."""
_LONGEST_NUMBER = 16
"""Digits that have a name in Korean (below 10^16); longer ones are read one by one."""


def syllable_errors(said: str, heard: str) -> tuple[int, int]:
    """Return (wrong, all) syllables: substituted, left out and added ones, of those of ``said``.

    A number counts by how it is read: "152" is right for 백오십이, 일오이 and, before a counter, 백쉰두.
    """
    right = min(readings(said), key=len)
    return min(Levenshtein.distance(right, reading) for reading in readings(heard)), len(right)


def readings(text: str) -> list[str]:
    """Return the ways to read a text, bare: letters and syllables in small letters, no digits."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text).replace("%", "퍼센트")
    parts = _NUMBER.split(text)
    ways = [list(dict.fromkeys(_readings_of(number))) for number in _NUMBER.findall(text)]
    return [
        _bare("".join(part + way for part, way in itertools.zip_longest(parts, chosen, fillvalue="")))
        for chosen in itertools.islice(itertools.product(*ways), _MOST_READINGS)
    ]


def _readings_of(number: str) -> Iterator[str]:
    whole, point, rest = number.partition(".")
    if len(whole) > _LONGEST_NUMBER:
        yield spoken(whole, "digits")
        return
    if point:
        yield f"{sino_korean(int(whole))}점{spoken(rest, 'digits')}"
        return
    for form in ("number", "digits", "count"):
        yield spoken(whole, form)
    yield spoken(whole, "digits").replace("공", "영")


def _bare(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
