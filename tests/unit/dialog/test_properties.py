"""What holds in every shipped dialog, by histories that nobody thought of."""

import itertools
import statistics
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.dialog.conftest import DIALOGS
from tests.unit.dialog.test_engine import ANY, MOST_TURNS, TURNS, heard
from voicebot.dialog import CloseIncident, Dialog, Event, RequestTransfer, State, begin, load_dialog, step

LOADED = {path.stem: load_dialog(path) for path in sorted(DIALOGS.glob("*.yaml"))}
WORDS = st.sampled_from(
    ["네 안전해요", "못 지나가요", "무릎까지요", "두 명이요", "hello please", "yes", "no", "Seoul station", "잘못 걸었어요"]
).map(heard)  # fmt: skip
EVENTS: st.SearchStrategy[Event] = st.one_of(ANY, WORDS)
ANSWERS = st.one_of(TURNS, WORDS)


def played(dialog: Dialog, events: list[Event]) -> list[State]:
    """Return every state that a history passes through."""
    state, _ = begin(dialog)
    states = [state]
    for event in events:
        state, _ = step(dialog, state, event)
        states.append(state)
    return states


@pytest.mark.parametrize("name", LOADED)
def test_every_state_of_every_flow_reaches_a_human_or_a_report(name: str) -> None:
    """Whatever was said before and whatever comes next, it ends well in a bounded number of turns."""
    dialog = LOADED[name]

    @settings(max_examples=25, deadline=None)
    @given(st.lists(EVENTS, max_size=10), st.lists(ANSWERS, min_size=MOST_TURNS, max_size=MOST_TURNS))
    def holds(before: list[Event], after: list[Event]) -> None:
        state = played(dialog, before)[-1]
        if state.phase != "talking" or state.reported:
            return
        for event in after:
            state, effects = step(dialog, state, event)
            if any(isinstance(effect, RequestTransfer | CloseIncident) for effect in effects):
                return
        pytest.fail(f"still in step {state.step} after {MOST_TURNS} turns")

    holds()


@pytest.mark.parametrize("name", LOADED)
def test_an_answer_is_lost_to_nothing_but_a_no_to_itself(name: str) -> None:
    """A correction of the place, a repeat or a transfer leaves every other answer as it was."""
    dialog = LOADED[name]

    @settings(max_examples=25, deadline=None)
    @given(st.lists(EVENTS, max_size=16))
    def holds(events: list[Event]) -> None:
        states = played(dialog, events)
        for before, after in itertools.pairwise(states):
            confirmed = dialog.steps[before.step]
            own = getattr(confirmed, "slot", None)
            lost = {
                slot
                for slot, value in before.slots.items()
                if slot not in after.slots and value != "unknown" and slot != own
            }
            assert not lost, f"{lost} lost in {before.step}"

    holds()


@settings(max_examples=30, deadline=None)
@given(st.lists(EVENTS, max_size=12))
def test_the_engine_is_deterministic(events: list[Event]) -> None:
    """The same history gives the same states, so a call can be played again from its journal."""
    dialog = LOADED["119"]
    assert played(dialog, events) == played(dialog, events)


def test_the_last_of_a_thousand_turns_costs_no_more_than_the_first() -> None:
    """The engine keeps nothing from call to call that would make it slower."""
    dialog = LOADED["119"]
    texts = [
        "여기 강서구 화곡동인데요",
        "길에 맨홀 뚜껑이 열려 있어요",
        "네 맞아요",
        "네 다친 사람은 없어요",
        "아 그리고 물이 조금 나와요",
    ]
    spent: list[float] = []
    for _ in range(200):
        began = time.process_time()
        state, _ = begin(dialog)
        for text in texts:
            state, _ = step(dialog, state, heard(text))
        spent.append(time.process_time() - began)
    assert statistics.median(spent[-50:]) < 3 * statistics.median(spent[:50])
