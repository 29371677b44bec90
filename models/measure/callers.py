"""Callers in dialog with us, for measurements under load: what each says, when, and what is heard of it.

An emergency dialog is short answers to spoken questions. Here a caller says a held-out sentence (2.7 s on
average, 1 to 5 s), the pause that ends it is waited out, the next question is spoken, they think and
answers: one utterance every eight seconds or so, speech for about 35 % of the time. Every tenth utterance
begins while we still speak (barge-in: partials five times a second until there are words). Short sentences
are answers to a yes-or-no step with its shorter pause, as in ``dialogs/119.yaml``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from models.measure import material
from models.measure.material import Material, Pcm
from voicebot.calls.hearing.listening import Hearing, HearingEvent, PartHeard, UtteranceHeard
from voicebot.turns import barge_in
from voicebot.turns.barge_in import BargeIn
from voicebot.turns.silence import SilenceClock
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS, TELEPHONE_RATE_HZ

CHUNK_MS = 64
"""How much audio is written at once."""
_LISTENS_S = (3.0, 7.0)
"""From the end of one utterance to the next: the pause, our question, the thinking."""
_ALONE_LISTENS_S = (1.5, 2.5)
"""The same for a single caller, so that a short measurement hears enough of them."""
_ANSWER_MS, _ENDPOINT_MS, _STORY_ENDPOINT_MS = 1500, 400, 700
"""A sentence up to the first is an answer, ended by the second; all others are ended by the third."""
_THINKS_MS = 700
"""From the end of our question to an answer. Chosen."""
_BARGES_IN = 0.1
"""Share of the sentences that begin while we speak. Chosen: nobody has counted callers."""
_LONGEST_MS, _SILENCE_MS = 9000, 6000
"""After which speech is cut and silence is told, of the order of what dialogs/119.yaml asks for."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence of a caller in their track."""

    start_ms: int
    end_ms: int
    barges_in: bool

    @property
    def endpoint_ms(self) -> int:
        """The pause that ends it."""
        return _ENDPOINT_MS if self.end_ms - self.start_ms <= _ANSWER_MS else _STORY_ENDPOINT_MS


@dataclass(eq=False)
class Caller:
    """One live call: the caller's track, and as the leg's listener what a call does with what it hears."""

    leg: str
    track: Pcm
    said: list[Utterance]
    written_s: list[float] = field(default_factory=list)
    """When each chunk of the track was on the line."""
    ends: list[tuple[UtteranceHeard, float]] = field(default_factory=list)
    """Each utterance that was heard, with the time of its text."""
    early_ms: list[float] = field(default_factory=list)
    """From the window that began a pause to the text of what was said before it."""
    hearing: Hearing | None = None
    passed_ms: int = 0
    """How much of the track has been through the detector."""
    _next: int = 0
    _closely: bool = False
    _barge_in: BargeIn = field(default_factory=BargeIn)
    _silence: SilenceClock = field(default_factory=lambda: SilenceClock(limit_ms=_SILENCE_MS))

    def answered_by(self, hearing: Hearing) -> None:
        """Begin the call: we speak."""
        self.hearing = hearing
        self._speak()

    def heard(self, event: HearingEvent) -> None:
        """Take note; words over our sentence end it, an utterance lets us speak again."""
        now_s = time.perf_counter()
        match event:
            case UtteranceHeard():
                self.ends.append((event, now_s))
                while self._next < len(self.said) and self.said[self._next].start_ms < event.end_ms:
                    self._next += 1
                self._speak()
            case PartHeard():
                if event.pausing and (at_s := self.on_the_line_s(event.end_ms)) is not None:
                    self.early_ms.append(1000 * (now_s - at_s))
                self._barge_in, _ = barge_in.heard(self._barge_in, event.transcript.text, over=event.pausing)
                if event.transcript.text:
                    self._attend(closely=False)
            case _:
                pass

    def media_passed(self, _leg: str, elapsed_ms: int, *, speaking: bool) -> None:
        """Let the clocks of the turn run."""
        self.passed_ms += elapsed_ms
        self._barge_in, _ = barge_in.advanced(
            self._barge_in, elapsed_ms, speaking=speaking, playing=self._closely
        )
        self._silence, _ = self._silence.advanced(elapsed_ms, paused=self._closely, sounding=speaking)
        if self._closely and self._next < len(self.said):
            utterance = self.said[self._next]
            now_ms = len(self.written_s) * CHUNK_MS
            if not utterance.barges_in and now_ms >= utterance.start_ms - _THINKS_MS:
                self._attend(closely=False)

    @property
    def behind_ms(self) -> int:
        """How much of what is on the line has not been through the detector."""
        return len(self.written_s) * CHUNK_MS - self.passed_ms

    def on_the_line_s(self, media_ms: int) -> float | None:
        """Return when this moment of the track was on the line; None: not yet."""
        chunk = max(0, media_ms - 1) // CHUNK_MS
        return self.written_s[chunk] if chunk < len(self.written_s) else None

    def _speak(self) -> None:
        """Speak, and set what the next answer is waited for."""
        self._silence = self._silence.armed(_SILENCE_MS)
        self._attend(closely=True)
        if self.hearing is not None and self._next < len(self.said):
            self.hearing.endpoint(self.leg, self.said[self._next].endpoint_ms, _LONGEST_MS)

    def _attend(self, *, closely: bool) -> None:
        self._closely = closely
        if self.hearing is not None:
            self.hearing.attend(self.leg, closely=closely)


def caller(leg: str, speech: Material, seconds: float, rng: np.random.Generator, *, alone: bool) -> Caller:
    """Make a caller who talks for ``seconds``; ``alone``: the only one."""
    samples = int(seconds * TELEPHONE_RATE_HZ) + CHUNK_MS * SAMPLES_PER_MS
    low_s, high_s = _ALONE_LISTENS_S if alone else _LISTENS_S
    parts: list[Pcm] = []
    said: list[Utterance] = []
    length_ms = 0
    wait_s = rng.uniform(0.2, 1.0 if alone else high_s)
    while length_ms * SAMPLES_PER_MS < samples:
        clip = speech.clips[int(rng.integers(len(speech.clips)))]
        parts.append(material.padded(clip[: len(clip) // SAMPLES_PER_MS * 8], int(1000 * wait_s), 0))
        start_ms = length_ms + int(1000 * wait_s)
        length_ms += len(parts[-1]) // SAMPLES_PER_MS
        said.append(Utterance(start_ms, length_ms, bool(rng.random() < _BARGES_IN)))
        wait_s = rng.uniform(low_s, high_s)
    track = np.concatenate(parts)[:samples].astype(np.int32)
    track += rng.integers(-12, 13, samples)  # a line is never silent
    return Caller(leg, np.clip(track, -32_768, 32_767).astype(np.int16), said)
