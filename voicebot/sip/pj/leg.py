"""One leg: signalling and media with one party, from INVITE to the end. Polling thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import pjsua2 as pj
import structlog

from voicebot import control
from voicebot.audio.rings import Rings
from voicebot.sip.pj import conference_bridge
from voicebot.sip.pj.call import GuardedCall, Media
from voicebot.sip.pj.media_port import LegPort
from voicebot.sip.pj.player import Playback, Player
from voicebot.sip.rules.admission import RETRY_AFTER_S
from voicebot.sip.rules.bridge_proof import BridgeProof
from voicebot.sip.rules.dead_man import Rescue
from voicebot.sip.rules.dtmf import DtmfFilter
from voicebot.sip.rules.liveness import Liveness, Verdict
from voicebot.sip.rules.refer import ReferSubscription

log = structlog.get_logger(__name__)

NO_ANSWER = 408
"""Request Timeout, RFC 3261 section 21.4.9."""
PROOF_PERIOD_MS = 100
"""The packets that `BridgeProof` asks for take so long."""
LIVENESS_PERIOD_MS = 500
"""A sixth of the silence that `Liveness` suspects. Chosen: each look asks pjsua for its statistics."""


def _is_failure(code: int) -> bool:
    """Whether a status refuses an INVITE: 3xx to 6xx (RFC 3261 section 7.2)."""
    return 300 <= code <= 699


class LegHost(Protocol):
    """What a leg needs of its line."""

    rings: Rings

    def line_ms(self) -> float:
        """Return the monotonic clock of the line process."""

    def emit(self, leg: Leg, event: control.Event) -> None:
        """Tell the core that owns ``leg``."""


class Leg:
    """Owns one call, its media port and its player; the line destroys it one tick after its end."""

    call: GuardedCall

    def __init__(self, host: LegHost, leg_id: str, slot: int, *, dialled: bool, core_epoch: int) -> None:
        """``core_epoch`` is the number of the core connection that this leg belongs to."""
        self._host = host
        self.id = leg_id
        self.slot = slot
        self.dialled = dialled
        self.sip_call_id = ""
        """Call-ID of an incoming leg."""
        self.core_epoch = core_epoch
        self.player = Player()
        self.other: Leg | None = None
        """The leg that this one is bridged with."""
        self.refer_subscription: ReferSubscription | None = None
        """Our REFER that is under way."""
        self.rescue: Rescue | None = None
        self.prompt: Playback | None = None
        """The dead-man's prompt, which the core is not told about."""
        self.confirmed = False
        self.ended: control.LegEnded | None = None
        self._deadline_ms: float | None = None
        self._end_code: int | None = None
        self._ended_by_us = False
        self._media = Media()
        self._port: LegPort | None = None
        self._port_faults = 0
        self._dtmf = DtmfFilter()
        self.proof: BridgeProof | None = None
        """Open until the bridge that this leg asked for is proven."""
        self._proof_due_ms = 0.0
        self._liveness = Liveness()
        self._liveness_due_ms = 0.0
        host.rings.reset(slot)

    # --- commands; each returns None, or why it was not possible -----------------------------------

    def await_answer(self, limit_ms: float) -> None:
        """Set how long an offered leg may wait for the core, or a dialled one may ring."""
        self._deadline_ms = self._host.line_ms() + limit_ms

    def answer(self) -> str | None:
        """Answer with 200."""
        why = self.call.answer_with(200)
        if why is None:
            self._deadline_ms = None
        return why

    def refuse(self, code: int, retry_after_s: int) -> str | None:
        """Answer with a final failure; Retry-After goes with a 503 (RFC 3261 section 21.5.4)."""
        if not _is_failure(code):
            return f"{code} is no failure"
        headers = [("Retry-After", str(retry_after_s))] if code == 503 and retry_after_s > 0 else []
        return self._end_with(lambda: self.call.answer_with(code, headers))

    def hang_up(self, code: int = 0) -> str | None:
        """BYE, CANCEL or final status; a caller not yet answered gets 503 unless ``code`` says otherwise."""
        self._deadline_ms = None
        if code and not _is_failure(code):
            code = 0
        if not code and not self.dialled and self.call.state < pj.PJSIP_INV_STATE_CONNECTING:
            code = 503
        return self._end_with(lambda: self.call.hang_up(code))

    def play(self, playback: Playback) -> None:
        """Replace what is being played."""
        self._report_played(self.player.start(playback))

    def stop_play(self) -> None:
        """Fall silent."""
        self._report_played(self.player.stop())

    def refer(self, uri: str, headers: Sequence[tuple[str, str]] = ()) -> str | None:
        """Send the party to ``uri``; the leg stays until the party is proven to have arrived."""
        return self._send_refer(lambda: self.call.refer(uri, headers))

    def refer_to_leg(self, other: Leg, headers: Sequence[tuple[str, str]] = ()) -> str | None:
        """Have the party take our place towards the party of ``other``, whose leg that ends."""
        return self._send_refer(lambda: self.call.refer_to_call(other.call, headers))

    def bridge(self, other: Leg) -> str | None:
        """Let both parties hear each other from now on, also after re-INVITEs; the proof is told."""
        if other is self or self.ended or other.ended:
            return "no two living legs"
        if self.other is not other:
            self.unbridge()
            other.unbridge()
        self.other, other.other = other, self
        conference_bridge.join_calls(self.call, other.call)
        self.proof = BridgeProof(self.call.packets(), other.call.packets())
        self._proof_due_ms = self._host.line_ms() + PROOF_PERIOD_MS
        return None

    def unbridge(self) -> None:
        """Part from the other leg, if there is one."""
        other, self.other, self.proof = self.other, None, None
        if other is not None:
            other.other = other.proof = None
            conference_bridge.part_calls(self.call, other.call)

    # --- what the call tells (CallListener) --------------------------------------------------------

    def on_state(self, state: int, code: int, reason: str) -> None:
        """Follow the INVITE session."""
        if state == pj.PJSIP_INV_STATE_EARLY and self.dialled:
            self._host.emit(self, control.LegRinging(leg=self.id, code=code))
        elif state == pj.PJSIP_INV_STATE_CONFIRMED and not self.confirmed:
            self.confirmed = True
            self._deadline_ms = None
            self._ensure_port()
            self._host.emit(self, control.LegAnswered(leg=self.id, slot=self.slot))
        elif state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.end(self._end_code or code, reason, by_remote=not self._ended_by_us)

    def on_media(self) -> None:
        """Connect the port and the bridged party again and tell the core what changed."""
        media = self.call.media()
        if media.sends or media.hears:
            conference_bridge.join_port(self.call, self._ensure_port())
            if self.other is not None:
                conference_bridge.join_calls(self.call, self.other.call)
        if media != self._media:
            self._media = media
            active = media.sends or media.hears
            event = control.MediaChanged(leg=self.id, active=active, held=media.held, codec=media.codec)
            self._host.emit(self, event)

    def on_key(self, key: str, method: int) -> None:
        """Tell of each press once."""
        pressed = self._dtmf.press(key, method, self._host.line_ms())
        if pressed is not None:
            self._host.emit(self, control.KeyPressed(leg=self.id, key=pressed))

    def on_refer_progress(self, code: int, *, final: bool) -> None:
        """Follow our REFER; hang up once the party has arrived."""
        subscription = self.refer_subscription
        if subscription is not None and subscription.notified(code, final=final):
            self._report_refer(subscription, code)

    def on_options_answer(self) -> None:
        """The party still answers."""
        self._liveness.answered(self._host.line_ms())

    # --- time and end ------------------------------------------------------------------------------

    def tick(self, line_ms: float) -> None:
        """Do what is due; called at every poll."""
        if self.ended is not None:
            return
        self._report_played(self.player.take_finished(), finished=True)
        self._watch_refer(line_ms)
        self._watch_liveness(line_ms)
        self._watch_bridge(line_ms)
        self._watch_deadline(line_ms)
        self._watch_audio()

    def _watch_refer(self, line_ms: float) -> None:
        subscription = self.refer_subscription
        if subscription is not None and subscription.expire(line_ms):
            self._report_refer(subscription, subscription.outcome or NO_ANSWER)

    def _watch_liveness(self, line_ms: float) -> None:
        """Look whether an operator's phone is still there; a caller is never hung up on for it."""
        if not self.dialled or not self.confirmed or line_ms < self._liveness_due_ms:
            return
        self._liveness_due_ms = line_ms + LIVENESS_PERIOD_MS
        verdict = self._liveness.judge(self.call.packets()[0], line_ms, expected=self._media.hears)
        if verdict is Verdict.ASK:
            log.info("no audio comes, asking the party", leg=self.id)
            self.call.send_options()
        elif verdict is Verdict.GONE:
            log.warning("the party has vanished", leg=self.id)
            self.end(NO_ANSWER, "vanished", by_remote=True)
            self.hang_up()

    def _watch_bridge(self, line_ms: float) -> None:
        if self.proof is None or self.other is None or line_ms < self._proof_due_ms:
            return
        self._proof_due_ms = line_ms + PROOF_PERIOD_MS
        if self.proof.proven(self.call.packets(), self.other.call.packets()):
            self.proof = None
            self._host.emit(self, control.BridgeProven(leg=self.id, other=self.other.id))

    def _watch_deadline(self, line_ms: float) -> None:
        if self._deadline_ms is None or line_ms < self._deadline_ms:
            return
        self._deadline_ms = None
        if self.dialled:
            self._end_code = NO_ANSWER
            self.hang_up()
        else:
            log.error("the core left a caller unanswered", leg=self.id)
            self.refuse(503, RETRY_AFTER_S)

    def _watch_audio(self) -> None:
        if self._port is not None and self._port.faults != self._port_faults:
            self._port_faults = self._port.faults
            log.error("audio frames failed", leg=self.id, faults=self._port_faults)

    def end(self, code: int, reason: str, *, by_remote: bool) -> None:
        """Note the end; `release` follows on a later tick, outside of any callback."""
        if self.ended is None:
            self.unbridge()
            self.ended = control.LegEnded(leg=self.id, code=code, reason=reason, by_remote=by_remote)

    def release(self) -> None:
        """Free the port and tell the core that leg and slot are gone."""
        self._report_played(self.player.stop())
        if self._port is not None:
            self._port.destroy()
            self._port = None
        if self.ended is not None:
            self._host.emit(self, self.ended)

    def _end_with(self, action: Callable[[], str | None]) -> str | None:
        """Do what ends the call; its end may be told before ``action`` returns."""
        before, self._ended_by_us = self._ended_by_us, True
        why = action()
        if why is not None:
            self._ended_by_us = before
        return why

    def _send_refer(self, send: Callable[[], str | None]) -> str | None:
        if self.refer_subscription is not None:
            return "a REFER is under way"
        why = send()
        if why is None:
            self.refer_subscription = ReferSubscription(self._host.line_ms())
        return why

    def _ensure_port(self) -> LegPort:
        if self._port is None:
            self._port = LegPort(self._host.rings, self.slot, self.player)
        return self._port

    def _report_refer(self, subscription: ReferSubscription, code: int) -> None:
        final, code = subscription.outcome is not None, subscription.outcome or code
        self._host.emit(self, control.ReferProgress(leg=self.id, code=code, final=final))
        if final:
            self.refer_subscription = None
        if subscription.arrived:
            self.hang_up()

    def _report_played(self, playback: Playback | None, *, finished: bool = False) -> None:
        if playback is None or playback is self.prompt:
            return
        heard_ms = playback.heard_ms
        event = control.Played(leg=self.id, play_id=playback.play_id, heard_ms=heard_ms, finished=finished)
        self._host.emit(self, event)
