"""The address service: a real HTTP server on loopback gives points, dawdles, or breaks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from voicebot import control
from voicebot.calls.incident_writer import IncidentWriter, RecordKeeping
from voicebot.calls.tasks import CallTasks
from voicebot.dialog import UpdateIncident, load_dialog
from voicebot.incidents import Incident, IncidentStore
from voicebot.settings import PROJECT_FOLDER, GeocoderSettings
from voicebot.understanding import Assessment, Location
from voicebot.wiring import address_client, geocoders

PLACE = Location("역삼동 테헤란로 152", "강남구", "역삼동", "테헤란로", "152", lat=37.5, lon=127.03)


class Service(BaseHTTPRequestHandler):
    """Answers like an address API: one building, everything else is broken; nothing before it is `released`."""

    asked: ClassVar[list[tuple[str, str | None]]] = []
    released = threading.Event()

    def do_GET(self) -> None:
        """Answer one question."""
        address = parse_qs(urlsplit(self.path).query)["query"][0]
        self.asked.append((address, self.headers["Authorization"]))
        self.released.wait()
        body = json.dumps({"documents": [{"x": "127.0365", "y": "37.5001"}]}).encode()
        self.send_response(500 if "고장길" in address else 200)
        self.send_header("Content-Length", str(len(body)))
        with contextlib.suppress(OSError):  # who asked did not wait for it
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[GeocoderSettings]:
    """A running service and the settings that name it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Service.asked.clear()
    Service.released.clear()
    url = f"http://127.0.0.1:{server.server_port}/search"
    yield GeocoderSettings(url=url, authorization="Key abc", limit_seconds=10)
    Service.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


async def reported(
    settings: GeocoderSettings, store: IncidentStore, place: Location, *, answers: bool = True
) -> Incident:
    """Tell a writer of a place, wait until the service ``answers`` or its limit is over, and return the record."""
    offered = control.LegOffered(
        leg="0:1",
        slot=0,
        sip_call_id="c",
        from_uri="",
        to_uri="",
        number=None,
        source="127.0.0.1:5060",
        overflow=control.Overflow(),
    )
    async with address_client(settings) as client:
        script = load_dialog(PROJECT_FOLDER / "dialogs" / "119.yaml")
        tasks = CallTasks(offered.leg)
        records = RecordKeeping(store, timedelta(0), geocoders(settings, client))
        writer = IncidentWriter(offered, script, records, tasks)
        async with tasks:
            await writer.open()
            call = asyncio.all_tasks()
            await writer.assessed(UpdateIncident(Assessment(location=place), False, {}))
            assert not Service.released.is_set(), "only a call that does not wait for the service comes here"
            before = writer.incident.location
            assert (before.lat, before.lon) == (place.lat, place.lon)
            if answers:
                Service.released.set()
            if searches := asyncio.all_tasks() - call:
                await asyncio.wait(searches)
            await writer.assessed(UpdateIncident(Assessment(location=place), True, {}))
            await writer.ended("abandoned")
        return writer.incident


async def test_a_service_gives_the_point_of_the_building(service: GeocoderSettings, tmp_path: Any) -> None:
    """The better point comes into the record beside the call, and stays there."""
    store = await IncidentStore.open(f"sqlite:///{tmp_path / 'a.db'}")
    found = (await reported(service, store, PLACE)).location
    await store.close()
    assert (found.lat, found.lon, found.uncertainty_m) == (37.5001, 127.0365, 50.0)
    assert (found.point_source, found.confirmed) == ("127.0.0.1", True)
    assert Service.asked == [("강남구 역삼동 테헤란로 152", "Key abc")]


@pytest.mark.parametrize("road", ["느린길", "고장길"])
async def test_a_slow_or_broken_service_leaves_the_gazetteers_point(
    service: GeocoderSettings, tmp_path: Any, road: str
) -> None:
    """After the limit, or with an error, the middle of the dong stands."""
    store = await IncidentStore.open(f"sqlite:///{tmp_path / 'a.db'}")
    place = Location(f"역삼동 {road} 1", dong="역삼동", road=road, number="1", lat=37.5, lon=127.03)
    slow = road == "느린길"
    settings = service.model_copy(update={"limit_seconds": 0.3}) if slow else service
    found = (await reported(settings, store, place, answers=not slow)).location
    await store.close()
    assert (found.lat, found.lon, found.point_source) == (37.5, 127.03, "gazetteer")
