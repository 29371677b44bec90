"""A conversation's turns, with a line that is a list."""

import asyncio
from pathlib import Path
from typing import Any, cast

from voicebot import control, dialog
from voicebot.calls.hearing.listening import PartHeard, UtteranceHeard
from voicebot.calls.incident_writer import IncidentWriter
from voicebot.calls.playback import Sentence
from voicebot.calls.talk import Talk
from voicebot.speech.recogniser import Transcript
from voicebot.speech.synthesiser import Clip

LEG = "L0.a"


class Record:
    """Keeps what was said on both sides."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def caller_began(self, start_ms: int) -> None: ...

    def partial(self, text: str, confidence: float = 0.0, start_ms: int = 0) -> None: ...

    async def said(self, speaker: str, heard: Transcript, *_: object) -> None:
        self.lines.append((speaker, heard.text))

    async def spoke(self, prompt: str, text: str, heard_ms: int) -> None:
        self.lines.append(("bot", text))


class Ear:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.closely = False
        self.ends_after_ms: int | None = None

    def endpoint(self, leg: str, endpoint_ms: int, max_utterance_ms: int) -> None: ...

    def attend(self, leg: str, *, closely: bool) -> None:
        self.closely = closely

    def end_sooner(self, leg: str, end_ms: int, endpoint_ms: int) -> None:
        self.ends_after_ms = endpoint_ms


class TalkStage:
    """A talk, its line, its record and what the dialog was told."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.told: list[dialog.Event] = []
        self.record, self.ear = Record(), Ear()
        self.talk = Talk(
            LEG,
            self.ear,
            cast("IncidentWriter", self.record),
            self.sent.append,
            advance=self.advance,
            early_endpoint=lambda heard, endpoint_ms: 300 if heard.text == "네" else None,
        )
        self.talk.listen(dialog.Listen(700, 5000, 9000))

    async def advance(self, event: dialog.Event) -> None:
        self.told.append(event)

    def say(self, text: str = "가나다라마바사아자차", *, barge_in: bool = True) -> None:
        self.talk.say(Sentence("question", text, Clip(Path("question.pcm"), 5000), barge_in))

    def pass_time(self, duration_ms: int, *, speaking: bool = False) -> bool:
        return sum(self.talk.media_passed(32, speaking=speaking) for _ in range(duration_ms // 32)) > 0

    def hear(self, text: str, *, pausing: bool | None = None, avg_logprob: float = -0.1) -> None:
        """Hear a part of an utterance, or without ``pausing`` the whole."""
        transcript = Transcript(text, avg_logprob, 0.0)
        whole = UtteranceHeard(LEG, transcript, 0, 100, 5.0)
        part = PartHeard(LEG, transcript, 0, 100, pausing=bool(pausing))
        asyncio.run(self.talk.hear(whole if pausing is None else part))

    def line_stops(self, heard_ms: int) -> None:
        """Let the line report that it was stopped."""
        play = [command for command in self.sent if isinstance(command, control.Play)][-1]
        report = control.Played(leg=LEG, play_id=play.play_id, heard_ms=heard_ms, finished=False)
        asyncio.run(self.talk.played(report))

    def answers(self) -> list[str]:
        """Return the texts that the dialog was given to answer."""
        return [event.text for event in self.told if isinstance(event, dialog.Heard) and not event.partial]
