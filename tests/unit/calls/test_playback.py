"""Sentences one after the other, and what was heard of them."""

from pathlib import Path

from voicebot.calls.playback import Playback, Sentence
from voicebot.control import Play, Played, StopPlay
from voicebot.speech.synthesiser import Clip

CLIP = Clip(Path("greeting.pcm"), 1000)


def sentence(text: str, *, barge_in: bool = True) -> Sentence:
    """Make a sentence of one second."""
    return Sentence("greeting", text, CLIP, barge_in)


def make() -> tuple[Playback, list[Play | StopPlay]]:
    """Make a playback and the list of what it sends."""
    sent: list[Play | StopPlay] = []
    return Playback("L0.a", sent.append), sent


def played(command: Play | StopPlay, heard_ms: int = 1000, *, finished: bool = True) -> Played:
    """Make the line's report on a command."""
    assert isinstance(command, Play)
    return Played(leg=command.leg, play_id=command.play_id, heard_ms=heard_ms, finished=finished)


def test_one_sentence_is_on_the_line_at_a_time() -> None:
    """The second sentence is sent when the first is reported, not before."""
    playback, sent = make()
    playback.say(sentence("하나"))
    playback.say(sentence("둘"))
    assert len(sent) == 1
    spoken = playback.report(played(sent[0]))
    assert spoken is not None
    assert spoken.heard_text == "하나"
    assert len(sent) == 2
    assert playback.busy


def test_a_stopped_sentence_leaves_only_what_was_heard() -> None:
    """After a barge-in the record holds the share of the text that was played, and no more follows."""
    playback, sent = make()
    playback.say(sentence("가나다라마바사아자차"))
    playback.say(sentence("둘"))
    playback.stop()
    assert isinstance(sent[-1], StopPlay)
    spoken = playback.report(played(sent[0], 300, finished=False))
    assert spoken is not None
    assert (spoken.heard_text, spoken.finished) == ("가나다", False)
    assert not playback.busy


def test_a_late_report_of_an_older_sentence_is_ignored() -> None:
    """A report that names another playback changes nothing."""
    playback, sent = make()
    playback.say(sentence("하나"))
    assert playback.report(Played(leg="L0.a", play_id="99", heard_ms=0, finished=True)) is None
    assert playback.busy
    assert len(sent) == 1


def test_an_interruption_takes_back_only_what_may_be_interrupted() -> None:
    """The notice on the line is heard to its end; the question that waited behind it is not asked."""
    playback, sent = make()
    playback.say(sentence("고지", barge_in=False))
    playback.say(sentence("질문"))
    playback.interrupt()
    assert len(sent) == 1
    assert playback.must_be_heard
    playback.report(played(sent[0]))
    assert not playback.busy
    playback.say(sentence("하나"))
    playback.interrupt()
    assert isinstance(sent[-1], StopPlay)


def test_a_pause_goes_on_where_it_stopped() -> None:
    """A dismissed barge-in plays the rest of the sentence and leaves one whole sentence in the record."""
    playback, sent = make()
    playback.say(sentence("가나다라마바사아자차"))
    playback.pause()
    assert isinstance(sent[-1], StopPlay)
    assert playback.report(played(sent[0], 400, finished=False)) is None
    assert playback.busy
    playback.resume()
    rest = sent[-1]
    assert isinstance(rest, Play)
    assert rest.from_ms == 400
    spoken = playback.report(played(rest, 600))
    assert spoken is not None
    assert (spoken.heard_text, spoken.heard_ms, spoken.finished) == ("가나다라마바사아자차", 1000, True)


def test_a_pause_that_is_confirmed_leaves_what_was_heard() -> None:
    """Words after the pause end the sentence: the record holds the part that was played, at once."""
    playback, sent = make()
    playback.say(sentence("가나다라마바사아자차"))
    playback.say(sentence("둘"))
    playback.pause()
    playback.report(played(sent[0], 300, finished=False))
    spoken = playback.interrupt()
    assert spoken is not None
    assert (spoken.heard_text, spoken.finished) == ("가나다", False)
    assert not playback.busy
    assert sum(isinstance(command, StopPlay) for command in sent) == 1


def test_a_pause_may_be_ended_before_the_line_has_reported_it() -> None:
    """Resumed or taken back in between, the report that comes later decides what was heard."""
    for end in ("resume", "interrupt"):
        playback, sent = make()
        playback.say(sentence("가나다라마바사아자차"))
        playback.pause()
        getattr(playback, end)()
        spoken = playback.report(played(sent[0], 500, finished=False))
        if end == "resume":
            assert spoken is None
            again = sent[-1]
            assert isinstance(again, Play)
            assert again.from_ms == 500
        else:
            assert spoken is not None
            assert spoken.heard_text == "가나다라마"
            assert not playback.busy


def test_a_sentence_that_ends_as_it_is_paused_is_over() -> None:
    """The line had played it to its end already; the next one waits until the pause is over."""
    playback, sent = make()
    playback.say(sentence("하나"))
    playback.say(sentence("둘"))
    playback.pause()
    spoken = playback.report(played(sent[0]))
    assert spoken is not None
    assert spoken.finished
    assert sum(isinstance(command, Play) for command in sent) == 1
    playback.resume()
    assert sum(isinstance(command, Play) for command in sent) == 2


def test_what_must_be_heard_is_not_paused() -> None:
    """The notice goes on whatever sounds there are."""
    playback, sent = make()
    playback.say(sentence("고지", barge_in=False))
    playback.pause()
    assert len(sent) == 1
    assert not playback.paused


def test_a_sentence_that_ends_while_it_is_paused_does_not_mute_us() -> None:
    """The end and the pause cross on the way; words of the caller then clear the line for what follows."""
    playback, sent = make()
    playback.say(sentence("질문"))
    playback.pause()
    assert playback.report(played(sent[0])) is not None
    assert playback.interrupt() is None
    playback.say(sentence("다음"))
    assert isinstance(sent[-1], Play)
