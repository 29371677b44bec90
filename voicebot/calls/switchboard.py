"""All calls: gives every offered leg a session, routes events to it, and stands by when one fails.

One task group holds all sessions; a fault in one call is caught at its border and touches no other.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog

from voicebot import control, metrics
from voicebot.calls.rescue import rescue
from voicebot.calls.session import CallResources, CallSession
from voicebot.errors import LineGone

log = structlog.get_logger(__name__)

_RETRY_AFTER_S = 5
"""Retry-After of a 503 while the core drains: the next core is there by then, or the PBX routes on (RFC 3261
21.5.4)."""


class Switchboard:
    """Implements the console's view of live calls. `run` must be running."""

    def __init__(self, resources: CallResources) -> None:
        self._resources = resources
        self._lines = resources.lines
        self._board = resources.routes.board
        self._sessions: dict[str, CallSession] = {}
        resources.current_dialog.load = lambda: len(self._sessions)
        self._by_leg: dict[str, CallSession] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepting = True

    def calls(self) -> list[dict[str, Any]]:
        """Return the read model of each running call."""
        return [session.live() for session in self._sessions.values()]

    def on_screen(self, call_id: str, operator: str, *, accepted: bool) -> bool:
        """Let an operator who is being rung take or decline a call; returns whether a transfer runs."""
        session = self._sessions.get(call_id)
        return session is not None and session.on_screen(operator, accepted=accepted)

    async def run(self) -> None:
        """Serve calls until cancelled; running sessions are then cancelled too, their records kept."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._board.watch(self._probe))
            while True:
                self._route(await self._lines.events.get(), group)

    async def drained(self, limit_s: float) -> None:
        """Take no more calls and wait until the last one is over, at most ``limit_s`` seconds."""
        self.accepting = False
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=limit_s)

    def _route(self, event: control.Event, group: asyncio.TaskGroup) -> None:
        match event:
            case control.LegOffered():
                self._offered(event, group)
            case control.LineReady():
                metrics.LINES_READY.inc()
                log.info("line ready", line=event.line, legs=event.legs, listen=event.listen)
            case control.LineLost(line=line, legs=legs):
                metrics.LINES_READY.dec()
                metrics.LINES_LOST.inc()
                log.error("line lost", line=line, legs=len(legs))
                for session in {self._by_leg[leg] for leg in legs if leg in self._by_leg}:
                    session.line_event(event)
            case control.Probed(uri=uri, code=code):
                self._board.probed(uri, code)
            case control.LineHeartbeat(line=line):
                metrics.LINE_LEGS.labels(line).set(event.legs)
                metrics.LINE_BRIDGE_PORTS.labels(line).set(event.bridge_ports)
            case _:
                self._leg_event(event)

    def _probe(self, uri: str) -> bool:
        """Ask a phone by OPTIONS whether it is there; returns whether a line process could."""
        for line in self._lines.lines()[:1]:
            with contextlib.suppress(LineGone):
                self._lines.send(control.Probe(line=line, uri=uri))
                return True
        return False

    def _leg_event(self, event: Any) -> None:
        session = self._by_leg.get(event.leg)
        if session is not None:
            session.line_event(event)
        elif isinstance(event, control.LegAnswered):  # the call that it belonged to is over
            with contextlib.suppress(LineGone):
                self._lines.send(control.HangUp(leg=event.leg))

    def _offered(self, offered: control.LegOffered, group: asyncio.TaskGroup) -> None:
        if not self.accepting:
            metrics.CALLS_REFUSED.labels("draining").inc()
            with contextlib.suppress(LineGone):
                self._lines.send(control.Refuse(leg=offered.leg, retry_after_s=_RETRY_AFTER_S))
            return
        session = CallSession(offered, self._resources, lambda leg: self._route_leg(leg, session))
        self._sessions[session.writer.call_id] = session
        self._route_leg(offered.leg, session)
        task = group.create_task(self._serve(session))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _route_leg(self, leg: str, session: CallSession) -> None:
        self._by_leg[leg] = session

    async def _serve(self, session: CallSession) -> None:
        call = session.writer.call_id
        try:
            async with session.tasks:
                try:
                    await self._attend(session)
                finally:
                    self._sessions.pop(call, None)
        except Exception:  # nothing of one call may reach the group of all calls
            session.log.exception("call ended badly")
        finally:
            self._board.forget(call)
            for leg in [leg for leg, owner in self._by_leg.items() if owner is session]:
                del self._by_leg[leg]

    async def _attend(self, session: CallSession) -> None:
        try:
            await session.run()
        except Exception:  # the border of a call: whatever is broken, the caller gets to a human
            session.log.exception("call failed")
            try:
                await rescue(session, self._resources.current_dialog.voiced, self._resources.routes)
            except Exception:  # a search or a talk that is under way goes on until the caller leaves
                session.log.exception("rescue failed")
                await session.caller_left.wait()
                with contextlib.suppress(Exception):
                    await session.writer.ended("abandoned")
