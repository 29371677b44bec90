"""The callback list over HTTP, on a store of its own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from tests.fakes.desks import desk_board
from voicebot.console import create_app
from voicebot.incidents import Incident, IncidentStore, Urgency


class Nobody:
    """No call is under way."""

    def on_screen(self, call_id: str, operator: str, *, accepted: bool) -> bool:
        return False

    def calls(self) -> list[dict[str, Any]]:
        return []


@pytest.fixture
async def store() -> AsyncIterator[IncidentStore]:
    store = await IncidentStore.open("sqlite://")
    yield store
    await store.close()


@pytest.fixture
async def client(store: IncidentStore) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(store, Nobody(), desk_board([]), CollectorRegistry(), list)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        yield client


async def lost(store: IncidentStore) -> str:
    incident = Incident(call_id="c", opened_at=datetime(2026, 1, 2, tzinfo=UTC))
    await store.save(incident.changed(state="abandoned", urgency=Urgency(level="urgent")))
    return incident.id


async def test_claimed_and_closed_by_name(client: httpx.AsyncClient, store: IncidentStore) -> None:
    """Somebody takes the entry, another is told so, and it leaves the list with a note."""
    incident_id = await lost(store)
    (entry,) = (await client.get("/api/callbacks")).json()
    assert (entry["incident_id"], entry["urgency"], entry["why"]) == (incident_id, "urgent", "silent")
    path = f"/api/callbacks/{incident_id}"
    assert (await client.post(f"{path}/claim", json={"by": " 김 "})).json()["claimed_by"] == "김"
    refused = await client.post(f"{path}/claim", json={"by": "이"})
    assert (refused.status_code, refused.json()["error"]) == (409, "it is claimed by 김")
    closed = await client.post(f"{path}/close", json={"by": "이", "note": "통화함"})
    assert (closed.status_code, closed.json()["note"]) == (200, "통화함")
    assert (await client.get("/api/callbacks")).json() == []
    assert [each["incident_id"] for each in (await client.get("/api/callbacks?closed=true")).json()] == [
        incident_id
    ]
    again = await client.post(f"{path}/close", json={"by": "김", "note": "x"})
    assert (again.status_code, again.json()["error"]) == (409, "it is closed by 이")
    assert (await client.get(f"/api/incidents/{incident_id}")).json()["state"] == "closed"


@pytest.mark.parametrize(
    "body", [{}, {"by": ""}, {"by": "  "}, {"by": "x" * 65}, {"by": 1}, {"by": "김", "who": "이"}, [], "x"]
)
async def test_nobody_claims_without_a_name(
    client: httpx.AsyncClient, store: IncidentStore, body: object
) -> None:
    """An entry is a named human's, or nobody's; the mistake is told in one sentence."""
    path = f"/api/callbacks/{await lost(store)}/claim"
    answer = await client.post(path, json=body)
    assert answer.status_code == 400
    assert '{"by": "NAME"}' in answer.json()["error"]
    assert (await client.get("/api/callbacks")).json()[0]["claimed_by"] is None


async def test_nothing_is_closed_without_a_note(client: httpx.AsyncClient, store: IncidentStore) -> None:
    """What came of it is part of the record."""
    answer = await client.post(f"/api/callbacks/{await lost(store)}/close", json={"by": "김"})
    assert answer.status_code == 400
    assert len((await client.get("/api/callbacks")).json()) == 1


async def test_a_page_of_another_site_cannot_close_anything(
    client: httpx.AsyncClient, store: IncidentStore
) -> None:
    """What a browser sends for a page from elsewhere is refused."""
    path = f"/api/callbacks/{await lost(store)}/close"
    answer = await client.post(
        path, json={"by": "x", "note": "x"}, headers={"Origin": "http://elsewhere.example"}
    )
    assert answer.status_code == 403
    assert len((await client.get("/api/callbacks")).json()) == 1


async def test_wrong_asks_are_told(client: httpx.AsyncClient) -> None:
    """Unknown entries, unknown queries and endless bodies get their own answers."""
    assert (await client.post("/api/callbacks/i0/claim", json={"by": "김"})).status_code == 404
    assert (await client.post("/api/callbacks/i0/close", json={"by": "김", "note": "x"})).status_code == 404
    assert (await client.get("/api/callbacks?closed=yes")).status_code == 400
    assert (await client.post("/api/callbacks/i0/claim", json={"by": "x" * 20_000})).status_code == 413
    assert (await client.get("/api/callbacks/i0/claim")).status_code == 405


async def test_the_page_has_the_section_and_its_script(client: httpx.AsyncClient) -> None:
    """Those who ring back see the list on the console's page."""
    page, script = await client.get("/"), await client.get("/callbacks.js")
    assert 'id="callbacks"' in page.text
    assert "/callbacks.js" in page.text
    assert script.headers["content-type"].startswith("text/javascript")
    assert "/api/callbacks" in script.text
