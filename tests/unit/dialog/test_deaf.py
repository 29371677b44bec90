"""A dialog that hears nothing: keys lead on, and a human is rung again and again."""

from tests.unit.dialog.conftest import DIALOGS
from voicebot.dialog import (
    Effect,
    Event,
    KeyPressed,
    RecogniserFailed,
    RequestTransfer,
    Say,
    SilencePassed,
    State,
    TransferFailed,
    begin,
    load_dialog,
    step,
)

DIALOG = load_dialog(DIALOGS / "119.yaml")


def run(*events: Event) -> tuple[State, tuple[Effect, ...]]:
    state, effects = begin(DIALOG)
    for event in events:
        state, effects = step(DIALOG, state, event)
    return state, effects


def test_a_failed_recogniser_rings_a_human() -> None:
    """The operator hears why: the bot could not understand."""
    _, effects = run(RecogniserFailed())
    (transfer,) = [effect for effect in effects if isinstance(effect, RequestTransfer)]
    assert (transfer.reason, transfer.urgency) == ("recogniser_failed", "unknown")
    assert "고장" in transfer.brief


def test_two_keys_say_that_help_is_needed() -> None:
    """Nobody was there: a key gets the offer, and a second one is an urgent call, rung at once."""
    _, effects = run(RecogniserFailed(), TransferFailed("no_answer"), KeyPressed("5"))
    assert any(isinstance(effect, Say) and effect.prompt == "silence_keypad" for effect in effects)
    state, effects = run(RecogniserFailed(), TransferFailed("no_answer"), KeyPressed("5"), KeyPressed("5"))
    assert state.assessment.urgency == "urgent"
    assert any(isinstance(effect, RequestTransfer) for effect in effects)


def test_silence_rings_a_human_again() -> None:
    """Who does nothing at all is not forgotten."""
    _, effects = run(RecogniserFailed(), TransferFailed("busy"), SilencePassed(0))
    assert any(isinstance(effect, RequestTransfer) for effect in effects)
