"""Mentions of gu and dong, also when the recogniser slipped by a sound."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebot.understanding.places.gazetteer import Gazetteer
from voicebot.understanding.places.mentions import ENDING, Mention
from voicebot.vocabulary.numerals import parse_number

LEAST_SIMILAR = 0.77
"""Below this a heard word is not taken for a name: one jamo of six may differ, two of nine, not more.

At 0.66 words that are no gu are taken for one, at 0.80 two more of 325 dongs with one wrong jamo are lost
(`python -m tests.measurements.thresholds`).
"""
MOST_OFFERED = 3
"""More names than these a caller cannot choose among by ear; chosen, not measured."""

_GU = re.compile(rf"(?<!\S)(?P<name>[가-힣]{{1,4}}구){ENDING}(?!\S)")
_DONG = re.compile(r"(?<!\S)(?P<name>[가-힣]{1,4}\d?동)(?P<rest>\S*)")
_GA = re.compile(rf"\s?(?P<number>[일이삼사오육칠팔]|\d)가{ENDING}(?!\S)")
_END = re.compile(rf"{ENDING}(?!\S)")
_STREET_GA = re.compile(r"(?<!\S)(?P<name>[가-힣]{1,4}로|명륜)\s?(?P<number>[일이삼사오육칠팔]|\d)가(?!역)")


def find_gus(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Yield the mentioned gu."""
    for match in _GU.finditer(text):
        heard = match["name"]
        if heard in gazetteer.gus:
            name, score = heard, 1.0
        elif heard in gazetteer.not_places["gu"] or len(heard) < 3:
            continue
        else:
            near = gazetteer.near(gazetteer.gus, heard, LEAST_SIMILAR)
            if not near:
                continue
            name, score = near[0]
        yield Mention("gu", name, match.start("name"), match.end("name"), score, heard)


def find_dongs(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Yield the mentioned dongs; 가 of a dong (``안암동 오가``) belongs to its name."""
    for match in _DONG.finditer(text):
        heard, rest = match["name"], match["rest"]
        if heard in gazetteer.not_places["dong"] or parse_number(heard.removesuffix("동")) is not None:
            continue
        end = match.end("name")
        ga = _GA.match(text[end:])
        if ga is not None:
            numbered = f"{heard}{parse_number(ga['number'])}가"
            if found := _dongs(numbered, gazetteer):
                yield _mention(found, match.start("name"), end + ga.end("number") + 1, heard)
                continue
        if rest and not _END.fullmatch(rest):
            continue
        if found := _dongs(heard, gazetteer):
            yield _mention(found, match.start("name"), end, heard)
    for match in _STREET_GA.finditer(text):
        name = f"{match['name']}{parse_number(match['number'])}가"
        if name in gazetteer.dongs:
            yield Mention("dong", name, match.start(), match.end(), 1.0, match.group(0))


def _mention(found: list[tuple[str, float]], start: int, end: int, heard: str) -> Mention:
    name, score = found[0]
    near = tuple(it for it, its_score in found if its_score == score) if len(found) > 1 else ()
    return Mention("dong", name, start, end, score, heard, near)


def _dongs(heard: str, gazetteer: Gazetteer) -> list[tuple[str, float]]:
    """Return the name alone when it exists, else the names that sound like it, the most similar first."""
    if heard in gazetteer.dongs:
        return [(heard, 1.0)]
    digitless = re.sub(r"\d(?=동)", "", heard)
    if digitless in gazetteer.dongs:
        return [(digitless, 1.0)]
    return gazetteer.near_dongs(heard, LEAST_SIMILAR) if len(heard) >= 3 else []
