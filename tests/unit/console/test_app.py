import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from tests.fakes.desks import desk_board
from voicebot.console import create_app
from voicebot.incidents import Incident, IncidentStore, State
from voicebot.operators.desks import Operator, Wish
from voicebot.vocabulary.urgency import Urgency


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
        self.board = desk_board(
            [
                Operator("desk 1", "sip:1@127.0.0.1", skills=frozenset({"en"})),
                Operator("desk 2", "sip:2@127.0.0.1"),
            ]
        )
        self.on_screen_calls: list[tuple[str, str, bool]] = []
        app = create_app(
            cast("IncidentStore", self.store), self, self.board, self.registry, lambda: self.reasons
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://console")

    def calls(self) -> list[dict[str, Any]]:
        return self.live

    def on_screen(self, call_id: str, operator: str, *, accepted: bool) -> bool:
        self.on_screen_calls.append((call_id, operator, accepted))
        return call_id != "over"

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path)

    async def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return await self._client.post(path, json=body, headers=headers)


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


# --- desks and the waiting list ------------------------------------------------------------------


async def states(desk: Desk) -> dict[str, str]:
    return {each["name"]: each["state"] for each in (await desk.get("/api/operators")).json()}


async def test_desks_are_shown_with_what_they_are_doing(desk: Desk) -> None:
    """Each desk tells its state, its skills and the calls that it has."""
    await desk.board.claim(Wish("c1", "urgent", skills=frozenset({"en"})))
    first, second = (await desk.get("/api/operators")).json()
    assert (first["state"], first["ringing"], first["skills"]) == ("ringing", ["c1"], ["en"])
    assert (second["state"], second["ringing"], second["calls_at_once"]) == ("free", [], 1)


async def test_a_desk_is_paused_and_rung_again(desk: Desk) -> None:
    """A paused desk is not rung; a name with blanks works; an unknown one is a 404."""
    answer = await desk.post("/api/operators/desk%201/pause")
    assert (answer.status_code, answer.json()["state"]) == (200, "paused")
    assert await states(desk) == {"desk 1": "paused", "desk 2": "free"}
    assert (await desk.post("/api/operators/desk%201/resume")).json()["state"] == "free"
    assert (await desk.post("/api/operators/nobody/pause")).status_code == 404
    assert (await desk.get("/api/operators/desk%201/pause")).status_code == 405


async def test_the_waiting_list_is_shown_in_its_order(desk: Desk) -> None:
    """Who waits is shown with place and urgency, the next one first, and what is known of the call."""
    desk.live = [{"call_id": "c4", "incident_id": "i4", "number": "010"}]
    waits: list[Urgency] = ["urgent", "urgent", "non_urgent", "potential", "unknown"]
    claims = [
        asyncio.create_task(desk.board.claim(Wish(f"c{number}", urgency)))
        for number, urgency in enumerate(waits)
    ]
    await asyncio.sleep(0)
    found = (await desk.get("/api/queue")).json()
    assert [(each["position"], each["urgency"]) for each in found] == [
        (1, "unknown"),
        (2, "potential"),
        (3, "non_urgent"),
    ]
    assert (found[0]["incident_id"], found[0]["number"], found[0]["expected_wait_s"]) == ("i4", "010", None)
    assert found[1]["incident_id"] is None
    for claim in claims:
        claim.cancel()
    await asyncio.gather(*claims, return_exceptions=True)


async def test_an_operator_takes_or_declines_on_the_screen(desk: Desk) -> None:
    """Only the desk that is being rung for the call may, and the machine of the transfer is told."""
    desk.live = [{"call_id": "c1"}, {"call_id": "over"}]
    await desk.board.claim(Wish("c1", "urgent", skills=frozenset({"en"})))
    await desk.board.claim(Wish("over", "urgent"))
    answer = await desk.post("/api/calls/c1/accept", {"operator": "desk 2"})
    assert answer.status_code == 409
    assert answer.json()["error"].startswith("desk 2 is not being rung for call 'c1'")
    assert (await desk.post("/api/calls/c1/accept", {"operator": "desk 1"})).status_code == 202
    assert (await desk.post("/api/calls/c1/decline", {"operator": "desk 1"})).status_code == 202
    assert desk.on_screen_calls == [("c1", "desk 1", True), ("c1", "desk 1", False)]
    assert (await desk.post("/api/calls/over/accept", {"operator": "desk 2"})).status_code == 409
    assert (await desk.post("/api/calls/gone/accept", {"operator": "desk 1"})).status_code == 404
    assert (await desk.post("/api/calls/c1/accept", {"operator": "nobody"})).status_code == 404
    bodies: list[object] = [None, [], {}, {"operator": 1}]
    for body in bodies:
        assert (await desk.post("/api/calls/c1/accept", body)).status_code == 400


async def test_an_operator_takes_a_call_that_waits(desk: Desk) -> None:
    """Whoever waits is given to the desk that asks, out of turn, and leaves the list."""
    desk.live = [{"call_id": call} for call in ("a", "b", "first", "second")]
    for call in ("a", "b"):
        await desk.board.claim(Wish(call, "urgent"))
    desk.board.pause("desk 2", paused=True)
    claims = {
        call: asyncio.create_task(desk.board.claim(Wish(call, "urgent", tried=frozenset({"desk 2"}))))
        for call in ("first", "second")
    }
    await asyncio.sleep(0)
    assert (await desk.post("/api/calls/second/accept", {"operator": "desk 2"})).status_code == 409, "no room"
    desk.board.free("desk 2", "a" if "a" in desk.board.desks()[1][0].ringing else "b")
    assert (await desk.post("/api/calls/second/decline", {"operator": "desk 2"})).status_code == 409
    assert (await desk.post("/api/calls/second/accept", {"operator": "desk 2"})).status_code == 202
    [operator] = await asyncio.wait_for(claims["second"], 60)
    assert operator.name == "desk 2"
    assert desk.board.wants("desk 2", "second")
    assert [each["call_id"] for each in (await desk.get("/api/queue")).json()] == ["first"]
    desk.board.free("desk 2", "second")
    assert not desk.board.wants("desk 2", "second")
    claims["first"].cancel()
    await asyncio.gather(claims["first"], return_exceptions=True)


async def test_a_page_of_another_site_may_not_act(desk: Desk) -> None:
    """A browser that was led elsewhere must not pause desks or take calls; the own page may."""
    for path in ("/api/operators/desk%201/pause", "/api/calls/c1/accept"):
        assert (await desk.post(path, Origin="http://elsewhere")).status_code == 403
    assert (await desk.post("/api/operators/desk%201/pause", Origin="http://console")).status_code == 200


async def test_the_page_and_its_parts_are_served(desk: Desk) -> None:
    """The page names parts that are there, and runs no script but its own."""
    page = await desk.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for part in ("/page.js", "/page.css"):
        assert f'"{part}"' in page.text
        assert (await desk.get(part)).status_code == 200
