"""Mentions of roads with their ``…길`` and of house and lot numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebot.understanding.places.gazetteer import Gazetteer
from voicebot.understanding.places.mentions import ENDING, Mention
from voicebot.vocabulary.numerals import NUMBER, SPOKEN, parse_number

LEAST_SIMILAR = 0.85
"""For names of roads, which share their endings: one jamo of twelve may differ, two of fifteen.

At 0.80 one labelled road of 766 lines is taken for another, at 0.75 five; up to 0.95 none
(`python -m tests.measurements.thresholds`).
"""
_LEAST_SIMILAR_BARE = 0.9
"""For a road without number or lane, which a word that is no name resembles more often; chosen."""
_DASH = r"\s*(?:다시|에\s|-)\s*"
"""What stands between the two parts of a house or lot number."""
_ROAD = re.compile(
    r"(?<!\S)(?P<name>[가-힣\d.]{1,8}?(?:대로|로|도로|고속도로|길|강변북로|순환로))(?P<rest>\S*)"
)
_LONGER = re.compile(r"(?P<name>[가-힣]{1,4}로[가-힣]{1,4}(?:대로|로))(?=\s|$)")
"""A name with an earlier 로 in it: 구로중앙로."""
_LANE = re.compile(rf"\s?(?P<number>{NUMBER})\s?(?P<letter>[가나다라마바]?)(?P<kind>번길|길)")
_AFTER_DONG = re.compile(r"[가-힣](?:동|\d가|[일이삼사오육칠팔]가)\s$")
_EXPRESS = ("고속도로", "순환도로", "간선도로", "순환로", "강변북로", "올림픽대로")
_END = re.compile(rf"{ENDING}(?!\S)")
_DIGIT_ROAD = re.compile(r"(?<!\S)(?P<name>[가-힣]{2,6}?)(?P<number>[일이삼사오])로(?=\s)")
_UNIT = r"\s?(?:번지|번|호(?=\s|$))?(?!으?로)"
_HOUSES = tuple(
    re.compile(rf"(?:\s+|(?=\d))(?P<first>\d+|{SPOKEN}{lazy}){second}{_UNIT}{ending}(?!\S)")
    for lazy, second, ending in (
        ("", rf"{_DASH}(?P<second>\d+|{SPOKEN}?)", ENDING),
        ("?", "(?P<second>)", "이에요"),
        ("", "(?P<second>)", f"(?!이){ENDING}"),
        ("?", "(?P<second>)", ENDING),
    )
)
"""Tried in this order: ``이십이 다시 육이요`` is 22-6, ``백오십이에요`` 150, ``백오십이`` 152."""
_NO_HOUSE = re.compile(r"\s?(?:층|호|동|단지|번\s?출구|명|시|분|년|살|세|개|가\b|가지|차선|미터|킬로)")


def find_roads(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Yield the mentioned roads; an unlisted name counts when a number or a lane follows it."""
    for match in _ROAD.finditer(text):
        heard, end = match["name"], match.end("name")
        longer = _LONGER.match(text, match.start())
        if longer is not None:
            heard, end = longer["name"], longer.end("name")
        elif text[end : end + 1] == "로" and f"{heard}로" in gazetteer.roads:  # 신길로 is no 신길
            heard, end = f"{heard}로", end + 1
        rest = text[end:].split(" ", 1)[0]
        if heard.endswith(("으로", "숲길", "둘레길")) or heard in gazetteer.not_places["road"]:
            continue
        lane = _LANE.match(text[end:])
        if lane is not None and parse_number(lane["number"]) is None:
            lane = None
        if lane is None and rest and not _rest_is_ending(rest):
            continue
        numbered = lane is not None or _house(text[end:]) is not None
        sure = numbered or _AFTER_DONG.search(text[: match.start()]) is not None
        found = _road(heard, gazetteer, numbered=sure or heard.endswith(_EXPRESS))
        if found is None:
            continue
        name, score = found
        if lane is not None:
            name += f"{parse_number(lane['number'])}{lane['letter']}{lane['kind']}"
            end += lane.end()
        yield Mention("road", name, match.start("name"), end, score, text[match.start("name") : end])
    for match in _DIGIT_ROAD.finditer(text):
        name = f"{match['name']}{parse_number(match['number'])}로"
        if name in gazetteer.roads:
            yield Mention("road", name, match.start(), match.end(), 1.0, match.group(0))


def find_number(text: str, start: int) -> Mention | None:
    """Return the house or lot number that begins at ``start``, right after a road or dong."""
    found = _house(text[start:])
    if found is None:
        return None
    name, length = found
    return Mention("number", name, start, start + length, 1.0, text[start : start + length].strip())


def _rest_is_ending(rest: str) -> bool:
    return _END.fullmatch(rest) is not None or _house(rest) is not None


def _road(heard: str, gazetteer: Gazetteer, *, numbered: bool) -> tuple[str, float] | None:
    if heard in gazetteer.roads:
        return heard, 1.0
    near = gazetteer.near(gazetteer.roads, heard, LEAST_SIMILAR) if len(heard) >= 4 else []
    if near and (numbered or near[0][1] > _LEAST_SIMILAR_BARE):
        return near[0]
    if numbered and len(heard) >= 3:
        return heard, 0.7
    return None


def _house(rest: str) -> tuple[str, int] | None:
    """Return the number at the start of ``rest`` as ``152`` or ``152-3``, and its length."""
    for pattern in _HOUSES:
        match = pattern.match(rest)
        if match is None or _NO_HOUSE.match(rest[match.end("first") :]):
            continue
        first = parse_number(match["first"])
        second = parse_number(match["second"]) if match["second"] else None
        if not first or (match["second"] and not second):
            continue
        if second is not None:
            return f"{first}-{second}", match.end("second")
        return str(first), match.end("first")
    return None
