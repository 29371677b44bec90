"""Whose turn it is: the caller's speech against our sentences, with a line that is a list."""

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


class Stage:
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


def interrupted() -> Stage:
    """Make a stage where we have paused, 1.5 s into our sentence."""
    stage = Stage()
    stage.say()
    stage.pass_time(1200)
    stage.pass_time(300, speaking=True)
    assert isinstance(stage.sent[-1], control.StopPlay)
    stage.line_stops(1500)
    return stage


def test_a_cough_resumes_the_sentence_where_it_stopped() -> None:
    """The dialog hears nothing of it, and the sentence is recorded once, whole."""
    stage = interrupted()
    stage.hear("", pausing=True)
    assert stage.sent[-1].from_ms == 1500
    stage.hear("")
    assert stage.told == []
    assert stage.record.lines == []


def test_words_end_the_sentence_and_the_record_holds_what_was_heard() -> None:
    """The part before the pause is written down before the caller's words."""
    stage = interrupted()
    stage.hear("불이 났어요", pausing=False)
    stage.hear("불이 났어요")
    assert stage.record.lines == [("bot", "가나다"), ("caller", "불이 났어요")]
    assert stage.answers() == ["불이 났어요"]


def test_a_nod_is_recorded_and_we_go_on() -> None:
    """A "네" in the middle of our sentence is no answer; near its end it is one."""
    stage = interrupted()
    stage.hear("네")
    assert stage.answers() == []
    assert stage.record.lines == [("caller", "네")]
    stage.pass_time(2500)
    stage.hear("네")
    assert stage.answers() == ["네"]


def test_words_over_what_must_be_heard_are_answered_after_it() -> None:
    """They are judged at once, and no utterance is lost."""
    stage = Stage()
    stage.say(barge_in=False)
    stage.hear("사람이 쓰러졌어요")
    assert stage.answers() == []
    assert any(isinstance(event, dialog.Heard) and event.partial for event in stage.told)
    assert not any(isinstance(command, control.StopPlay) for command in stage.sent)
    play_id = stage.sent[0].play_id
    asyncio.run(stage.talk.played(control.Played(leg=LEG, play_id=play_id, heard_ms=5000, finished=True)))
    assert stage.answers() == ["사람이 쓰러졌어요"]


def test_on_hold_nothing_is_answered_and_no_clock_runs() -> None:
    """Music on hold fills no slot; what sounds like a danger is still judged."""
    stage = Stage()
    stage.talk.begin_turn()
    stage.talk.held = True
    assert not stage.pass_time(60_000)
    stage.hear("불이 났어요")
    stage.hear("")
    assert stage.answers() == []
    assert not any(isinstance(event, dialog.UnclearHeard) for event in stage.told)
    stage.talk.held = False
    assert stage.pass_time(5100)


def test_enough_said_ends_the_turn_sooner() -> None:
    """A pause after a sufficient text is shortened; one after any other text is not."""
    stage = Stage()
    stage.talk.begin_turn()
    stage.hear("강남구", pausing=True)
    assert stage.ear.ends_after_ms is None
    stage.hear("네", pausing=True)
    assert stage.ear.ends_after_ms == 300


def test_we_listen_closely_while_we_speak() -> None:
    """Partials come more often so that words stop us soon."""
    stage = Stage()
    stage.say()
    stage.pass_time(32)
    assert stage.ear.closely


def test_text_out_of_noise_does_not_keep_the_caller_waiting_for_ever() -> None:
    """A dialog that answers each of them with the floor again still comes to the end of its patience."""
    stage = Stage()
    stage.talk.begin_turn()
    for _ in range(20):
        if stage.pass_time(2000, speaking=True):
            return
        stage.hear("아 네 뭐", avg_logprob=-1.0)
        stage.talk.listen(dialog.Listen(700, 5000, 9000))
        stage.talk.begin_turn()
    raise AssertionError("the silence ladder was never climbed")


def test_words_and_keys_do() -> None:
    """Somebody who is understood, or presses keys, is not told that he is silent."""
    stage = Stage()
    stage.talk.begin_turn()
    for number in range(20):
        assert not stage.pass_time(2000, speaking=True)
        if number % 2:
            asyncio.run(stage.talk.keyed())
        else:
            stage.hear("역삼동이에요")
        stage.talk.listen(dialog.Listen(700, 5000, 9000))
        stage.talk.begin_turn()
