"""Carries out the dead-man's switch on the legs that no core looks after. Polling thread only."""

from __future__ import annotations

import structlog

from voicebot.sip.pj.leg import Leg
from voicebot.sip.pj.player import Pcm, Playback
from voicebot.sip.rules.admission import RETRY_AFTER_S
from voicebot.sip.rules.dead_man import Rescue, RescueStep
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS

log = structlog.get_logger(__name__)


class Rescuer:
    """Needs nothing but what it holds in memory."""

    def __init__(self, prompt: Pcm, fallback_uri: str | None) -> None:
        """``prompt`` may be empty: then callers are sent on without a word."""
        self._prompt = prompt
        self._prompt_ms = len(prompt) // SAMPLES_PER_MS
        self._fallback_uri = fallback_uri

    def look_after(self, leg: Leg, line_ms: float) -> None:
        """Do the next thing for an orphaned leg; called at every poll."""
        if leg.ended is not None:
            return
        if leg.other is not None:
            if leg.player.current is not None and (leg.rescue is None or leg.prompt is leg.player.current):
                leg.stop_play()
            leg.rescue = None
        elif leg.dialled:
            if leg.rescue is None:
                leg.rescue = self._new_rescue()
                log.warning("orphaned operator leg hung up", leg=leg.id)
                leg.hang_up()
        elif not leg.confirmed:
            if leg.rescue is None and leg.refuse(503, RETRY_AFTER_S) is None:
                leg.rescue = self._new_rescue()
        else:
            self._send_on(leg, line_ms)

    def hand_back(self, leg: Leg) -> None:
        """The core is back and knows the leg: stop the prompt; a REFER under way is told to the core."""
        if leg.rescue is not None:
            leg.rescue = None
            if leg.player.current is leg.prompt:
                leg.stop_play()
            leg.prompt = None

    def _send_on(self, leg: Leg, line_ms: float) -> None:
        if leg.rescue is None:
            log.warning("orphaned caller is sent on", leg=leg.id, to=self._fallback_uri)
            leg.rescue = self._new_rescue()
            leg.prompt = None
        prompt_done = leg.prompt is not None and leg.prompt.done
        step = leg.rescue.step(line_ms, prompt_done=prompt_done, referring=leg.refer_subscription is not None)
        if step is RescueStep.REFER and self._fallback_uri is not None:
            why = leg.refer(self._fallback_uri)
            if why is not None:
                log.error("fallback REFER failed", leg=leg.id, why=why)
        elif step in (RescueStep.PROMPT, RescueStep.LOOP_PROMPT):
            prompt = Playback("fallback", self._prompt, loop=step is RescueStep.LOOP_PROMPT)
            leg.play(prompt)
            leg.prompt = prompt

    def _new_rescue(self) -> Rescue:
        return Rescue(self._prompt_ms, has_fallback=self._fallback_uri is not None)
