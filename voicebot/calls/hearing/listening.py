"""Hearing for all calls: every 32 ms one window of each leg, one detector batch, then words.

For each leg that is listened to, speech goes through endpointing to the recogniser queue, and what
comes out goes to the leg's listener: on the event loop, in the order of speaking. An utterance is
recognised at the beginning of the pause that may end it, so that its text is there at the endpoint.
A leg that nobody listens to costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog

from voicebot import metrics
from voicebot.audio.rings import CAPACITY_SAMPLES, Rings
from voicebot.speech.recogniser import Transcript
from voicebot.speech.recognition_queue import Priority, RecogniserQueue, Ticket
from voicebot.turns import endpointing
from voicebot.turns.endpointing import (
    EndpointSettings,
    PartialDue,
    PauseBegan,
    SpeechResumed,
    SpeechStarted,
    TurnState,
    UtteranceEnded,
)
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS

log = structlog.get_logger(__name__)

WINDOW_SAMPLES = 256  # 32 ms at 8 kHz
WINDOW_MS = 32
"""What Silero VAD takes at 8 kHz, and no other length (docs/decisions/0019-eight-kilohertz-detector.md)."""
LONGEST_UTTERANCE_MS = 12_000
"""What the rings hold for certain, with room for a core that is late; longer speech is cut in two."""
_MARGIN_SAMPLES = 8000
"""One second: what the line may write into a ring while a clip is copied out of it."""
_TAIL_MS = 250
"""How much of the silence at the end of an utterance goes to the recogniser."""
_DETECTOR_LIMIT_S = 2.0
"""A batch takes milliseconds; after this the callers are not heard and need a human."""
_USUAL = EndpointSettings()
ATTENTIVE = EndpointSettings(first_partial_ms=320, partial_every_ms=192)
"""While we speak: words that should stop us count within 300 ms."""


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The party began to speak."""

    leg: str
    start_ms: int


@dataclass(frozen=True, slots=True)
class PartHeard:
    """What an utterance that still goes on has said so far; an empty text says: no words yet."""

    leg: str
    transcript: Transcript
    start_ms: int
    end_ms: int
    pausing: bool = False
    """The party pauses: this is all unless they speak on. See `Hearing.end_sooner`."""


@dataclass(frozen=True, slots=True)
class UtteranceHeard:
    """A whole utterance; ``transcript`` is None when the recogniser failed or was too slow."""

    leg: str
    transcript: Transcript | None
    start_ms: int
    end_ms: int
    recognised_in_ms: float
    """From the endpoint to the text."""


HearingEvent = SpeechBegan | PartHeard | UtteranceHeard


class Listener(Protocol):
    """Who listens to a leg."""

    def heard(self, event: HearingEvent) -> None:
        """Take an event; must not block."""

    def media_passed(self, leg: str, elapsed_ms: int, *, speaking: bool) -> None:
        """Take note that so much media time of the leg has gone by."""


class SpeechDetector(Protocol):
    """What hearing needs of `voicebot.speech.detector.Detector`."""

    def reset(self, slot: int) -> None:
        """Forget what ``slot`` heard."""

    def probabilities(
        self, slots: npt.NDArray[np.intp], windows: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.float32]:
        """Return the speech probability of one window per slot."""


@dataclass(slots=True, eq=False)
class _Party:
    leg: str
    rings: Rings
    ring_slot: int
    detector_slot: int
    listener: Listener
    generation: int
    position: int
    settings: EndpointSettings = field(default_factory=EndpointSettings)
    turn: TurnState = field(default_factory=TurnState)
    partial: asyncio.Task[None] | None = None
    ahead: Ticket | None = None
    """The recognition of this utterance ahead of its end, while nothing was said since."""
    paused_at_ms: int = -1
    in_order: asyncio.Lock = field(default_factory=asyncio.Lock)


