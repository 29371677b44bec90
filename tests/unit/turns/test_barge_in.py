"""Barge-in on media time."""

import pytest

from voicebot.turns.barge_in import PATIENCE_MS, BargeIn, Effect, Phase, advanced, has_words, heard

WINDOW_MS = 32


def run(state: BargeIn, duration_ms: int, *, speaking: bool, playing: bool) -> tuple[BargeIn, list[Effect]]:
    """Let time pass; return what was to be done."""
    effects = []
    for _ in range(duration_ms // WINDOW_MS):
        state, effect = advanced(state, WINDOW_MS, speaking=speaking, playing=playing)
        if effect is not None:
            effects.append(effect)
    return state, effects


def suspected() -> BargeIn:
    """Return a barge-in that has paused us."""
    state, effects = run(BargeIn(), 320, speaking=True, playing=True)
    assert effects == [Effect.PAUSE]
    return state


def test_speech_over_ours_pauses_and_words_cancel() -> None:
    """First the pause, then, with words, the end."""
    state, effect = heard(suspected(), "불이 났어요", over=False)
    assert effect is Effect.CANCEL
    assert state.phase is Phase.QUIET


def test_words_cancel_without_a_pause_too() -> None:
    """Words count even before the pause, and from speech that had begun before our sentence."""
    state, effects = run(BargeIn(was_speaking=True), 640, speaking=True, playing=True)
    assert effects == [], "speech from before our sentence is no barge-in by itself"
    assert heard(state, "아니요", over=False)[1] is Effect.CANCEL


@pytest.mark.parametrize("text", ["", "네", "네 네.", "음"])
def test_a_cough_or_a_nod_lets_us_go_on(text: str) -> None:
    """Speech that is over without words of its own resumes the sentence; while it lasts we wait."""
    state = suspected()
    assert heard(state, text, over=False) == (state, None)
    assert heard(state, text, over=True)[1] is Effect.RESUME


def test_noise_without_end_is_waited_for_only_so_long() -> None:
    """We go on over a siren and do not pause for it again, but words still stop us."""
    state, effects = run(suspected(), PATIENCE_MS + 64, speaking=True, playing=False)
    assert effects == [Effect.RESUME]
    state, effects = run(state, 3000, speaking=True, playing=True)
    assert effects == []
    assert heard(state, "사람이 쓰러졌어요", over=False)[1] is Effect.CANCEL


def test_a_click_does_not_pause() -> None:
    """Less than the time of a syllable is no suspicion."""
    assert run(BargeIn(), 96, speaking=True, playing=True)[1] == []


def test_one_word_that_is_no_nod_is_enough() -> None:
    """An alarm is one word."""
    assert has_words("불이야")
    assert has_words("네 사람이요")
    assert not has_words("네, 예.")
