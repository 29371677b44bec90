"""What the caller said and what the network knows about the place, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicebot.understanding.gazetteer import Gazetteer
from voicebot.understanding.pidf import Fix, distance_m
from voicebot.understanding.types import Location

DONG_RADIUS_M = 1500.0
"""A dong of Seoul reaches about this far from its middle, so a fix within it does not contradict."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Both sources kept apart; nobody but the operator decides between them."""

    said: Location | None
    fix: Fix | None
    apart_m: float | None
    """Between the said place and the fix; ``None`` when one of them has no point."""
    conflict: bool
    """They lie further apart than both uncertainties allow: show both, ask again."""
    fix_gu: str | None
    fix_dong: str | None
    """The legal dong whose middle is nearest to the fix: a hint, not a border test."""


def fuse(said: Location | None, fix: Fix | None, gazetteer: Gazetteer) -> Whereabouts:
    """Put the spoken place and the fix together without choosing between them."""
    if fix is None or fix.lat is None or fix.lon is None:
        return Whereabouts(said, fix, None, conflict=False, fix_gu=None, fix_dong=None)
    near = nearest_dong(fix.lat, fix.lon, gazetteer)
    gu, dong = near or (None, None)
    apart_m = None
    conflict = False
    if said is not None and said.lat is not None and said.lon is not None:
        apart_m = round(distance_m(said.lat, said.lon, fix.lat, fix.lon), 1)
        conflict = apart_m > DONG_RADIUS_M + (fix.uncertainty_m or 0.0)
    elif said is not None and said.gu is not None and gu is not None:
        conflict = said.gu != gu and (fix.uncertainty_m or 0.0) < DONG_RADIUS_M
    return Whereabouts(said, fix, apart_m, conflict, gu, dong)


def narrowed(said: Location, fix: Fix | None) -> Location:
    """Return the place with the candidate marked that lies near the fix, first; it is still asked for."""
    if fix is None or fix.lat is None or fix.lon is None or not said.ambiguous:
        return said
    lat, lon = fix.lat, fix.lon
    ordered = sorted(
        said.candidates,
        key=lambda it: (
            distance_m(lat, lon, it.lat, it.lon) if it.lat is not None and it.lon is not None else 1e9
        ),
    )
    return replace(said, candidates=tuple(ordered))


def nearest_dong(lat: float, lon: float, gazetteer: Gazetteer) -> tuple[str, str] | None:
    """Return gu and legal dong whose middle is nearest, or None when all are over 20 km away."""
    best: tuple[float, str, str] | None = None
    for found in gazetteer.dongs.values():
        for dong in found:
            if dong.lat is None or dong.lon is None or dong.gu is None:
                continue
            away_m = distance_m(lat, lon, dong.lat, dong.lon)
            if best is None or away_m < best[0]:
                best = (away_m, dong.gu, dong.name)
    return (best[1], best[2]) if best is not None and best[0] < 20_000 else None
