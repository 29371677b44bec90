"""The HTTP API as a Starlette application; every answer but ``/metrics`` and the page is JSON, errors too.

==========================  ==================================================================
``GET /api/incidents``      list of records, those opened last first; ``?limit=`` 1 to 1000 (100), ``?state=``
``GET /api/incidents/{id}`` one record, or 404
``GET /api/calls``          list of the calls under way
``GET /healthz``            200 while the process answers
``GET /readyz``             200 when calls can be taken, else 503 with the reasons
``GET /metrics``            Prometheus text
``GET /``                   the page of the console
==========================  ==================================================================

The desks and the waiting list: `voicebot.console.desks`; the callback list: `voicebot.console.callbacks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast, get_args

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.console.callbacks import callback_routes
from voicebot.console.desks import CallsView, desk_routes
from voicebot.console.page import page_routes
from voicebot.incidents import IncidentStore, State

_log = structlog.get_logger(__name__)
_MOST_INCIDENTS = 1000
"""Chosen: a few MB of JSON; building more would hold up the loop that serves calls."""
_STATES = get_args(State)


def create_app(
    store: IncidentStore,
    calls: CallsView,
    board: DeskBoard,
    registry: CollectorRegistry,
    health: Callable[[], Sequence[str]],
) -> Starlette:
    """Return the application; ``health`` tells why no call can be taken now, nothing when calls can be."""
    api = _Api(store, calls, registry, health)
    return Starlette(
        routes=[
            Route("/api/incidents", api.incidents),
            Route("/api/incidents/{incident_id}", api.incident),
            Route("/api/calls", api.calls),
            Route("/healthz", api.healthz),
            Route("/readyz", api.readyz),
            Route("/metrics", api.metrics),
            *desk_routes(board, calls),
            *callback_routes(store),
            *page_routes(),
        ],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )


class _Api:
    def __init__(
        self,
        store: IncidentStore,
        calls: CallsView,
        registry: CollectorRegistry,
        health: Callable[[], Sequence[str]],
    ) -> None:
        self._store = store
        self._calls = calls
        self._registry = registry
        self._health = health

    async def incidents(self, request: Request) -> Response:
        state = request.query_params.get("state")
        if state is not None and state not in _STATES:
            raise HTTPException(400, f"state must be one of {', '.join(_STATES)}, not {state!r}")
        found = await self._store.list(_limit(request), state=cast("State | None", state))
        return JSONResponse([incident.document() for incident in found])

    async def incident(self, request: Request) -> Response:
        incident_id = request.path_params["incident_id"]
        found = await self._store.get(incident_id)
        if found is None:
            raise HTTPException(404, f"there is no incident {incident_id!r}")
        return JSONResponse(found.document())

    async def calls(self, _request: Request) -> Response:
        return JSONResponse(self._calls.calls())

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(self, _request: Request) -> Response:
        reasons = list(self._health())
        if reasons:
            return JSONResponse({"status": "not ready", "reasons": reasons}, 503)
        return JSONResponse({"status": "ready", "reasons": []})

    async def metrics(self, _request: Request) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "100")
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= _MOST_INCIDENTS):
        raise HTTPException(400, f"limit must be a whole number from 1 to {_MOST_INCIDENTS}, not {text!r}")
    return int(text)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)


async def _failed(request: Request, error: Exception) -> Response:
    _log.error("request_failed", path=request.url.path, exc_info=error)
    return JSONResponse({"error": "this request failed inside voicebot; its log tells why"}, 500)
