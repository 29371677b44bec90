"""Where help is needed, put together from the mentions in one text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from voicebot.understanding.places.districts import MOST_OFFERED, find_dongs, find_gus
from voicebot.understanding.places.gazetteer import Dong, Gazetteer, Spot
from voicebot.understanding.places.landmarks import find_landmarks
from voicebot.understanding.places.mentions import Kind, Mention, upheld
from voicebot.understanding.places.pidf import distance_m
from voicebot.understanding.places.streets import find_number, find_roads
from voicebot.understanding.results import DONG_RADIUS_M, Candidate, Location

_EXIT = re.compile(r" (?:\d+번 출구|북단|남단)$")

_NEAR_M = 2 * DONG_RADIUS_M
"""A place that is said with a dong lies no further from its middle: in the dong, or in one beside it."""

_LONG_THINGS = ("천", "강", "산", "한강")
"""A stream or a mountain says less than the bridge or the gate that is named with it."""


def find_place(text: str, gazetteer: Gazetteer, *, confidence: float) -> Location | None:
    """Return the place of one normalised text, or None when none is named.

    An ambiguous dong without a gu keeps its candidates, and so does a word that sounds equally like several
    dongs; a gu that has no such dong is noted as a conflict and both are kept, because either may be the one
    that was misheard.
    """
    mentions = upheld(
        [
            *find_gus(text, gazetteer),
            *find_dongs(text, gazetteer),
            *find_roads(text, gazetteer),
            *find_landmarks(text, gazetteer),
        ],
        text,
    )
    gu, dong = _first(mentions, "gu"), _first(mentions, "dong")
    road, place = _first(mentions, "road"), _longest_place(mentions)
    if road is not None and dong is not None and road.start == dong.start:
        road = None
    number = None
    for before in (road, dong):
        number = number or (find_number(text, before.end) if before else None)
    named = [mention for mention in (gu, dong, road, number, place) if mention is not None]
    if not named:
        return None
    dong = _within(gazetteer, gu, dong)
    dongs = _possible(gazetteer, gu, dong)
    spot = _spot(gazetteer, place, gu, dongs)
    point = spot or (dongs[0] if len(dongs) == 1 else None)
    known_gus = {found.gu for found in gazetteer.dongs.get(dong.name, ())} if dong else set()
    return Location(
        text=" ".join(mention.words for mention in sorted(named, key=lambda mention: mention.start)),
        gu=gu.name if gu else None,
        dong=dong.name if dong else None,
        road=road.name if road else None,
        number=number.name if number else None,
        place=place.name if place else None,
        lat=point.lat if point else None,
        lon=point.lon if point else None,
        uncertainty_m=_uncertainty_m(point),
        confidence=round(confidence * min(mention.score for mention in named), 3),
        candidates=tuple(_candidate(found, dong) for found in dongs) if len(dongs) > 1 and dong else (),
        conflict=bool(gu and dong and gu.name not in known_gus),
    )


def _spot(
    gazetteer: Gazetteer, place: Mention | None, gu: Mention | None, dongs: Sequence[Dong]
) -> Spot | None:
    """Return the point of a named place, unless it lies far from the dong or gu that was said."""
    spot = gazetteer.spots.get(_EXIT.sub("", place.name)) if place else None
    if spot is None:
        return None
    near = [
        distance_m(spot.lat, spot.lon, dong.lat, dong.lon) <= _NEAR_M
        for dong in dongs
        if dong.lat is not None and dong.lon is not None
    ]
    agrees = any(near) if near else gu is None or gu.name == spot.gu
    return spot if agrees else None


def _uncertainty_m(point: Spot | Dong | None) -> float | None:
    if isinstance(point, Spot):
        return point.uncertainty_m
    return DONG_RADIUS_M if point is not None and point.lat is not None else None


def _first(mentions: list[Mention], kind: Kind) -> Mention | None:
    """Return the first mention of the best score of its kind."""
    found = [mention for mention in mentions if mention.kind == kind]
    return max(found, key=lambda mention: mention.score, default=None)


def _longest_place(mentions: list[Mention]) -> Mention | None:
    """Return the place that says most: an exit, then a known name, then the longest."""
    found = [mention for mention in mentions if mention.kind == "place"]
    return max(
        found,
        key=lambda mention: (
            "출구" in mention.name,
            not mention.name.endswith(_LONG_THINGS),
            mention.score,
            len(mention.name),
        ),
        default=None,
    )


def _within(gazetteer: Gazetteer, gu: Mention | None, dong: Mention | None) -> Mention | None:
    """Return a misheard dong as those of the named gu, when some that it sounds like lie there."""
    if gu is None or dong is None or not dong.near:
        return dong
    inside = tuple(name for name in dong.near if any(it.gu == gu.name for it in gazetteer.dongs[name]))
    return replace(dong, name=inside[0], near=inside) if inside else dong


def _possible(gazetteer: Gazetteer, gu: Mention | None, dong: Mention | None) -> tuple[Dong, ...]:
    if dong is None:
        return ()
    found = tuple(it for name in dong.near[:MOST_OFFERED] or (dong.name,) for it in gazetteer.dongs[name])
    within = tuple(it for it in found if gu is not None and it.gu == gu.name)
    return within or found


def _candidate(found: Dong, dong: Mention) -> Candidate:
    return Candidate("dong", found.name, found.gu, found.lat, found.lon, dong.score)
