"""Endpointing on media time: no audio, no clock."""

from hypothesis import given
from hypothesis import strategies as st

from voicebot.turns.endpointing import (
    WINDOW_MS,
    EndpointSettings,
    PartialDue,
    PauseBegan,
    SpeechResumed,
    SpeechStarted,
    TurnEvent,
    TurnState,
    UtteranceEnded,
    step,
    with_early_endpoint,
)

SETTINGS = EndpointSettings()


def run(probabilities: list[float], settings: EndpointSettings = SETTINGS) -> list[TurnEvent]:
    """Feed a row of windows; return all events."""
    state = TurnState()
    events: list[TurnEvent] = []
    for probability in probabilities:
        state, new = step(state, probability, settings)
        events += new
    return events


def windows(duration_ms: int) -> int:
    """Return the windows that fill a duration."""
    return -(-duration_ms // WINDOW_MS)


def test_speech_then_silence_is_one_utterance_with_pre_roll() -> None:
    """An utterance begins before its first loud window and ends after the pause that was set."""
    events = run([0.0] * 30 + [0.9] * 20 + [0.0] * 40)
    assert [type(event) for event in events] == [SpeechStarted, PauseBegan, UtteranceEnded]
    started, _, ended = events
    assert isinstance(started, SpeechStarted)
    assert isinstance(ended, UtteranceEnded)
    assert started.start_ms == 30 * WINDOW_MS - SETTINGS.pre_roll_ms
    assert ended.end_ms == (50 + windows(SETTINGS.endpoint_ms)) * WINDOW_MS
    assert not ended.cut


def test_a_click_is_no_speech() -> None:
    """One or two loud windows do not open the gate."""
    assert run([0.0] * 10 + [0.95, 0.95] + [0.0] * 40) == []


def test_a_short_pause_does_not_end_the_utterance() -> None:
    """A breath shorter than the endpoint keeps the utterance whole."""
    pause = windows(SETTINGS.endpoint_ms) - 2
    events = run([0.9] * 10 + [0.0] * pause + [0.9] * 10 + [0.0] * 40)
    assert sum(isinstance(event, UtteranceEnded) for event in events) == 1


def test_between_the_thresholds_nothing_changes() -> None:
    """Windows between release and onset count as whatever was before."""
    assert run([0.42] * 100) == []
    kept = run([0.55] * 5 + [0.42] * 100)
    assert not any(isinstance(event, UtteranceEnded) for event in kept)
    ended = run([0.55] * 5 + [0.2] + [0.42] * 100)
    assert sum(isinstance(event, UtteranceEnded) for event in ended) == 1


def test_voices_in_the_background_are_silence_after_a_clear_one() -> None:
    """The same probabilities are speech when nobody was heard better."""
    babble = [0.5, 0.7, 0.6, 0.55] * 15
    clear = run([0.98] * 20 + babble)
    assert sum(isinstance(event, UtteranceEnded) for event in clear) == 1
    faint = run([0.6] * 20 + babble)
    assert not any(isinstance(event, UtteranceEnded) for event in faint)


def test_a_new_utterance_has_no_higher_mark_than_the_onset() -> None:
    """Somebody faint who speaks after somebody clear is heard."""
    events = run([0.98] * 20 + [0.0] * 40 + [0.55] * 10)
    assert sum(isinstance(event, SpeechStarted) for event in events) == 2


def test_long_speech_asks_for_partials_about_every_second() -> None:
    """Five seconds of speech are looked at four or five times before they end."""
    events = run([0.9] * windows(5000))
    assert 4 <= sum(isinstance(event, PartialDue) for event in events) <= 5


def test_too_long_an_utterance_is_cut_and_nothing_is_lost() -> None:
    """A cut utterance is followed at once by the next one, without a gap or an overlap."""
    events = run([0.9] * windows(20_000))
    ended = [event for event in events if isinstance(event, UtteranceEnded)]
    started = [event for event in events if isinstance(event, SpeechStarted)]
    assert all(event.cut for event in ended)
    assert [event.start_ms for event in started[1:]] == [event.end_ms for event in ended]


def test_a_pause_is_told_early_and_taken_back_when_speech_goes_on() -> None:
    """160 ms of silence may be the end; it is told once for each pause, and undone by more speech."""
    events = run([0.9] * 10 + [0.0] * 10 + [0.9] * 10 + [0.0] * 40)
    kinds = [type(event) for event in events]
    assert kinds == [SpeechStarted, PauseBegan, SpeechResumed, PauseBegan, UtteranceEnded]
    pause = events[1]
    assert isinstance(pause, PauseBegan)
    assert pause.end_ms == (10 + windows(SETTINGS.speculate_ms)) * WINDOW_MS


def test_enough_said_shortens_this_pause_only() -> None:
    """A shortened pause ends the utterance sooner; when speech resumes the set pause holds again."""
    state = TurnState()
    for probability in [0.9] * 10 + [0.0] * 6:
        state, _ = step(state, probability, SETTINGS)
    _, events = step(with_early_endpoint(state, 200), 0.0, SETTINGS)
    assert [type(event) for event in events] == [UtteranceEnded]
    state, _ = step(with_early_endpoint(state, 400), 0.9, SETTINGS)
    assert state.early_endpoint_ms is None
    assert with_early_endpoint(state, 200) == state, "nobody pauses"


@given(st.lists(st.floats(0, 1), max_size=400), st.integers(200, 900))
def test_utterances_never_overlap(probabilities: list[float], endpoint_ms: int) -> None:
    """Whatever the detector says, utterances are in order, apart, and within the time that passed."""
    settings = EndpointSettings(endpoint_ms=endpoint_ms)
    before = 0
    for event in run(probabilities, settings):
        if isinstance(event, UtteranceEnded):
            assert before <= event.start_ms < event.end_ms <= len(probabilities) * WINDOW_MS
            before = event.end_ms
