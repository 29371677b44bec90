"""A caller who calls again begins where the earlier call was cut off."""

from tests.unit.dialog.conftest import DIALOGS
from voicebot.dialog import CalledAgain, Effect, Heard, RequestTransfer, Say, State, begin, load_dialog, step
from voicebot.understanding import Assessment, Location

DIALOG = load_dialog(DIALOGS / "119.yaml")
PLACE = Location(text="역삼동 테헤란로 152", gu="강남구", dong="역삼동", road="테헤란로", number="152")


def again(known: Assessment) -> tuple[State, tuple[Effect, ...]]:
    state, _ = begin(DIALOG)
    return step(DIALOG, state, CalledAgain(known))


def heard(text: str) -> Heard:
    return Heard(text, 0.9, 0, 1000)


def test_who_was_urgent_gets_a_human_at_once() -> None:
    """No question is asked twice: a human is rung, and hears what the first call told."""
    known = Assessment("fire", "fire.building", "urgent", ("trapped",), PLACE)
    state, effects = again(known)
    (transfer,) = [effect for effect in effects if isinstance(effect, RequestTransfer)]
    assert (transfer.urgency, transfer.reason) == ("urgent", "called_again")
    for told in ("긴급", "화재", "갇힘", "역삼동", "다시 전화한"):
        assert told in transfer.brief
    assert state.phase == "transferring"
    assert any(isinstance(effect, Say) and "역삼동" in effect.text for effect in effects)


def test_the_urgency_never_falls_below_that_of_the_earlier_call() -> None:
    """Calm words of a second call leave an earlier potential danger as it was; unknown stays unknown."""
    state, effects = again(Assessment("ems", urgency="potential"))
    assert not any(isinstance(effect, RequestTransfer) for effect in effects)
    assert state.assessment.urgency == "unknown", "an unknown urgency is routed as urgent"
    state, _ = step(DIALOG, state, heard("고양이가 나무 위에 있어요"))
    assert state.assessment.urgency == "potential"
    assert any(item.rule == "earlier_call" for item in state.assessment.evidence)


def test_a_graver_word_still_raises_it() -> None:
    """The earlier judgement is a floor, not a ceiling."""
    state, _ = again(Assessment("safety", urgency="non_urgent"))
    state, _ = step(DIALOG, state, heard("숨을 안 쉬어요"))
    assert state.assessment.urgency == "urgent"


def test_the_earlier_place_holds_until_another_is_named() -> None:
    """Two places are never mixed: one that is named in this call replaces the earlier one as a whole."""
    state, _ = again(Assessment("safety", urgency="non_urgent", location=PLACE))
    state, _ = step(DIALOG, state, heard("나무가 쓰러졌어요"))
    assert state.assessment.location == PLACE
    assert not state.place_confirmed
    state, _ = step(DIALOG, state, heard("망원동이에요"))
    place = state.assessment.location
    assert place is not None
    assert (place.dong, place.road, place.number) == ("망원동", None, None)
