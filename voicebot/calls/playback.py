"""The voice towards one party: sentences one after the other, and what of them was really heard.

The line process plays; this queue only says what comes next and takes the reports. At any moment at
most one sentence is on the line.
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


class Playback:
    """The sentences for one leg. ``send`` hands commands to the line process."""

    def __init__(self, leg: str, send: Callable[[Play | StopPlay], None]) -> None:
        self._leg = leg
        self._send = send
        self._waiting: deque[Sentence] = deque()
        self._playing: tuple[str, Sentence] | None = None
        self._numbers = itertools.count(1)

    @property
    def busy(self) -> bool:
        """True while a sentence is on the line or waits."""
        return self._playing is not None or bool(self._waiting)

    @property
    def must_be_heard(self) -> bool:
        """True while a sentence that may not be interrupted is on the line or waits."""
        playing = [self._playing[1]] if self._playing else []
        return not all(sentence.barge_in for sentence in (*playing, *self._waiting))

    def say(self, sentence: Sentence) -> None:
        """Play after all that waits already."""
        self._waiting.append(sentence)
        self._next()

    def interrupt(self) -> None:
        """Take back all that may be interrupted; what was on the line is still reported."""
        self._waiting = deque(sentence for sentence in self._waiting if not sentence.barge_in)
        if self._playing is not None and self._playing[1].barge_in:
            self._send(StopPlay(leg=self._leg))

    def stop(self) -> None:
        """Take back everything, for a human speaks now."""
        self._waiting.clear()
        if self._playing is not None:
            self._send(StopPlay(leg=self._leg))

    def report(self, played: Played) -> Spoken | None:
        """Take the line's report; returns what was spoken, or None for a report of something older."""
        if self._playing is None or played.play_id != self._playing[0]:
            return None
        sentence = self._playing[1]
        self._playing = None
        self._next()
        return Spoken(sentence, _heard(sentence, played), played.heard_ms, played.finished)

    def failed(self) -> Spoken | None:
        """The line could not play what is on it: nothing was heard, the next sentence follows."""
        if self._playing is None:
            return None
        sentence, self._playing = self._playing[1], None
        self._next()
        return Spoken(sentence, "", 0, finished=False)

    def _next(self) -> None:
        if self._playing is None and self._waiting:
            sentence = self._waiting.popleft()
            play_id = str(next(self._numbers))
            self._playing = (play_id, sentence)
            self._send(Play(leg=self._leg, play_id=play_id, files=(str(sentence.clip.file),)))


def _heard(sentence: Sentence, played: Played) -> str:
    if played.finished or sentence.clip.duration_ms <= 0:
        return sentence.text
    share = min(1.0, played.heard_ms / sentence.clip.duration_ms)
    return sentence.text[: round(len(sentence.text) * share)].rstrip()
