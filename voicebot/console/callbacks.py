"""The callback list over HTTP: who has to be rung back, by whom, and what came of it.

==================================  ==================================================================
``GET /api/callbacks``              open entries, the most urgent first; ``?closed=true`` the closed ones
``POST /api/callbacks/{id}/claim``  ``{"by": NAME}``: this human rings back; 409 when another does
``POST /api/callbacks/{id}/close``  ``{"by": NAME, "note": TEXT}``: it is dealt with; 409 when it was already
==================================  ==================================================================
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from voicebot.console.desks import same_origin
from voicebot.incidents import Callback, IncidentStore, Taken

_MOST_BYTES = 16_384
"""A note of 2000 Korean characters takes 12,000 even when each is an escape of JSON."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class _Claim(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    by: Name


class _Close(_Claim):
    note: Note


Body = TypeVar("Body", bound=_Claim)


def callback_routes(store: IncidentStore) -> list[Route]:
    """Return the routes of this module."""
    api = _Callbacks(store)
    return [
        Route("/api/callbacks", api.list),
        Route("/api/callbacks/{incident_id}/claim", api.claim, methods=["POST"]),
        Route("/api/callbacks/{incident_id}/close", api.close, methods=["POST"]),
    ]


class _Callbacks:
    def __init__(self, store: IncidentStore) -> None:
        self._store = store

    async def list(self, request: Request) -> Response:
        closed = request.query_params.get("closed", "false")
        if closed not in ("true", "false"):
            raise HTTPException(400, f"closed must be true or false, not {closed!r}")
        found = await self._store.callbacks(closed=closed == "true")
        return JSONResponse([entry.model_dump(mode="json") for entry in found])

    async def claim(self, request: Request) -> Response:
        asked = await _body(request, _Claim, '{"by": "NAME"}')
        incident_id = request.path_params["incident_id"]
        return _answer(
            incident_id, await self._store.claim_callback(incident_id, asked.by, datetime.now(UTC))
        )

    async def close(self, request: Request) -> Response:
        asked = await _body(request, _Close, '{"by": "NAME", "note": "WHAT CAME OF IT"}')
        incident_id = request.path_params["incident_id"]
        closed = await self._store.close_callback(incident_id, asked.by, asked.note, datetime.now(UTC))
        return _answer(incident_id, closed)


def _answer(incident_id: str, done: Callback | Taken | None) -> Response:
    if done is None:
        raise HTTPException(404, f"there is no callback of incident {incident_id!r}")
    if isinstance(done, Taken):
        entry = done.entry
        why = f"closed by {entry.closed_by}" if entry.closed_by else f"claimed by {entry.claimed_by}"
        return JSONResponse({"error": f"it is {why}", "callback": entry.model_dump(mode="json")}, 409)
    return JSONResponse(done.model_dump(mode="json"))


async def _body(request: Request, kind: type[Body], like: str) -> Body:
    same_origin(request)
    text = b""
    async for part in request.stream():
        text += part
        if len(text) > _MOST_BYTES:
            raise HTTPException(413, f"the body must be shorter than {_MOST_BYTES} bytes")
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise HTTPException(400, f"{where}: {first['msg']}; send {like}") from error
