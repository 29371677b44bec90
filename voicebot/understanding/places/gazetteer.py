"""The names of Seoul: districts, legal dongs, main roads, stations and landmarks."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from voicebot.vocabulary.hangul import letters, nearest

_GA = re.compile(r"(?<=동)\d가$")
_SHIPPED = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Dong:
    """A legal dong with its middle in degrees (WGS 84), or an administrative one without."""

    gu: str | None
    name: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a station or landmark is (WGS 84)."""

    gu: str
    lat: float
    lon: float
    uncertainty_m: float
    """How far off the point may be, the size of the place included."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All names, each kind with its sounds prepared for comparison."""

    dongs: Mapping[str, tuple[Dong, ...]]
    """By name; 신사동 and 신정동 have two."""
    gus: Mapping[str, str]
    roads: Mapping[str, str]
    places: Mapping[str, str]
    """Stations and landmarks."""
    spots: Mapping[str, Spot]
    """Points of places by name; many landmarks have none."""
    landmarks: tuple[str, ...]
    """Places that are no stations, the longest names first."""
    dong_letters: Mapping[str, str]
    not_places: Mapping[str, frozenset[str]]
    """Everyday words that end like a ``gu``, ``dong``, ``road``, ``station`` or ``building``."""

    def near_dongs(self, word: str, least: float) -> list[tuple[str, float]]:
        """Return dong names that sound like ``word``, the most similar first."""
        return nearest(word, dict(self.dong_letters), least=least)

    def near(self, kind: Mapping[str, str], word: str, least: float) -> list[tuple[str, float]]:
        """Return names of ``gus``, ``roads`` or ``places`` that sound like ``word``."""
        return nearest(word, dict(kind), least=least)


def load_gazetteer(directory: Path | None = None) -> Gazetteer:
    """Read the name lists; ``None`` takes the ones shipped for Seoul."""
    base = directory or _SHIPPED
    dongs: dict[str, list[Dong]] = {}
    for row in _rows(base / "dongs.csv"):
        dong = Dong(row["gu"], row["dong"], float(row["lat"]), float(row["lon"]))
        dongs.setdefault(dong.name, []).append(dong)
    for name in [name for name in dongs if _GA.search(name)]:
        whole = _GA.sub("", name)
        dongs.setdefault(whole, []).extend(replace(dong, name=whole) for dong in dongs[name])
    for row in _rows(base / "admin-dongs.csv"):
        if row["dong"] not in dongs:
            dongs[row["dong"]] = [Dong(row["gu"] or None, row["dong"], None, None)]
    not_places: dict[str, list[str]] = {}
    for row in _rows(base / "not-places.csv"):
        not_places.setdefault(row["kind"], []).append(row["word"])
    places = _rows(base / "places.csv")
    gus = {dong.gu for found in dongs.values() for dong in found if dong.gu}
    return Gazetteer(
        dongs={name: tuple(_one_per_gu(found)) for name, found in dongs.items()},
        gus={name: letters(name) for name in sorted(gus)},
        roads={row["road"]: letters(row["road"]) for row in _rows(base / "roads.csv")},
        places={row["place"]: letters(row["place"]) for row in places},
        spots={
            row["place"]: Spot(row["gu"], float(row["lat"]), float(row["lon"]), float(row["uncertainty_m"]))
            for row in places
            if row.get("lat")
        },
        landmarks=tuple(
            sorted((row["place"] for row in places if row["kind"] != "station"), key=len, reverse=True)
        ),
        dong_letters={name: letters(name) for name in dongs},
        not_places={kind: frozenset(words) for kind, words in not_places.items()},
    )


def _one_per_gu(found: list[Dong]) -> list[Dong]:
    """Return one entry for each gu: parts of a dong (``금호동1가``) all stand for the whole."""
    return list({dong.gu: dong for dong in reversed(found)}.values())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
