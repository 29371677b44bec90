"""The operators' side of the API: desks, the waiting list, and what an operator does on the screen.

====================================  ==========================================================
``GET /api/operators``                every desk: state, groups, skills, the calls that it has
``POST /api/operators/{name}/pause``  it is not rung; its call goes on
``POST /api/operators/{name}/resume`` it is rung again
``GET /api/queue``                    who waits for a human, the next one first
``POST /api/calls/{id}/accept``       ``{"operator": NAME}``: that desk takes a call that rings there or waits
``POST /api/calls/{id}/decline``      the same for one that rings there, to have the next desk rung
====================================  ==========================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.operators.desks import Desk, DeskState


class CallsView(Protocol):
    """Whoever knows the calls under way."""

    def calls(self) -> list[dict[str, Any]]:
        """Return one document of plain JSON values per call."""

    def on_screen(self, call_id: str, operator: str, *, accepted: bool) -> bool:
        """Let a desk that is being rung for a call take or decline it; returns whether a transfer runs."""


def desk_routes(board: DeskBoard, calls: CallsView) -> list[Route]:
    """Return the routes of this module."""
    api = _Desks(board, calls)
    return [
        Route("/api/operators", api.operators),
        Route("/api/operators/{name}/pause", api.pause, methods=["POST"]),
        Route("/api/operators/{name}/resume", api.resume, methods=["POST"]),
        Route("/api/queue", api.queue),
        Route("/api/calls/{call_id}/accept", api.accept, methods=["POST"]),
        Route("/api/calls/{call_id}/decline", api.decline, methods=["POST"]),
    ]


def same_origin(request: Request) -> None:
    """Refuse what a page of another site makes a browser send (CSRF); programs send no Origin."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, f"a page of {origin} may not act here; use the console's own page")


class _Desks:
    def __init__(self, board: DeskBoard, calls: CallsView) -> None:
        self._board = board
        self._calls = calls

    async def operators(self, _request: Request) -> Response:
        return JSONResponse([_document(desk, state) for desk, state in self._board.desks()])

    async def pause(self, request: Request) -> Response:
        return self._set_pause(request, paused=True)

    async def resume(self, request: Request) -> Response:
        return self._set_pause(request, paused=False)

    def _set_pause(self, request: Request, *, paused: bool) -> Response:
        same_origin(request)
        name = request.path_params["name"]
        self._desk(name)
        self._board.pause(name, paused=paused)
        return JSONResponse(_document(*self._desk(name)))

    async def queue(self, _request: Request) -> Response:
        known = {call["call_id"]: call for call in self._calls.calls()}
        entries = []
        for waiting, place, waited_s in self._board.queue():
            call: Mapping[str, Any] = known.get(waiting.wish.call, {})
            entries.append(
                {
                    "call_id": waiting.wish.call,
                    "incident_id": call.get("incident_id"),
                    "number": call.get("number"),
                    "urgency": waiting.wish.urgency,
                    "group": waiting.wish.group,
                    "position": place.position,
                    "expected_wait_s": place.expected_wait_s,
                    "waited_s": waited_s,
                }
            )
        return JSONResponse(entries)

    async def accept(self, request: Request) -> Response:
        return await self._answer(request, accepted=True)

    async def decline(self, request: Request) -> Response:
        return await self._answer(request, accepted=False)

    async def _answer(self, request: Request, *, accepted: bool) -> Response:
        same_origin(request)
        call_id = request.path_params["call_id"]
        name = await _operator_named(request)
        desk, _ = self._desk(name)
        if call_id not in {call["call_id"] for call in self._calls.calls()}:
            raise HTTPException(404, f"there is no call {call_id!r} under way")
        if call_id in desk.ringing:
            done = self._calls.on_screen(call_id, name, accepted=accepted)
        else:
            done = accepted and self._board.give(name, call_id)
        if not done:
            way = "it does not wait either, or the desk has no room" if accepted else "so it cannot decline"
            raise HTTPException(409, f"{name} is not being rung for call {call_id!r}; {way}")
        return JSONResponse({"call_id": call_id, "operator": name, "accepted": accepted}, 202)

    def _desk(self, name: str) -> tuple[Desk, DeskState]:
        found = next(((desk, state) for desk, state in self._board.desks() if desk.name == name), None)
        if found is None:
            raise HTTPException(404, f"there is no operator {name!r}")
        return found


async def _operator_named(request: Request) -> str:
    try:
        body = await request.json()
    except ValueError:
        body = None
    name = body.get("operator") if isinstance(body, dict) else None
    if not isinstance(name, str):
        raise HTTPException(400, 'the body must be JSON such as {"operator": "desk 1"}')
    return name


def _document(desk: Desk, state: DeskState) -> dict[str, Any]:
    operator = desk.operator
    return {
        "name": operator.name,
        "uri": operator.uri,
        "state": state.value,
        "paused": desk.paused,
        "answers_options": desk.answers_options,
        "groups": sorted(operator.groups),
        "skills": sorted(operator.skills),
        "calls_at_once": operator.calls_at_once,
        "ringing": sorted(desk.ringing),
        "talking": sorted(desk.talking),
    }
