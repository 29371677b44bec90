"""Whose turn it is: the caller's speech against our sentences, with a line that is a list."""

import asyncio

from tests.fakes.talk import LEG, TalkStage
from voicebot import control, dialog


def interrupted() -> TalkStage:
    """Make a stage where we have paused, 1.5 s into our sentence."""
    stage = TalkStage()
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
    stage = TalkStage()
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
    stage = TalkStage()
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
    stage = TalkStage()
    stage.talk.begin_turn()
    stage.hear("강남구", pausing=True)
    assert stage.ear.ends_after_ms is None
    stage.hear("네", pausing=True)
    assert stage.ear.ends_after_ms == 300


def test_we_listen_closely_while_we_speak() -> None:
    """Partials come more often so that words stop us soon."""
    stage = TalkStage()
    stage.say()
    stage.pass_time(32)
    assert stage.ear.closely


def test_text_out_of_noise_does_not_keep_the_caller_waiting_for_ever() -> None:
    """A dialog that answers each of them with the floor again still comes to the end of its patience."""
    stage = TalkStage()
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
    stage = TalkStage()
    stage.talk.begin_turn()
    for number in range(20):
        assert not stage.pass_time(2000, speaking=True)
        if number % 2:
            asyncio.run(stage.talk.keyed())
        else:
            stage.hear("역삼동이에요")
        stage.talk.listen(dialog.Listen(700, 5000, 9000))
        stage.talk.begin_turn()
