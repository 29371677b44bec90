"""The talk between the caller and us: their speech against our sentences, and whose turn it is.

The shell around `voicebot.turns`: barge-in pauses, cancels or resumes the playback, the silence clock
runs while it is the caller's turn. What follows from the words is the dialog's business (``advance``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from voicebot import control, dialog, metrics
from voicebot.calls.hearing.listening import HearingEvent, PartHeard, SpeechBegan, UtteranceHeard
from voicebot.calls.incident_writer import IncidentWriter
from voicebot.calls.playback import Playback, Sentence, Spoken
from voicebot.turns import barge_in
from voicebot.turns.barge_in import BargeIn, Effect
from voicebot.turns.silence import SilenceClock

_NEARLY_OVER_MS = 1500
"""A "네" so shortly before the end of what we say answers it; an earlier one only says "I hear you"."""

_RECOGNISING_LIMIT_MS = 6000
"""Longer than the recogniser may take; the silence clock then runs on, whatever became of the words."""


class CallerHearing(Protocol):
    """What a talk needs of `voicebot.calls.hearing.listening.Hearing`."""

    def endpoint(self, leg: str, endpoint_ms: int, max_utterance_ms: int) -> None:
        """Set the pause that ends an utterance, and the longest utterance."""

    def attend(self, leg: str, *, closely: bool) -> None:
        """Look closely for words in the speech of a leg."""

    def end_sooner(self, leg: str, end_ms: int, endpoint_ms: int) -> None:
        """End an utterance sooner."""


class Talk:
    """One caller's talk. ``advance`` gives the dialog an event and carries out what follows.

    ``early_endpoint`` tells after which silence a sufficient text may end the turn. Used by one task, but
    for `media_passed`, which never blocks.
    """

    def __init__(
        self,
        leg: str,
        hearing: CallerHearing,
        writer: IncidentWriter,
        send: Callable[[control.Command], None],
        *,
        advance: Callable[[dialog.Event], Awaitable[None]],
        early_endpoint: Callable[[dialog.Heard, int], int | None],
    ) -> None:
        self.held = False
        """The caller's side holds us: what comes is music, and no clock runs."""
        self.answering = True
        """False while a human is rung: nothing waits for our sentences then."""
        self._leg = leg
        self._hearing = hearing
        self._writer = writer
        self._advance = advance
        self._early_endpoint = early_endpoint
        self._playback = Playback(leg, send)
        self._barge_in = BargeIn()
        self._closely = False
        self._silence = SilenceClock()
        self._recognising_ms: int | None = None
        """Since the end of an utterance whose words have not come yet; None when none is awaited."""
        self._listen: dialog.Listen | None = None
        self._turn_due = False
        self._kept: list[dialog.Heard] = []

    # --- the clock of the caller's media ----------------------------------------------------------

    def media_passed(self, elapsed_ms: int, *, speaking: bool) -> bool:
        """Let the clocks run; returns whether the caller's silence has just lasted too long."""
        if self._playback.busy != self._closely:
            self._closely = self._playback.busy
            self._hearing.attend(self._leg, closely=self._closely)
        self._playback.passed(elapsed_ms)
        self._barge_in, effect = barge_in.advanced(
            self._barge_in,
            elapsed_ms,
            speaking=speaking and not self.held,
            playing=self._playback.interruptible,
        )
        if effect is Effect.PAUSE:
            self._playback.pause()
            metrics.BARGE_INS.labels("suspected").inc()
        elif effect is Effect.RESUME:
            self._resume()
        if speaking:
            self._recognising_ms = 0
        elif self._recognising_ms is not None:
            self._recognising_ms += elapsed_ms
        recognising = self._recognising_ms is not None and 0 < self._recognising_ms < _RECOGNISING_LIMIT_MS
        paused = self.held or self._playback.busy or recognising
        self._silence, passed = self._silence.advanced(elapsed_ms, paused=paused, sounding=speaking)
        return passed

    # --- the caller --------------------------------------------------------------------------------

    async def hear(self, event: HearingEvent) -> None:
        """Take speech of the caller."""
        if isinstance(event, UtteranceHeard):
            self._recognising_ms = None
        match event:
            case SpeechBegan(start_ms=start_ms):
                self._writer.caller_began(start_ms)
            case PartHeard():
                await self._hear_part(event)
            case UtteranceHeard(transcript=None):
                metrics.RECOGNISER_FAILURES.inc()
                self._resume()
                await self._advance(dialog.RecogniserFailed())
            case UtteranceHeard(transcript=transcript) if transcript is not None and transcript.text:
                await self._writer.said(
                    "caller", transcript, event.start_ms, event.end_ms, event.recognised_in_ms
                )
                self._silence = self._silence.heard(transcript.confidence)
                heard = dialog.Heard(transcript.text, transcript.confidence, event.start_ms, event.end_ms)
                await self._handle_text(heard)
            case _:
                self._writer.partial("")
                await self._judge_barge_in("", over=True)
                if not self._playback.busy and not self.held:
                    await self._advance(dialog.UnclearHeard())

    async def keyed(self) -> None:
        """The caller pressed a key: somebody is there, and our sentences are taken back."""
        self._silence = SilenceClock(limit_ms=self._silence.limit_ms)
        await self.interrupt()

    async def interrupt(self) -> None:
        """Take our sentences back: the caller pressed a key or said words."""
        self._barge_in = BargeIn(was_speaking=self._barge_in.was_speaking)
        if spoken := self._playback.interrupt():
            await self.spoken(spoken)

    async def _hear_part(self, event: PartHeard) -> None:
        transcript = event.transcript
        if not transcript.text:
            await self._judge_barge_in("", over=event.pausing)
            return
        self._writer.partial(transcript.text, transcript.confidence, event.start_ms)
        self._silence = self._silence.heard(transcript.confidence)
        part = dialog.Heard(
            transcript.text, transcript.confidence, event.start_ms, event.end_ms, partial=True
        )
        await self._judge_barge_in(transcript.text, over=event.pausing)
        await self._advance(part)
        if event.pausing and self._listen is not None and not self._playback.busy and not self.held:
            whole = dialog.Heard(transcript.text, transcript.confidence, event.start_ms, event.end_ms)
            endpoint_ms = self._early_endpoint(whole, self._listen.endpoint_ms)
            if endpoint_ms is not None:
                self._hearing.end_sooner(self._leg, event.end_ms, endpoint_ms)

    async def _judge_barge_in(self, text: str, *, over: bool) -> None:
        if self.held:
            return
        self._barge_in, effect = barge_in.heard(self._barge_in, text, over=over)
        if effect is Effect.CANCEL:
            if self._playback.busy:
                metrics.BARGE_INS.labels("confirmed").inc()
            await self.interrupt()
        elif effect is Effect.RESUME:
            self._resume()

    def _resume(self) -> None:
        if self._playback.paused:
            metrics.BARGE_INS.labels("dismissed").inc()
            self._playback.resume()

    async def _handle_text(self, heard: dialog.Heard) -> None:
        part = dialog.Heard(heard.text, heard.confidence, heard.start_ms, heard.end_ms, partial=True)
        if self.held:
            await self._advance(part)  # it may tell a danger, it answers nothing
            return
        listens_only = not barge_in.has_words(heard.text)
        if listens_only and self._playback.remaining_ms > _NEARLY_OVER_MS and self.answering:
            await self._judge_barge_in(heard.text, over=True)
            await self._advance(part)
            return
        await self.interrupt()
        if not self.answering or not self._playback.must_be_heard:
            await self._advance(heard)
            return
        # A sentence that must be heard to its end is on the line: judge now, answer after it.
        self._kept.append(heard)
        await self._advance(part)

    # --- our sentences -----------------------------------------------------------------------------

    def say(self, sentence: Sentence) -> None:
        """Play a sentence after those that wait."""
        self._silence = self._silence.stopped()
        self._playback.say(sentence)

    def hush(self) -> None:
        """It is not the caller's turn: a sentence is being made."""
        self._silence = self._silence.stopped()

    def listen(self, listen: dialog.Listen) -> None:
        """Let the caller's turn begin once our sentences are over."""
        self._hearing.endpoint(self._leg, listen.endpoint_ms, listen.max_utterance_ms)
        self._listen, self._turn_due = listen, True

    def begin_turn(self) -> None:
        """Begin the caller's turn if it is due and we are silent."""
        if self._turn_due and self._listen is not None and not self._playback.busy:
            self._silence = self._silence.armed(self._listen.silence_ms)
            self._turn_due = False

    async def stop(self) -> None:
        """Say no more: a human speaks now, or the caller has gone."""
        self._silence = SilenceClock()
        if spoken := self._playback.stop():
            await self._writer.spoke(spoken.sentence.prompt, spoken.heard_text, spoken.heard_ms)

    async def played(self, event: control.Played) -> None:
        """Take the line's report on a sentence."""
        if spoken := self._playback.report(event):
            await self.spoken(spoken)

    async def play_failed(self) -> None:
        """The line could not play a sentence."""
        if spoken := self._playback.failed():
            await self.spoken(spoken)

    async def spoken(self, spoken: Spoken) -> None:
        """Keep what was said, and answer what the caller said meanwhile."""
        await self._writer.spoke(spoken.sentence.prompt, spoken.heard_text, spoken.heard_ms)
        await self._advance(dialog.PromptFinished(spoken.sentence.prompt))
        if self._playback.busy:
            return
        if self._kept:  # one turn: all of it was said before we asked anything
            kept, self._kept = self._kept, []
            await self._advance(_joined(kept))
        self.begin_turn()


def _joined(heard: list[dialog.Heard]) -> dialog.Heard:
    return dialog.Heard(
        ". ".join(each.text for each in heard),
        min(each.confidence for each in heard),
        heard[0].start_ms,
        heard[-1].end_ms,
    )
