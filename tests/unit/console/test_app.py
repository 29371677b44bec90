from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from voicebot.console import create_app
from voicebot.incidents import Incident, IncidentStore, State


class FakeStore:
    def __init__(self, incidents: Sequence[Incident]) -> None:
        self._incidents = list(incidents)
        self.broken = False

    async def get(self, incident_id: str) -> Incident | None:
        if self.broken:
            message = "secret disk words"
            raise OSError(message)
        return next((each for each in self._incidents if each.id == incident_id), None)

    async def list(self, limit: int = 100, *, state: State | None = None) -> Sequence[Incident]:
        return [each for each in self._incidents if state in (None, each.state)][:limit]


class Desk:
    """The console, its store, and what it is told about the service."""

    def __init__(self) -> None:
        opened = datetime(2026, 1, 2, tzinfo=UTC)
        self.incidents = [Incident(call_id=f"c{n}", opened_at=opened) for n in range(3)]
        self.incidents[1] = self.incidents[1].changed(state="reported")
        self.store = FakeStore(self.incidents)
        self.live: list[dict[str, Any]] = []
        self.reasons: list[str] = []
        self.registry = CollectorRegistry()
        app = create_app(cast("IncidentStore", self.store), self, self.registry, lambda: self.reasons)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://console")

    def calls(self) -> list[dict[str, Any]]:
        return self.live

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_incidents_are_listed(desk: Desk) -> None:
    """The list is the store's, as plain records."""
    answer = await desk.get("/api/incidents")
    assert answer.status_code == 200
    assert answer.json() == [each.document() for each in desk.incidents]


async def test_the_list_is_cut_and_filtered(desk: Desk) -> None:
    """Limit and state narrow the list."""
    assert len((await desk.get("/api/incidents?limit=2")).json()) == 2
    assert [each["call_id"] for each in (await desk.get("/api/incidents?state=reported")).json()] == ["c1"]


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "limit=1001", "limit=", "limit=99999999999999999999", "limit=²", "state=gone"])  # fmt: skip
async def test_a_wrong_query_is_told(desk: Desk, query: str) -> None:
    """A mistake in the query is a 400 with a sentence, not a crash."""
    answer = await desk.get(f"/api/incidents?{query}")
    assert answer.status_code == 400
    assert "must be" in answer.json()["error"]


async def test_one_incident_is_shown(desk: Desk) -> None:
    """A record is found by its id."""
    wanted = desk.incidents[2]
    assert (await desk.get(f"/api/incidents/{wanted.id}")).json() == wanted.document()


async def test_an_unknown_incident_is_a_404_in_json(desk: Desk) -> None:
    """A program that asks for a wrong id can read the answer."""
    answer = await desk.get("/api/incidents/i0")
    assert (answer.status_code, answer.json()) == (404, {"error": "there is no incident 'i0'"})


async def test_an_unknown_path_and_method_are_json_too(desk: Desk) -> None:
    """Also the framework's own refusals are JSON."""
    assert (await desk.get("/nowhere")).json() == {"error": "Not Found"}
    assert (await desk._client.post("/api/calls")).status_code == 405


async def test_live_calls_are_shown(desk: Desk) -> None:
    """The calls under way come from whoever runs them."""
    desk.live = [{"id": "c1"}]
    assert (await desk.get("/api/calls")).json() == [{"id": "c1"}]


async def test_alive_is_not_ready(desk: Desk) -> None:
    """A process without lines is alive and says why it cannot take calls."""
    desk.reasons = ["no line process is ready"]
    assert (await desk.get("/healthz")).status_code == 200
    answer = await desk.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["no line process is ready"])
    desk.reasons = []
    assert (await desk.get("/readyz")).status_code == 200


async def test_metrics_are_prometheus_text(desk: Desk) -> None:
    """The registry is written out."""
    Counter("calls", "Calls.", registry=desk.registry).inc(3)
    answer = await desk.get("/metrics")
    assert "calls_total 3.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_fault_inside_is_a_500_that_tells_nothing(desk: Desk) -> None:
    """An exception becomes JSON and keeps its words in the log."""
    desk.store.broken = True
    answer = await desk.get("/api/incidents/i1")
    assert answer.status_code == 500
    assert "secret" not in answer.text
