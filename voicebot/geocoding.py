"""A point for an address: from the gazetteer at once, from a web service when set, never waited for long.

The port is `Geocoder`. A call first uses what `GazetteerGeocoder` knows; a site may add `HttpGeocoder`, whose
answer is only a better point. No answer, a slow answer and a wrong one are the same: ``None``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from voicebot import metrics
from voicebot.understanding import Location
from voicebot.understanding.results import DONG_RADIUS_M

_ADDRESS_RADIUS_M = 50.0
"""Of the point of an address service, which tells no precision. Chosen: a large building or a yard."""
_LAST_ANSWER_S = 11.0
"""Above the longest limit that the settings allow for a service (10 s)."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the map."""

    lat: float
    lon: float
    precision_m: float
    """How far off it may be: 1,500 for the middle of a dong."""
    source: str


class Geocoder(Protocol):
    """Whoever can give a point for a spoken place."""

    async def locate(self, place: Location) -> Point | None:
        """Return the point, or None when there is none in time; never raises but when cancelled."""
        ...


class GazetteerGeocoder:
    """The point that the gazetteer gave when the place was understood."""

    async def locate(self, place: Location) -> Point | None:
        """Return the middle of the dong or landmark; None when the gazetteer has none or several."""
        if place.lat is None or place.lon is None or place.ambiguous:
            return None
        return Point(place.lat, place.lon, place.uncertainty_m or DONG_RADIUS_M, "gazetteer")


class HttpGeocoder:
    """An address service in the style of ``GET url?<query>=<address>`` with a JSON answer.

    ``lat_at`` and ``lon_at`` are paths into the answer, ``documents.0.y``. At most ``at_once`` requests run
    at a time; one more gets None at once, so that a slow service costs a call nothing.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        *,
        query: str = "query",
        lat_at: str = "documents.0.y",
        lon_at: str = "documents.0.x",
        limit_s: float = 1.5,
        at_once: int = 4,
    ) -> None:
        self._client = client
        self._url = url
        self._query = query
        self._lat_at, self._lon_at = lat_at, lon_at
        self._limit_s = limit_s
        self._free = asyncio.BoundedSemaphore(at_once)

    async def locate(self, place: Location) -> Point | None:
        """Return what the service answers within the time limit; cancelling leaves nothing behind."""
        if not place.sufficient or place.ambiguous or place.conflict:
            return None
        if self._free.locked():
            return _counted("busy")
        async with self._free:
            try:
                async with asyncio.timeout(self._limit_s):
                    answer = await self._client.get(self._url, params={self._query: place.spoken()})
                    answer.raise_for_status()
                    point = self._point(answer.json())
            except TimeoutError:
                return _counted("late")
            except (httpx.HTTPError, ValueError):
                return _counted("failed")
        return _counted("found" if point else "nothing", point)

    def _point(self, answer: Any) -> Point | None:
        lat, lon = _at(answer, self._lat_at), _at(answer, self._lon_at)
        if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
            return None
        return Point(lat, lon, _ADDRESS_RADIUS_M, httpx.URL(self._url).host)


async def most_precise_point(
    place: Location, geocoders: Sequence[Geocoder], *, limit_s: float = _LAST_ANSWER_S
) -> Point | None:
    """Return the most precise point that any geocoder gives in time."""
    if not geocoders:
        return None
    tasks = [asyncio.ensure_future(geocoder.locate(place)) for geocoder in geocoders]
    done, late = await asyncio.wait(tasks, timeout=limit_s)
    for task in late:
        task.cancel()
    points = [point for task in done if task.exception() is None and (point := task.result()) is not None]
    return min(points, key=lambda point: point.precision_m, default=None)


def _counted(outcome: str, point: Point | None = None) -> Point | None:
    metrics.GEOCODED.labels(outcome).inc()
    return point


def _at(answer: Any, path: str) -> float | None:
    for key in path.split("."):
        try:
            answer = answer[int(key)] if isinstance(answer, list) else answer[key]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    try:
        return float(answer)
    except (TypeError, ValueError):
        return None
