"""A better point for the spoken place, looked for beside the call: nothing ever waits for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from voicebot.calls.tasks import CallTasks
from voicebot.geocoding import Geocoder, Point, most_precise_point
from voicebot.understanding import Location

_MOST_ADDRESSES = 8
"""A caller who names more places in one call has no further ones looked up."""


class PointSearch:
    """The addresses of one call and the points found for them."""

    def __init__(
        self, geocoders: Sequence[Geocoder], tasks: CallTasks, found: Callable[[], Awaitable[None]]
    ) -> None:
        """``found`` is called after each point that came in."""
        self._geocoders = geocoders
        self._tasks = tasks
        self._found = found
        self._points: dict[str, Point | None] = {}

    def look_for(self, place: Location | None) -> None:
        """Begin to look for a place that was not looked for yet; returns at once."""
        if place is None or not place.sufficient or not self._geocoders:
            return
        address = place.spoken()
        if address in self._points or len(self._points) >= _MOST_ADDRESSES:
            return
        self._points[address] = None
        self._tasks.start(self._search(address, place), "geocoder")

    def point(self, place: Location | None) -> Point | None:
        """Return the point of a place, or None while there is none."""
        return self._points.get(place.spoken()) if place is not None else None

    async def _search(self, address: str, place: Location) -> None:
        point = await most_precise_point(place, self._geocoders)
        if point is not None:
            self._points[address] = point
            await self._found()
