"""The voice towards one party: sentences one after the other, and what of them was really heard.

The line process plays; this queue only says what comes next and takes the reports. At any moment at
most one sentence is on the line. A pause stops the line and remembers how much was heard, so that the
sentence goes on from there, or is recorded as far as it came.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from voicebot.control import Play, Played, StopPlay
from voicebot.speech.synthesiser import Clip


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence to be played."""

    prompt: str
    """Key in the dialog's prompts."""
    text: str
    clip: Clip
    barge_in: bool = True


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence that is over; ``heard_text`` is as much of it as has left towards the party."""

    sentence: Sentence
    heard_text: str
    heard_ms: int
    finished: bool


@dataclass(slots=True)
class _OnLine:
    """The sentence that the line plays, or that is paused."""

    play_id: str
    sentence: Sentence
    from_ms: int = 0
    """Where the run that is on the line began, or the next one will."""
    passed_ms: int = 0
    """Media time since that run was sent."""
    pausing: bool = False
    """A stop was sent that is only a pause; the line's report has not come."""
    off: bool = False
    """It is paused: the line plays nothing."""


class Playback:
    """The sentences for one leg. ``send`` hands commands to the line process."""

    def __init__(self, leg: str, send: Callable[[Play | StopPlay], None]) -> None:
        self._leg = leg
        self._send = send
        self._waiting: deque[Sentence] = deque()
        self._on_line: _OnLine | None = None
        self._paused = False
        self._numbers = itertools.count(1)

    @property
    def busy(self) -> bool:
        """True while a sentence is on the line, is paused or waits."""
        return self._on_line is not None or bool(self._waiting)

    @property
    def interruptible(self) -> bool:
        """True while a sentence is on the line that may be interrupted and is not paused."""
        return self._on_line is not None and self._on_line.sentence.barge_in and not self._paused

    @property
    def paused(self) -> bool:
        """True between `pause` and what ends it."""
        return self._paused

    @property
    def must_be_heard(self) -> bool:
        """True while a sentence that may not be interrupted is on the line or waits."""
        playing = [self._on_line.sentence] if self._on_line else []
        return not all(sentence.barge_in for sentence in (*playing, *self._waiting))

    @property
    def remaining_ms(self) -> int:
        """About how long it takes until all has been said."""
        waiting_ms = sum(sentence.clip.duration_ms for sentence in self._waiting)
        if self._on_line is None:
            return waiting_ms
        said_ms = self._on_line.from_ms + self._on_line.passed_ms
        return waiting_ms + max(0, self._on_line.sentence.clip.duration_ms - said_ms)

    def passed(self, elapsed_ms: int) -> None:
        """Let media time pass."""
        if self._on_line is not None and not self._paused:
            self._on_line.passed_ms += elapsed_ms

    def say(self, sentence: Sentence) -> None:
        """Play after all that waits already."""
        self._waiting.append(sentence)
        self._next()

    def pause(self) -> None:
        """Fall silent for now; no effect on a sentence that must be heard to its end."""
        if self._on_line is None or not self.interruptible:
            return
        self._paused = True
        if not self._on_line.pausing:
            self._on_line.pausing = True
            self._send(StopPlay(leg=self._leg))

    def resume(self) -> None:
        """Go on where `pause` stopped, to the millisecond that the party has heard."""
        if not self._paused:
            return
        self._paused = False
        if self._on_line is None:
            self._next()
        elif self._on_line.off:
            self._send_run(self._on_line)

    def interrupt(self) -> Spoken | None:
        """Take back all that may be interrupted.

        What was on the line is still reported by the line; what was paused is returned at once.
        """
        self._waiting = deque(sentence for sentence in self._waiting if not sentence.barge_in)
        if self._on_line is None:  # it ended by itself while we paused it
            self._paused = False
            self._next()
            return None
        return self._take_back() if self._on_line.sentence.barge_in else None

    def stop(self) -> Spoken | None:
        """Take back everything, for a human speaks now; returns what was paused."""
        self._waiting.clear()
        return self._take_back()

    def report(self, played: Played) -> Spoken | None:
        """Take the line's report; returns what was spoken, or None for a pause or something older."""
        current = self._on_line
        if current is None or played.play_id != current.play_id:
            return None
        heard_ms = current.from_ms + played.heard_ms
        if current.pausing and not played.finished:
            current.pausing, current.off, current.from_ms, current.passed_ms = False, True, heard_ms, 0
            if not self._paused:
                self._send_run(current)
            return None
        return self._over(current.sentence, heard_ms, finished=played.finished)

    def failed(self) -> Spoken | None:
        """The line could not play what is on it: no more was heard, the next sentence follows."""
        if self._on_line is None:
            return None
        return self._over(self._on_line.sentence, self._on_line.from_ms, finished=False)

    def _take_back(self) -> Spoken | None:
        self._paused = False
        current = self._on_line
        if current is None:
            return None
        if current.off:
            return self._over(current.sentence, current.from_ms, finished=False)
        if current.pausing:
            current.pausing = False  # the stop that was sent is for good now
        else:
            self._send(StopPlay(leg=self._leg))
        return None

    def _over(self, sentence: Sentence, heard_ms: int, *, finished: bool) -> Spoken:
        self._on_line = None
        self._next()
        return Spoken(sentence, _heard(sentence, heard_ms, finished=finished), heard_ms, finished)

    def _next(self) -> None:
        if self._on_line is None and self._waiting and not self._paused:
            self._on_line = _OnLine("", self._waiting.popleft())
            self._send_run(self._on_line)

    def _send_run(self, current: _OnLine) -> None:
        current.play_id, current.off, current.passed_ms = str(next(self._numbers)), False, 0
        file = str(current.sentence.clip.file)
        self._send(Play(leg=self._leg, play_id=current.play_id, files=(file,), from_ms=current.from_ms))


def _heard(sentence: Sentence, heard_ms: int, *, finished: bool) -> str:
    if finished or (heard_ms > 0 and sentence.clip.duration_ms <= 0):
        return sentence.text
    share = min(1.0, heard_ms / max(1, sentence.clip.duration_ms))
    return sentence.text[: round(len(sentence.text) * share)].rstrip()
