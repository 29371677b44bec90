"""When a caller who pauses has said enough, by the shipped dialog."""

from pathlib import Path

import pytest

from voicebot.calls.hearing.early_endpoint import early_endpoint_ms
from voicebot.dialog import Dialog, Heard, State, begin, load_dialog

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def script() -> Dialog:
    """The shipped conversation."""
    return load_dialog(ROOT / "dialogs" / "119.yaml")


def heard(text: str) -> Heard:
    """Make a recognised text."""
    return Heard(text, 0.9, 0, 1000)


def first(script: Dialog) -> State:
    """Return the state after the greeting."""
    return begin(script)[0]


def test_all_that_was_asked_for_shortens_the_pause(script: Dialog) -> None:
    """What happened and where is all that the first question asks."""
    shorter = early_endpoint_ms(script, first(script), heard("강남구 역삼동에 나무가 쓰러졌어요"), 700)
    assert shorter is not None
    assert 300 <= shorter < 700


def test_a_part_of_it_does_not(script: Dialog) -> None:
    """A caller who has named only his gu, or is in the middle of a sentence, has all his time."""
    assert early_endpoint_ms(script, first(script), heard("강남구요"), 700) is None
    assert early_endpoint_ms(script, first(script), heard(""), 700) is None
    assert early_endpoint_ms(script, first(script), heard("강남구 역삼동에 나무가 쓰러"), 700) is None


def test_a_call_for_a_human_is_enough_at_once(script: Dialog) -> None:
    """Nobody who asks for a human waits out a long pause."""
    assert early_endpoint_ms(script, first(script), heard("사람 바꿔 주세요"), 700) == 350
