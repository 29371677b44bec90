"""The silence clock."""

from voicebot.turns.silence import FAIR_CONFIDENCE, NOISE_MS, SilenceClock


def test_it_reports_once_when_the_limit_is_reached() -> None:
    """The limit is told in the step that reaches it, and never again."""
    clock = SilenceClock().armed(100)
    clock, passed = clock.advanced(60, paused=False)
    assert not passed
    clock, passed = clock.advanced(60, paused=False)
    assert passed
    assert clock.advanced(1000, paused=False) == (clock, False)


def test_a_pause_keeps_what_has_passed() -> None:
    """Hold stops the count but does not start it over: noise cannot re-arm it."""
    clock, _ = SilenceClock().armed(100).advanced(90, paused=False)
    clock, passed = clock.advanced(500, paused=True)
    assert not passed
    assert clock.advanced(10, paused=False)[1]


def test_nothing_runs_out_of_turn() -> None:
    """While it is not the caller's turn, time does not count."""
    assert SilenceClock().advanced(10_000, paused=False) == (SilenceClock(), False)


def test_noise_holds_it_up_for_so_long_and_no_longer() -> None:
    """Sounds without words do not count as silence, but a turn that is full of them ends all the same."""
    clock, passed = SilenceClock().armed(100).advanced(NOISE_MS, paused=False, sounding=True)
    assert not passed
    assert clock.advanced(100, paused=False, sounding=True)[1]


def test_words_in_a_long_story_give_it_more_time() -> None:
    """Who is understood while speaking is not asked whether anybody is there."""
    clock, _ = SilenceClock().armed(100).advanced(NOISE_MS, paused=False, sounding=True)
    assert not clock.heard(FAIR_CONFIDENCE).advanced(NOISE_MS, paused=False, sounding=True)[1]


def test_text_made_out_of_noise_does_not_hold_it_up_for_ever() -> None:
    """The floor that is given back after each such text is part of the same wordless time."""
    clock, passed, passed_ms = SilenceClock(), False, 0
    for _ in range(100):
        clock = clock.armed(5000)
        clock, passed = clock.advanced(3000, paused=False, sounding=True)
        passed_ms += 3000
        if passed:
            break
        clock = clock.heard(FAIR_CONFIDENCE - 0.1).stopped()
    assert passed
    assert passed_ms <= 5000 + NOISE_MS + 3000
    assert clock == SilenceClock(), "the next rung of the ladder has all its time"


def test_words_in_each_turn_keep_a_dialog_going() -> None:
    """Turns with words are each as long as the first."""
    clock = SilenceClock()
    for _ in range(100):
        clock, passed = clock.armed(5000).advanced(3000, paused=False, sounding=True)
        assert not passed
        clock = clock.heard(0.9).stopped()