class Hearing:
    """Listens to up to ``capacity`` legs; `run` must be running."""

    def __init__(
        self, detector: SpeechDetector, queue: RecogniserQueue, capacity: int, longest_utterance_ms: int
    ) -> None:
        """``longest_utterance_ms``: what recogniser and rings can take; longer speech is cut in two."""
        self._longest_utterance_ms = longest_utterance_ms
        self._detector = detector
        self._queue = queue
        self._free = list(range(capacity))
        self._parties: dict[str, _Party] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="detector")
        self._stuck: asyncio.Future[npt.NDArray[np.float32]] | None = None
        """A batch that the detector does not come back from; no other is given to it meanwhile."""

    @property
    def deaf(self) -> bool:
        """Whether nothing that callers say is understood now, because detector or recogniser hangs."""
        return self._stuck is not None or self._queue.stuck

    def listen(self, leg: str, rings: Rings, slot: int, listener: Listener) -> None:
        """Begin to listen to ``leg`` from now on; its media time counts from the leg's beginning."""
        if leg in self._parties:
            return
        detector_slot = self._free.pop()
        self._detector.reset(detector_slot)
        position = rings.rx_position(slot)
        turn = TurnState(leg_ms=position // SAMPLES_PER_MS, earliest_start_ms=position // SAMPLES_PER_MS)
        generation = rings.generation(slot)
        self._parties[leg] = _Party(
            leg, rings, slot, detector_slot, listener, generation, position, turn=turn
        )

    def forget(self, leg: str) -> None:
        """Stop listening to ``leg``; utterances that have ended are still delivered."""
        party = self._parties.pop(leg, None)
        if party is not None:
            self._free.append(party.detector_slot)
            if party.partial is not None:
                party.partial.cancel()
            if party.ahead is not None:
                party.ahead.drop()

    def endpoint(self, leg: str, endpoint_ms: int, max_utterance_ms: int) -> None:
        """Set the pause that ends an utterance of ``leg`` and the longest utterance."""
        if party := self._parties.get(leg):
            longest_ms = min(max_utterance_ms, self._longest_utterance_ms)
            party.settings = replace(party.settings, endpoint_ms=endpoint_ms, max_utterance_ms=longest_ms)

    def attend(self, leg: str, *, closely: bool) -> None:
        """Look ``closely`` for words in ``leg``'s speech, because we speak ourselves."""
        if party := self._parties.get(leg):
            like = ATTENTIVE if closely else _USUAL
            party.settings = replace(
                party.settings,
                first_partial_ms=like.first_partial_ms,
                partial_every_ms=like.partial_every_ms,
            )

    def end_sooner(self, leg: str, end_ms: int, endpoint_ms: int) -> None:
        """End the utterance after ``endpoint_ms`` of the pause that was told with ``end_ms``: all is said.

        No effect when the party has spoken on since.
        """
        party = self._parties.get(leg)
        if party is not None and party.paused_at_ms == end_ms:
            party.turn = endpointing.with_early_endpoint(party.turn, endpoint_ms)

    async def run(self) -> None:
        """Listen until cancelled; utterances under way are then lost, nothing that was delivered is."""
        loop = asyncio.get_running_loop()
        tick_s = WINDOW_MS / 1000
        due = loop.time()
        try:
            while True:
                due = max(due + tick_s, loop.time() - 10 * tick_s)
                await asyncio.sleep(max(0.0, due - loop.time()))
                try:
                    await self._tick()
                except Exception:  # the border of inference: one bad leg or batch must not deafen all calls
                    log.exception("a hearing tick failed")
        finally:
            for task in self._tasks:
                task.cancel()
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _tick(self) -> None:
        for party in tuple(self._parties.values()):
            if party.rings.generation(party.ring_slot) != party.generation:  # the slot has a new leg by now
                self.forget(party.leg)
        if self._stuck is not None:
            if not self._stuck.done():
                self._pass_time()
                return
            log.warning("the detector is back")
            self._stuck = None
        while ready := [party for party in self._parties.values() if self._has_window(party)]:
            windows = np.empty((len(ready), WINDOW_SAMPLES), np.int16)
            by_rings: dict[int, list[int]] = {}
            for row, party in enumerate(ready):
                by_rings.setdefault(id(party.rings), []).append(row)
            for rows in by_rings.values():
                slots = np.array([ready[row].ring_slot for row in rows], np.intp)
                starts = np.array([ready[row].position for row in rows], np.int64)
                windows[rows] = ready[rows[0]].rings.gather_rx(slots, starts, WINDOW_SAMPLES)
            detector_slots = np.array([party.detector_slot for party in ready], np.intp)
            with metrics.DETECTOR_SECONDS.time():
                work = asyncio.get_running_loop().run_in_executor(
                    self._thread, self._detector.probabilities, detector_slots, windows
                )
                await asyncio.wait({work}, timeout=_DETECTOR_LIMIT_S)
            if not work.done():
                self._go_deaf(work)
                return
            probabilities = work.result()
            for party, probability in zip(ready, probabilities, strict=True):
                if self._parties.get(party.leg) is party:
                    self._advance(party, float(probability))

    def _go_deaf(self, stuck: asyncio.Future[npt.NDArray[np.float32]]) -> None:
        """Tell every listener that the party is not understood any more."""
        log.error("the detector does not answer", limit_s=_DETECTOR_LIMIT_S)
        self._stuck = stuck
        for party in tuple(self._parties.values()):
            now_ms = party.turn.leg_ms
            party.listener.heard(UtteranceHeard(party.leg, None, now_ms, now_ms, 0.0))

    def _pass_time(self) -> None:
        """Let the clocks run on as in silence: keys and time-outs still lead every caller on."""
        for party in tuple(self._parties.values()):
            while self._has_window(party):
                self._advance(party, 0.0)

    def _has_window(self, party: _Party) -> bool:
        written = party.rings.rx_position(party.ring_slot)
        if written - party.position > CAPACITY_SAMPLES // 2:
            lost = written - party.position - WINDOW_SAMPLES
            log.warning("hearing fell behind", leg=party.leg, lost_ms=lost // SAMPLES_PER_MS)
            metrics.AUDIO_LOST_MS.inc(lost // SAMPLES_PER_MS)
            party.position += lost
        return written - party.position >= WINDOW_SAMPLES

    def _advance(self, party: _Party, probability: float) -> None:
        party.position += WINDOW_SAMPLES
        party.turn, events = endpointing.step(party.turn, probability, party.settings)
        party.listener.media_passed(party.leg, WINDOW_MS, speaking=party.turn.speaking)
        for event in events:
            match event:
                case SpeechStarted(start_ms):
                    party.listener.heard(SpeechBegan(party.leg, start_ms))
                case PartialDue(start_ms, end_ms):
                    if party.partial is None or party.partial.done():
                        party.partial = self._spawn(self._hear_part(party, start_ms, end_ms))
                case PauseBegan(start_ms, end_ms):
                    self._hear_ahead(party, start_ms, end_ms)
                case SpeechResumed():
                    self._forget_ahead(party)
                case UtteranceEnded():
                    self._hear_whole(party, event)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _clip(self, party: _Party, start_ms: int, end_ms: int) -> npt.NDArray[np.int16]:
        # Media time counts from the leg's beginning like the ring's positions, so both convert directly,
        # except after lost audio, where the turn's clock is behind by what was lost.
        behind = party.position - party.turn.leg_ms * SAMPLES_PER_MS
        oldest = party.rings.rx_position(party.ring_slot) - CAPACITY_SAMPLES + _MARGIN_SAMPLES
        start = max(start_ms * SAMPLES_PER_MS + behind, oldest)
        end = end_ms * SAMPLES_PER_MS + behind
        return party.rings.read_rx(party.ring_slot, start, max(0, end - start))

    async def _hear_part(self, party: _Party, start_ms: int, end_ms: int) -> None:
        transcript = await self._queue.transcribe(self._clip(party, start_ms, end_ms), Priority.PARTIAL)
        if transcript is not None:
            party.listener.heard(PartHeard(party.leg, transcript, start_ms, end_ms))

    def _hear_ahead(self, party: _Party, start_ms: int, end_ms: int) -> None:
        if party.partial is not None:
            party.partial.cancel()
        party.paused_at_ms = end_ms
        party.ahead = self._queue.submit(self._clip(party, start_ms, end_ms), Priority.SPECULATIVE)
        if party.ahead is None:
            metrics.SPECULATION.labels("none").inc()
        else:
            party.partial = self._spawn(self._deliver_ahead(party, party.ahead, start_ms, end_ms))

    async def _deliver_ahead(self, party: _Party, ticket: Ticket, start_ms: int, end_ms: int) -> None:
        """Tell what a pausing party has said: urgent words need not wait for the endpoint."""
        transcript = await ticket.outcome()
        if transcript is not None and party.ahead is ticket:
            party.listener.heard(PartHeard(party.leg, transcript, start_ms, end_ms, pausing=True))

    def _forget_ahead(self, party: _Party) -> None:
        party.paused_at_ms = -1
        if party.ahead is not None:
            metrics.SPECULATION.labels("resumed").inc()
            party.ahead.drop()
            party.ahead = None

    def _hear_whole(self, party: _Party, ended: UtteranceEnded) -> None:
        if party.partial is not None:
            party.partial.cancel()
        ticket, party.ahead, party.paused_at_ms = party.ahead, None, -1
        if ticket is not None and not ticket.lost:
            metrics.SPECULATION.labels("ready" if ticket.done else "waited").inc()
            self._queue.needed(ticket)
        else:
            clip = self._clip(party, ended.start_ms, ended.end_ms - max(0, ended.silent_ms - _TAIL_MS))
            ticket = self._queue.submit(clip, Priority.FINAL)
        self._spawn(self._deliver_whole(party, ticket, ended))

    async def _deliver_whole(self, party: _Party, ticket: Ticket | None, ended: UtteranceEnded) -> None:
        loop = asyncio.get_running_loop()
        ended_s = loop.time()
        async with party.in_order:
            transcript = await self._queue.result(ticket) if ticket is not None else None
            took_ms = (loop.time() - ended_s) * 1000
            metrics.RECOGNISED_SECONDS.observe(took_ms / 1000)
            party.listener.heard(UtteranceHeard(party.leg, transcript, ended.start_ms, ended.end_ms, took_ms))
