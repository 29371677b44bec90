"""Where a device says it is: PIDF-LO (RFC 4119), shapes (RFC 5491), civic addresses (RFC 5139).

Bodies come from the network, so nothing here raises: what cannot be read gives no fix.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from voicebot.understanding.results import Location

CONTENT_TYPE = "application/pidf+xml"
_LONGEST_CHARACTERS = 65_536
"""A longer document is not read: some fifty times the examples of RFC 5491; parsing blocks the loop."""
_GML = "{http://www.opengis.net/gml}"
_SHAPES = "{http://www.opengis.net/pidflo/1.0}"
_CIVIC = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"
_GEOPRIV = "{urn:ietf:params:xml:ns:pidf:geopriv10}"
_PIDF = "{urn:ietf:params:xml:ns:pidf}"
_EARTH_M = 6_371_000.0
"""Mean radius of the earth; the sphere is 0.5 % off at most, metres at these distances."""


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a device is, as its network or it itself said it."""

    lat: float | None
    lon: float | None
    """Degrees, WGS 84; the middle of a circle or polygon. ``None`` when only a civic address was given."""
    uncertainty_m: float | None
    """Radius that holds the device; 0 for a bare point, ``None`` when not told."""
    method: str | None
    """Registered word such as ``GPS``, ``Cell``, ``Wiremap``; ``None`` when not told."""
    at: str | None
    """Time of the fix as written in the document (RFC 3339); ``None`` when not told."""
    civic: Mapping[str, str] = field(default_factory=dict)
    """Elements of the civic address by name: ``A3`` gu, ``A4`` dong, ``RD``, ``HNO``, ``FLR``."""


def find_fix(body_parts: Sequence[tuple[str, str]]) -> Fix | None:
    """Return the first fix in the body parts ``(content type, text)`` of an INVITE (RFC 6442), or None."""
    for content_type, text in body_parts:
        if content_type.split(";")[0].strip().lower() == CONTENT_TYPE:
            fix = read_pidf(text)
            if fix is not None:
                return fix
    return None


def read_pidf(text: str) -> Fix | None:
    """Return the fix of a PIDF-LO document, or None when there is none that can be read."""
    if len(text) > _LONGEST_CHARACTERS or "<!" in text.replace("<!--", ""):
        return None
    try:
        root = ET.fromstring(text.strip().encode())  # noqa: S314 - no declarations, so no entities
    except (ET.ParseError, ValueError):
        return None
    shape = _shape(root)
    civic = {
        element.tag.removeprefix(_CIVIC): (element.text or "").strip()
        for element in root.iter()
        if str(element.tag).startswith(_CIVIC)
        and element.tag != f"{_CIVIC}civicAddress"
        and (element.text or "").strip()
    }
    if shape is None and not civic:
        return None
    lat, lon, uncertainty_m = shape or (None, None, None)
    at = _text(root, f"{_PIDF}timestamp")
    return Fix(lat, lon, uncertainty_m, _text(root, f"{_GEOPRIV}method"), at, civic)


def civic_location(fix: Fix, *, confidence: float = 1.0) -> Location | None:
    """Return the civic address of a fix as a place, or None when it holds none that a crew could use."""
    civic = fix.civic
    road = civic.get("RD") or civic.get("STS") or civic.get("A6")
    dong = next((civic[key] for key in ("A4", "A5") if civic.get(key, "").endswith(("동", "가", "로"))), None)
    gu = next((civic[key] for key in ("A2", "A3") if civic.get(key, "").endswith("구")), None)
    number = civic.get("HNO")
    if number and civic.get("HNS"):
        number = f"{number}-{civic['HNS'].lstrip('-')}"
    place = civic.get("BLD") or civic.get("LMK") or civic.get("NAM")
    if not (road or dong or place):
        return None
    text = " ".join(part for part in (gu, dong, road, number, place) if part)
    return Location(text, gu, dong, road, number, place, fix.lat, fix.lon, fix.uncertainty_m, confidence)


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the way over ground between two points in metres (haversine)."""
    one, two = math.radians(lat), math.radians(other_lat)
    half = math.sin((two - one) / 2) ** 2
    half += math.cos(one) * math.cos(two) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * _EARTH_M * math.asin(math.sqrt(min(1.0, half)))


def _shape(root: ET.Element) -> tuple[float, float, float | None] | None:
    circle = root.find(f".//{_SHAPES}Circle")
    if circle is not None:
        point = _points(_text(circle, f"{_GML}pos"))
        radius = _number(_text(circle, f"{_SHAPES}radius"))
        return (*point[0], radius) if point else None
    polygon = root.find(f".//{_GML}Polygon")
    if polygon is not None:
        listed = " ".join(
            element.text or ""
            for element in polygon.iter()
            if element.tag in (f"{_GML}pos", f"{_GML}posList")
        )
        return _enclosing(_points(listed))
    point = _points(_text(root, f"{_GML}Point/{_GML}pos") or _text(root, f"{_GML}pos"))
    return (*point[0], 0.0) if point else None


def _enclosing(corners: list[tuple[float, float]]) -> tuple[float, float, float] | None:
    if not corners:
        return None
    distinct = list(dict.fromkeys(corners))
    lat = sum(corner[0] for corner in distinct) / len(distinct)
    lon = sum(corner[1] for corner in distinct) / len(distinct)
    return lat, lon, round(max(distance_m(lat, lon, *corner) for corner in distinct), 1)


def _points(listed: str | None) -> list[tuple[float, float]]:
    """Return latitude and longitude pairs that lie on the earth; three-dimensional lists are not read."""
    numbers = [_number(word) for word in (listed or "").split()]
    if len(numbers) == 3:
        numbers = numbers[:2]
    pairs = zip(numbers[::2], numbers[1::2], strict=False)
    return [
        (lat, lon)
        for lat, lon in pairs
        if lat is not None and lon is not None and abs(lat) <= 90 and abs(lon) <= 180
    ]


def _number(word: str | None) -> float | None:
    try:
        value = float(word or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _text(root: ET.Element, path: str) -> str | None:
    found = root.find(f".//{path}")
    text = (found.text or "").strip() if found is not None else ""
    return text or None
