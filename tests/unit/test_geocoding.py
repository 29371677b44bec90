import asyncio

import httpx

from voicebot.geocoding import GazetteerGeocoder, Geocoder, HttpGeocoder, Point, most_precise_point
from voicebot.understanding import Location

PLACE = Location("역삼동", gu="강남구", dong="역삼동", lat=37.5, lon=127.0)


def service(answer: httpx.Response | Exception) -> HttpGeocoder:
    def reply(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(reply))
    return HttpGeocoder(client, "http://geo.example/search", limit_s=0.2)


async def test_a_service_gives_the_better_point() -> None:
    """The most precise answer wins over the middle of the dong."""
    geocoders: list[Geocoder] = [
        GazetteerGeocoder(),
        service(httpx.Response(200, json={"documents": [{"x": "127.0365", "y": "37.5001"}]})),
    ]
    point = await most_precise_point(PLACE, geocoders)
    assert point is not None
    assert (point.lat, point.lon, point.precision_m) == (37.5001, 127.0365, 50.0)


async def test_a_broken_service_costs_only_its_answer() -> None:
    """Errors, refusals and nonsense all leave the gazetteer's point."""
    for answer in (
        httpx.ConnectError("no"),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"documents": []}),
    ):
        point = await most_precise_point(PLACE, [GazetteerGeocoder(), service(answer)])
        assert point == Point(37.5, 127.0, 1500.0, "gazetteer")


async def test_a_slow_service_is_not_waited_for() -> None:
    """After the limit the call goes on without it."""

    class Slow:
        async def locate(self, place: Location) -> Point | None:
            await asyncio.Event().wait()
            return None

    assert await most_precise_point(PLACE, [Slow(), GazetteerGeocoder()], limit_s=0.01) is not None


async def test_no_point_is_given_for_an_unsure_place() -> None:
    """A conflict or a bare gu is asked for, not looked up."""
    assert await service(httpx.Response(200, json={})).locate(Location("강남구", gu="강남구")) is None
    assert await most_precise_point(PLACE, []) is None
