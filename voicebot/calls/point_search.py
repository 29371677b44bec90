"""A better point for the spoken place, looked for beside the call: nothing ever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from voicebot.geocoding import Geocoder, Point, first_point
from voicebot.understanding import Location

_MOST_ADDRESSES = 8
"""A caller who names more places in one call has no further ones looked up."""


class PointSearch:
    """The addresses of one call and the points found for them. Used by one task."""

    def __init__(self, geocoders: Sequence[Geocoder], found: Callable[[], Awaitable[None]]) -> None:
        """``found`` is called after each point that came in."""
        self._geocoders = list(geocoders)
        self._found = found
        self._points: dict[str, Point | None] = {}
        self._searches: set[asyncio.Task[None]] = set()

    def look_for(self, place: Location | None) -> None:
        """Begin to look for a place that was not looked for yet; returns at once."""
        if place is None or not place.sufficient or not self._geocoders:
            return
        address = place.spoken()
        if address in self._points or len(self._points) >= _MOST_ADDRESSES:
            return
        self._points[address] = None
        search = asyncio.create_task(self._search(address, place), name="geocoder")
        self._searches.add(search)
        search.add_done_callback(self._searches.discard)

    def point(self, place: Location | None) -> Point | None:
        """Return the point of a place, or None while there is none."""
        return self._points.get(place.spoken()) if place is not None else None

    def stop(self) -> None:
        """Give up what is still being looked for."""
        for search in self._searches:
            search.cancel()

    async def _search(self, address: str, place: Location) -> None:
        point = await first_point(place, self._geocoders)
        if point is not None:
            self._points[address] = point
            await self._found()
