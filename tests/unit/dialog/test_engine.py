"""What holds in every state of the conversation, by histories that nobody thought of."""

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.dialog.conftest import DIALOGS
from voicebot.dialog import (
    CloseIncident,
    Dialog,
    Effect,
    Event,
    Heard,
    KeyPressed,
    Listen,
    PromptFinished,
    QueueMoved,
    RecogniserFailed,
    RequestTransfer,
    Say,
    SilencePassed,
    State,
    TimeLimitReached,
    TransferConnected,
    TransferDelayed,
    TransferFailed,
    UnclearHeard,
    UpdateIncident,
    begin,
    load_dialog,
    step,
)
from voicebot.vocabulary.urgency import higher

DIALOG = load_dialog(DIALOGS / "119.yaml")
MOST_TURNS = 30
"""No caller who does anything at all stays longer without a human or a complete report."""

TEXTS = st.sampled_from(
    [
        "네", "아니요", "몰라요", "뭐라고요", "어", "역삼동이요", "신사동이요", "은평구요", "아니요 삼성동이요",
        "나무가 쓰러졌어요", "고양이가 나무 위에 있어요", "약국 알려주세요", "여보세요", "",
    ]
)  # fmt: skip
GRAVE = st.sampled_from(["불이 났어요", "숨을 안 쉬어요", "사람 바꿔 주세요", "살려주세요"])


def heard(text: str, *, partial: bool = False) -> Heard:
    return Heard(text, 0.8, 0, 1000, partial=partial)


TURNS = st.one_of(
    TEXTS.map(heard),
    st.sampled_from("0123456789*#").map(KeyPressed),
    st.just(SilencePassed(0)),
    st.just(UnclearHeard()),
    st.just(RecogniserFailed()),
    st.just(TimeLimitReached()),
)
ANY: st.SearchStrategy[Event] = st.one_of(
    TURNS,
    GRAVE.map(heard),
    st.one_of(TEXTS, GRAVE).map(lambda text: heard(text, partial=True)),
    st.sampled_from(["busy", "no_answer", "declined", "unreachable", "no_leg", "failed"]).map(TransferFailed),  # type: ignore[arg-type]
    st.just(TransferConnected("op1")),
    st.sampled_from([QueueMoved(0), QueueMoved(1, 30), QueueMoved(12, 400)]),
    st.just(PromptFinished("greeting")),
)


def run(events: list[Event], dialog: Dialog = DIALOG) -> tuple[State, list[Effect]]:
    state, effects = begin(dialog)
    done = list(effects)
    for event in events:
        state, effects = step(dialog, state, event)
        done += effects
    return state, done


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY, max_size=12), st.lists(TURNS, min_size=MOST_TURNS, max_size=MOST_TURNS))
def test_every_state_reaches_a_human_or_a_complete_report(before: list[Event], after: list[Event]) -> None:
    """From wherever a call is, whatever comes next ends at a human or in the report within few turns."""
    state, _ = run(before)
    if state.phase != "talking" or state.reported:
        return
    for event in after:
        state, effects = step(DIALOG, state, event)
        if any(isinstance(effect, RequestTransfer | CloseIncident) for effect in effects):
            return
    pytest.fail(f"still in step {state.step} after {MOST_TURNS} turns")


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY, max_size=12))
def test_zero_reaches_a_human_from_everywhere(before: list[Event]) -> None:
    """One key is always enough, and so is one word."""
    state, _ = run(before)
    if state.phase != "talking":
        return
    for event in (KeyPressed("0"), heard("사람이요"), heard("사람 바꿔 주세요", partial=True)):
        _, effects = step(DIALOG, state, event)
        assert any(isinstance(effect, RequestTransfer) for effect in effects)


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY, max_size=16))
def test_urgency_never_falls_and_floors_are_given(events: list[Event]) -> None:
    """In every history urgency only rises, and who still talks with the bot is listened to."""
    state, _ = begin(DIALOG)
    for event in events:
        before = state.assessment.urgency
        state, effects = step(DIALOG, state, event)
        assert higher(before, state.assessment.urgency) == state.assessment.urgency
        assert sum(isinstance(effect, Listen) for effect in effects) <= 1
        if any(type(effect).__name__ == "Say" for effect in effects):
            assert any(isinstance(effect, Listen) for effect in effects)


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY, max_size=12))
def test_nothing_urgent_is_closed_before_a_human_was_tried(events: list[Event]) -> None:
    """A report of an urgent or unknown call is closed only after a transfer failed."""
    state, _ = begin(DIALOG)
    for event in events:
        state, effects = step(DIALOG, state, event)
        if any(isinstance(effect, CloseIncident) for effect in effects):
            assert state.transfers_failed or not state.assessment.routed_as_urgent


