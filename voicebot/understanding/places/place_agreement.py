"""What the caller said and what the network knows about the place, side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicebot.understanding.places.gazetteer import Gazetteer
from voicebot.understanding.places.pidf import Fix, civic_location, distance_m
from voicebot.understanding.results import DONG_RADIUS_M, Location

_OUTSIDE_M = 20_000.0
"""Further from every dong's middle a fix lies outside Seoul: the city reaches 17.5 km from its own middle."""
_PART = re.compile(r"\d+(동)$|(?<=동)\d+가$")


@dataclass(frozen=True, slots=True)
class PlaceAgreement:
    """Both sources kept apart; nobody but the operator decides between them."""

    said: Location | None
    fix: Fix | None
    apart_m: float | None
    """Between the said place and the fix; ``None`` when one of them has no point."""
    conflict: bool
    """They lie further apart than both uncertainties allow: show both, ask again."""
    fix_gu: str | None
    fix_dong: str | None
    """The legal dong whose middle is nearest to the fix, or of its address: a hint, no border test."""


def compare_places(said: Location | None, fix: Fix | None, gazetteer: Gazetteer) -> PlaceAgreement:
    """Put the spoken place and the fix together without choosing between them."""
    if fix is None or fix.lat is None or fix.lon is None:
        address = civic_location(fix) if fix else None
        gu, dong = (address.gu, address.dong) if address else (None, None)
        return PlaceAgreement(said, fix, None, _contradicts(said, address), gu, dong)
    near = nearest_dong(fix.lat, fix.lon, gazetteer)
    gu, dong = near or (None, None)
    apart_m = None
    conflict = False
    if said is not None and said.lat is not None and said.lon is not None:
        apart_m = round(distance_m(said.lat, said.lon, fix.lat, fix.lon), 1)
        conflict = apart_m > (said.uncertainty_m or DONG_RADIUS_M) + (fix.uncertainty_m or 0.0)
    elif said is not None and said.gu is not None and gu is not None:
        conflict = said.gu != gu and (fix.uncertainty_m or 0.0) < DONG_RADIUS_M
    return PlaceAgreement(said, fix, apart_m, conflict, gu, dong)


def _contradicts(said: Location | None, address: Location | None) -> bool:
    """Say whether a spoken place and an address name different gu or dongs; what one leaves open fits."""
    if said is None or address is None:
        return False
    gus = bool(said.gu and address.gu and said.gu != address.gu)
    dongs = {_whole(name) for name in (said.dong, *(it.name for it in said.candidates)) if name}
    return gus or bool(dongs and address.dong and _whole(address.dong) not in dongs)


def _whole(dong: str) -> str:
    """Return a dong without the number of its part: 역삼1동 and 금호동2가 are parts of 역삼동 and 금호동."""
    return _PART.sub(r"\1", dong)


def nearest_dong(lat: float, lon: float, gazetteer: Gazetteer) -> tuple[str, str] | None:
    """Return gu and legal dong whose middle is nearest, or None when the point lies outside Seoul."""
    best: tuple[float, str, str] | None = None
    for found in gazetteer.dongs.values():
        for dong in found:
            if dong.lat is None or dong.lon is None or dong.gu is None:
                continue
            away_m = distance_m(lat, lon, dong.lat, dong.lon)
            if best is None or away_m < best[0]:
                best = (away_m, dong.gu, dong.name)
    return (best[1], best[2]) if best is not None and best[0] < _OUTSIDE_M else None
