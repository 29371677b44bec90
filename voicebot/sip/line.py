"""The line process at work: joins endpoint, legs, core and dead-man's switch in one poll loop."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from pathlib import Path

import structlog

from voicebot import control, ids
from voicebot.audio.rings import Rings
from voicebot.errors import SetupError
from voicebot.sip.core_link import CoreLink
from voicebot.sip.leg_commands import carry_out
from voicebot.sip.pj.account import LineAccount
from voicebot.sip.pj.call import GuardedCall
from voicebot.sip.pj.endpoint import EVENTS_PER_POLL, Endpoint
from voicebot.sip.pj.leg import Leg
from voicebot.sip.pj.leg_table import LegTable
from voicebot.sip.pj.player import Pcm
from voicebot.sip.rescuer import Rescuer
from voicebot.sip.rules.admission import FORBIDDEN, RETRY_AFTER_S, Admission, Refusal, caller_limit
from voicebot.sip.rules.caller_id import local_identity
from voicebot.sip.rules.dead_man import CoreWatch
from voicebot.sip.rules.invite import read_invite
from voicebot.sip.rules.request_head import RequestHead

log = structlog.get_logger(__name__)

POLL_PERIOD_S = 0.01
"""Half of a 20 ms frame: what SIP and control wait for at most (docs/decisions/0002)."""
GARBAGE_PERIOD_MS = 30_000
"""Chosen: each collection holds up one poll, and between two of them only a few dead cycles pile up."""
FAULT_PERIOD_MS = 1_000
"""An error that comes back at every poll is logged this often."""


class _Refused:
    """Listens to a call that was refused at once: nothing more to do for it."""

    def on_state(self, state: int, code: int, reason: str) -> None: ...
    def on_media(self) -> None: ...
    def on_key(self, key: str, method: int) -> None: ...
    def on_options_answer(self) -> None: ...
    def on_refer_progress(self, code: int, *, final: bool) -> None: ...


class Line:
    """Lives in the thread of the event loop, which is the only one that may call pjsua2."""

    def __init__(self, config: control.LineConfig, endpoint: Endpoint, prompt: Pcm) -> None:
        """``endpoint`` is open. Raises ValueError when ``allow_from`` has something else than networks."""
        self.config = config
        self._endpoint = endpoint
        self.slots = min(config.legs or endpoint.capacity, endpoint.capacity)
        self.rings = _make_rings(Path(config.rings), self.slots)
        self.legs = LegTable(self.slots)
        self.account = LineAccount(self._on_incoming)
        self._admission = Admission(config.allow_from, caller_limit(self.slots, config.reserved_legs))
        self._rescuer = Rescuer(prompt, config.fallback_uri)
        self._watch = CoreWatch(config.core_silence_limit_ms)
        self.link = CoreLink(config.socket, on_connected=self._on_connected, on_command=self._on_command)
        self._retiring = False
        self._worst_poll_ms = 0.0
        self._heartbeat_due_ms = 0.0
        self._garbage_due_ms = 0.0
        self._fault_due_ms = 0.0

    def line_ms(self) -> float:
        """The monotonic clock of this process."""
        return time.monotonic() * 1000

    def emit(self, leg: Leg, event: control.Event) -> None:
        """Tell the core that ``leg`` belongs to; a later one does not know it and is not told."""
        if leg.core_epoch == self.link.epoch:
            self.link.send(event)

    def retire(self) -> None:
        """Refuse new calls; `run` returns when the last leg has gone."""
        self._retiring = True

    async def run(self) -> None:
        """Take calls until retired and empty."""
        self.account.create(self._endpoint.account_config())
        link = asyncio.create_task(self.link.run(), name="core link")
        try:
            while not (self._retiring and not self.legs):
                started_ms = self.line_ms()
                try:
                    self._poll()
                    self._tick(self.line_ms())
                except Exception:  # ending here would cost every caller of this process
                    if started_ms >= self._fault_due_ms:
                        self._fault_due_ms = started_ms + FAULT_PERIOD_MS
                        log.exception("poll failed")
                await asyncio.sleep(POLL_PERIOD_S)
                late_ms = self.line_ms() - started_ms - POLL_PERIOD_S * 1000
                self._worst_poll_ms = max(self._worst_poll_ms, late_ms)
        finally:
            link.cancel()

    def _poll(self) -> None:
        for _ in range(EVENTS_PER_POLL):
            handled = self._endpoint.poll()
            self.legs.reap()
            if handled <= 0:
                return

    def _tick(self, line_ms: float) -> None:
        core_present = self._watch.present(line_ms)
        for leg in self.legs:
            leg.tick(line_ms)
            if core_present and leg.core_epoch == self.link.epoch:
                self._rescuer.hand_back(leg)
            else:
                self._rescuer.look_after(leg, line_ms)
        if line_ms >= self._heartbeat_due_ms:
            self._heartbeat_due_ms = line_ms + control.HEARTBEAT_INTERVAL_MS
            heartbeat = control.LineHeartbeat(
                line=self.config.line,
                worst_poll_ms=self._worst_poll_ms,
                bridge_ports=self._endpoint.active_ports(),
                legs=len(self.legs),
            )
            self._worst_poll_ms = 0.0
            self.link.send(heartbeat)
        if line_ms >= self._garbage_due_ms:  # by hand and here: a destructor on the clock thread aborts
            self._garbage_due_ms = line_ms + GARBAGE_PERIOD_MS
            gc.collect()

    # --- the core ----------------------------------------------------------------------------------

    def _on_connected(self) -> None:
        self._watch.heard(self.line_ms())
        config = self.config
        ready = control.LineReady(
            line=config.line,
            pid=os.getpid(),
            legs=self.slots,
            listen=f"{config.sip_host}:{config.sip_port}",
            pjsua2=self._endpoint.version,
        )
        self.link.send(ready)

    def _on_command(self, command: control.Command) -> None:
        self._watch.heard(self.line_ms())
        try:
            self._carry_out(command)
        except Exception:  # a command that fails costs itself, not every caller of this process
            log.exception("command failed", command=type(command).__name__)

    def _carry_out(self, command: control.Command) -> None:
        match command:
            case control.CoreHeartbeat():
                pass
            case control.Retire():
                self.retire()
            case control.Dial():
                self._dial(command)
            case control.Probe(uri=uri):
                self._probe(uri)
            case _:
                why = carry_out(self.legs, command)
                if why is not None:
                    name = type(command).__name__
                    self.link.send(control.CommandFailed(leg=command.leg, command=name, why=why))

    def _dial(self, command: control.Dial) -> None:
        """Open a leg towards an operator; a failure is told as the leg's end."""
        slot = self.legs.free_slot()
        if slot is None:
            why = "all legs of this line are taken"
            self.link.send(control.LegEnded(leg=command.leg, code=503, reason=why, by_remote=False))
            return
        leg = Leg(self, command.leg, slot, dialled=True, core_epoch=self.link.epoch)
        leg.call = GuardedCall(self.account, leg)
        self.legs.add(leg)
        name = command.display_name or self.config.display_name
        local_uri = local_identity(self._endpoint.own_uri, name, command.from_number)
        failed = leg.call.dial(command.uri, local_uri, command.headers)
        if failed is None:
            leg.await_answer(command.ring_limit_ms)
        else:
            leg.call.ended = True
            leg.end(400, failed, by_remote=False)

    def _probe(self, uri: str) -> None:
        """Ask by OPTIONS whether ``uri`` is there; the core is told."""

        def report(code: int) -> None:
            self.link.send(control.Probed(line=self.config.line, uri=uri, code=code))

        self.account.probe(uri, report)

    # --- callers -----------------------------------------------------------------------------------

    def _on_incoming(self, call_id: int, source: str, message: str) -> None:
        refusal = self._judge(source)
        slot = self.legs.free_slot()
        if refusal is None and slot is None:
            refusal = Refusal(503, RETRY_AFTER_S, "full")
        if refusal is not None or slot is None:
            self._refuse(call_id, source, refusal or Refusal(503, RETRY_AFTER_S, "full"))
            return
        leg = Leg(self, ids.new_leg_id(self.config.line), slot, dialled=False, core_epoch=self.link.epoch)
        leg.call = GuardedCall(self.account, leg, call_id)
        self.legs.add(leg)
        leg.await_answer(self.config.offer_limit_ms)
        invite = read_invite(message)
        leg.sip_call_id = invite.sip_call_id
        offered = control.LegOffered(
            leg=leg.id,
            slot=slot,
            sip_call_id=invite.sip_call_id,
            from_uri=invite.from_uri,
            to_uri=invite.to_uri,
            number=invite.number,
            source=source,
            overflow=invite.overflow,
            supports=invite.supports,
            allows=invite.allows,
            withheld=invite.withheld,
        )
        self.emit(leg, offered)

    def _judge(self, source: str) -> Refusal | None:
        return self._admission.judge(
            source,
            callers=self.legs.callers(),
            core_present=self.link.connected and self._watch.present(self.line_ms()),
            retiring=self._retiring,
        )

    def judge_request(self, source: str, request: RequestHead) -> Refusal | None:
        """Judge a request before PJSIP's transactions see it; see `RequestGate`.

        Requests inside a SIP dialog pass, since operators need not be on the list; repetitions of an
        INVITE that already has its leg pass too, even when that leg has filled the line.
        """
        if request.in_sip_dialog or any(leg.sip_call_id == request.call_id for leg in self.legs):
            return None
        refusal = self._judge(source)
        if refusal is None or (request.method != "INVITE" and refusal.code != FORBIDDEN):
            return None
        log.warning(
            "request refused", source=source, method=request.method, code=refusal.code, why=refusal.why
        )
        return refusal

    def _refuse(self, call_id: int, source: str, refusal: Refusal) -> None:
        log.warning("call refused", source=source, code=refusal.code, why=refusal.why)
        call = GuardedCall(self.account, _Refused(), call_id)
        self.legs.keep(call)
        headers = [("Retry-After", str(refusal.retry_after_s))] if refusal.retry_after_s else []
        why = call.answer_with(refusal.code, headers)
        if why is not None:
            log.error("refusal failed", why=why)
            call.hang_up(refusal.code)


def _make_rings(path: Path, slots: int) -> Rings:
    try:
        return Rings.create(path, slots)
    except OSError as error:
        message = f"run_directory: {path} cannot be made: {error.strerror}; make room, or name another."
        raise SetupError(message) from error