def test_there_is_no_way_to_end_a_call() -> None:
    """No effect, and no field of one, ends or refuses a call."""
    names = {kind.__name__ for kind in Effect.__args__}
    assert names == {"Say", "Listen", "RequestTransfer", "Rerank", "UpdateIncident", "CloseIncident"}
    assert {field.name for field in fields(CloseIncident)} == {"state"}


def test_a_partial_never_advances() -> None:
    """An unfinished utterance fills nothing and asks nothing."""
    state, _ = begin(DIALOG)
    after, effects = step(DIALOG, state, heard("역삼동에 나무가 쓰러졌어요", partial=True))
    assert (after.step, after.assessment.location, effects) == (state.step, None, ())


def test_a_report_is_written_before_it_is_acted_on() -> None:
    """What was heard is the first effect, ahead of ringing a human."""
    state, _ = begin(DIALOG)
    _, effects = step(DIALOG, state, heard("숨을 안 쉬어요"))
    assert isinstance(effects[0], UpdateIncident)
    assert effects[0].assessment.flags == ("not_breathing",)


def test_once_a_human_talks_the_bot_is_silent() -> None:
    """After the connection nothing that happens makes the bot act."""
    state, _ = run([KeyPressed("0"), TransferConnected("op1")])
    for event in (heard("불이 났어요"), SilencePassed(0), KeyPressed("0")):
        assert step(DIALOG, state, event) == (state, ())


def test_a_caller_whose_operator_is_gone_is_ours_again() -> None:
    """The bot speaks on, and rings the next human when the caller stays silent."""
    state, _ = run([KeyPressed("0"), TransferConnected("op1")])
    state, effects = step(DIALOG, state, TransferFailed("operator_left"))
    assert next(effect.prompt for effect in effects if isinstance(effect, Say)) == "transfer_operator_left"
    for _ in range(2):
        state, effects = step(DIALOG, state, SilencePassed(0))
    assert any(isinstance(effect, RequestTransfer) for effect in effects)


def test_news_of_a_transfer_that_was_not_asked_for_changes_nothing() -> None:
    """A late failure report does not confuse the conversation."""
    state, _ = begin(DIALOG)
    assert step(DIALOG, state, TransferFailed("busy"))[0] == state


def test_a_human_may_take_a_caller_who_is_back_with_the_bot() -> None:
    """The caller stays on the waiting list: the bot falls silent, and takes over again when that human is gone."""
    state, _ = run([KeyPressed("0"), TransferFailed("busy")])
    assert state.phase == "talking"
    state, effects = step(DIALOG, state, TransferConnected("op1"))
    assert (state.phase, effects) == ("connected", ())
    _, effects = step(DIALOG, state, TransferFailed("operator_left"))
    assert next(effect.prompt for effect in effects if isinstance(effect, Say)) == "transfer_operator_left"


@pytest.mark.parametrize("before", [[KeyPressed("0")], [KeyPressed("0"), TransferFailed("busy")]])
def test_a_human_who_breaks_off_is_followed_by_a_sentence(before: list[Event]) -> None:
    """The caller hears that the search goes on, whether or not the bot had the call back meanwhile."""
    state, _ = run(before)
    after, effects = step(DIALOG, state, TransferDelayed())
    assert next(effect.prompt for effect in effects if isinstance(effect, Say)) == "transfer_waiting"
    assert isinstance(effects[-1], Listen)
    assert after.step == state.step


def test_the_brief_is_short() -> None:
    """The operator hears about six seconds, at 5 to 6 syllables a second."""
    state, _ = begin(DIALOG)
    text = "강남구 역삼동 테헤란로 백오십이 아이가 숨을 안 쉬고 의식이 없어요 피가 나요 여러 명이 쓰러졌어요"
    _, effects = step(DIALOG, state, heard(text))
    brief = next(effect.brief for effect in effects if isinstance(effect, RequestTransfer))
    assert "호흡 없음" in brief
    assert sum(char.isalnum() for char in brief) <= 40
