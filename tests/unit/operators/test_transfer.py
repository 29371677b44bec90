"""The warm transfer machine, by its histories."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.operators.pool import Operator
from voicebot.operators.transfer import (
    Attempt,
    BriefSpoken,
    CallerLeft,
    ClaimOperator,
    Effect,
    Event,
    FinishTransfer,
    JoinLegs,
    Limits,
    NobodyLeft,
    OperatorAnswered,
    OperatorClaimed,
    OperatorEnded,
    OperatorKey,
    Outcome,
    Phase,
    ReleaseOperator,
    RingOperator,
    SpeakBrief,
    TimePassed,
    TransferState,
    begin,
    outcome_of,
    step,
)

LIMITS = Limits()
DESK = Operator("desk1", "sip:desk1@127.0.0.1")
OTHER = Operator("desk2", "sip:desk2@127.0.0.1")


def play(*events: Event, at_ms: int = 0) -> tuple[TransferState, list[Effect]]:
    """Feed events at one moment; return the last state and all effects."""
    state, effects = begin(at_ms, LIMITS)
    seen = list(effects)
    for event in events:
        state, effects = step(state, event, at_ms, LIMITS)
        seen += effects
    return state, seen


def test_key_1_joins_after_the_brief_was_started() -> None:
    """Claimed, answered, briefed, accepted: the legs are joined and nothing is finished yet."""
    state, effects = play(OperatorClaimed(DESK), OperatorAnswered(), OperatorKey("1"))
    assert state.phase is Phase.CONNECTED
    assert effects == [
        ClaimOperator(frozenset()),
        RingOperator(DESK, LIMITS.ring_ms),
        SpeakBrief(),
        JoinLegs(),
    ]


def test_a_key_before_the_answer_accepts_nothing() -> None:
    """While it rings there is nobody who could accept."""
    state, _ = play(OperatorClaimed(DESK), OperatorKey("1"))
    assert state.phase is Phase.RINGING


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (486, Outcome.BUSY),
        (480, Outcome.NO_ANSWER),
        (408, Outcome.NO_ANSWER),
        (603, Outcome.DECLINED),
        (503, Outcome.UNREACHABLE),
        (404, Outcome.UNREACHABLE),
        (0, Outcome.NO_LEG),
        (488, Outcome.FAILED),
    ],
)
def test_a_refused_call_goes_on_to_the_next_desk(code: int, outcome: Outcome) -> None:
    """Each refusal has its name, frees the desk and asks for another one; then the caller goes back."""
    state, effects = play(OperatorClaimed(DESK), OperatorEnded(code))
    assert state.phase is Phase.WAITING
    assert effects[-2:] == [ReleaseOperator(DESK), ClaimOperator(frozenset({"desk1"}))]
    assert state.attempts == (Attempt("desk1", outcome),)
    _, last = step(state, NobodyLeft(), 0, LIMITS)
    assert last == (FinishTransfer(outcome, "desk1"),)
    assert outcome_of(code) is outcome


def test_ringing_has_an_end() -> None:
    """A phone that nobody picks up is given up at the ring limit, not before."""
    state, _ = play(OperatorClaimed(DESK))
    early, effects = step(state, TimePassed(), LIMITS.ring_ms - 1, LIMITS)
    assert (early, effects) == (state, ())
    late, effects = step(state, TimePassed(), LIMITS.ring_ms, LIMITS)
    assert late.attempts == (Attempt("desk1", Outcome.NO_ANSWER),)
    assert effects[0] == ReleaseOperator(DESK)


def test_a_machine_that_answers_but_never_presses_a_key_gets_nobody() -> None:
    """An answer without a key (a voicemail) ends at the accept limit."""
    state, _ = play(OperatorClaimed(DESK), OperatorAnswered())
    state, _ = step(state, BriefSpoken(), 6000, LIMITS)
    assert step(state, TimePassed(), 6000 + LIMITS.accept_ms - 1, LIMITS) == (state, ())
    state, effects = step(state, TimePassed(), 6000 + LIMITS.accept_ms, LIMITS)
    assert state.attempts == (Attempt("desk1", Outcome.NO_ANSWER),)
    assert JoinLegs() not in effects


def test_key_3_repeats_and_key_2_declines() -> None:
    """The brief is spoken again on 3 and the hunt goes on after 2."""
    state, effects = play(OperatorClaimed(DESK), OperatorAnswered(), OperatorKey("3"))
    assert effects.count(SpeakBrief()) == 2
    state, _ = step(state, OperatorKey("2"), 0, LIMITS)
    assert state.attempts == (Attempt("desk1", Outcome.DECLINED),)


def test_a_caller_who_leaves_frees_the_desk_and_the_operator_is_told() -> None:
    """During the brief the operator hears why his call ends."""
    state, effects = play(OperatorClaimed(DESK), OperatorAnswered(), CallerLeft())
    assert state.phase is Phase.OVER
    assert effects[-2:] == [
        ReleaseOperator(DESK, caller_left=True),
        FinishTransfer(Outcome.CALLER_LEFT, "desk1"),
    ]


def test_an_operator_who_drops_after_connecting_gives_the_caller_back() -> None:
    """The caller is never dropped with him."""
    _, effects = play(OperatorClaimed(DESK), OperatorAnswered(), OperatorKey("1"), OperatorEnded(200))
    assert effects[-1] == FinishTransfer(Outcome.OPERATOR_LEFT, "desk1")


EVENTS = st.sampled_from(
    [
        OperatorClaimed(DESK),
        OperatorClaimed(OTHER),
        NobodyLeft(),
        OperatorAnswered(),
        BriefSpoken(),
        OperatorKey("1"),
        OperatorKey("2"),
        OperatorKey("3"),
        OperatorKey("9"),
        OperatorEnded(486),
        OperatorEnded(200),
        OperatorEnded(0),
        CallerLeft(),
        TimePassed(),
    ]
)


@given(st.lists(st.tuples(EVENTS, st.integers(0, 30_000)), max_size=30))
def test_every_history_frees_what_it_took_and_finishes_once(history: list[tuple[Event, int]]) -> None:
    """Whatever happens, each rung desk is released or still ours, and the end is told at most once."""
    state, effects = begin(0, LIMITS)
    seen, now_ms = list(effects), 0
    for event, later_ms in history:
        now_ms += later_ms
        state, effects = step(state, event, now_ms, LIMITS)
        seen += effects
    rung = sum(isinstance(effect, RingOperator) for effect in seen)
    released = sum(isinstance(effect, ReleaseOperator) for effect in seen)
    finished = sum(isinstance(effect, FinishTransfer) for effect in seen)
    still_ours = state.operator is not None and state.phase is not Phase.OVER
    assert rung == released + still_ours
    assert finished == (state.phase is Phase.OVER)
    for _ in range(40):  # and left alone, it comes to an end by its own clocks
        if state.phase in (Phase.OVER, Phase.CONNECTED):
            break
        state, _ = step(state, TimePassed(), now_ms := now_ms + 60_000, LIMITS)
    assert state.phase in (Phase.OVER, Phase.CONNECTED)
