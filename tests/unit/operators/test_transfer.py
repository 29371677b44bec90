"""The transfer machine, transition by transition."""

import pytest

from tests.fakes.transfer_machine import FALLBACK, LIMITS, ONE, THREE, TWO, MachineStage
from voicebot.operators.outcomes import Attempt, Outcome, outcome_of, outcome_of_refer
from voicebot.operators.transfer_events import (
    AcceptedOnScreen,
    AskedAgain,
    AudioProven,
    BriefSpoken,
    CallerLeft,
    ClaimOperators,
    DeclinedOnScreen,
    DropClaim,
    FinishTransfer,
    JoinFailed,
    JoinLegs,
    NobodyLeft,
    NoteAttempt,
    OperatorAnswered,
    OperatorEnded,
    OperatorKey,
    OperatorsClaimed,
    Reassure,
    ReferCaller,
    ReferMoved,
    ReferToOperator,
    ReleaseOperator,
    ReturnCaller,
    RingOperator,
    SpeakBrief,
    TimePassed,
    WhisperBrief,
)
from voicebot.operators.transfer_plan import Plan, RingDesks, SendCaller
from voicebot.operators.transfer_state import Phase

RING_ONE = (OperatorsClaimed((ONE,)),)
BRIEF_ONE = (*RING_ONE, OperatorAnswered("desk1"))
JOIN_ONE = (*BRIEF_ONE, OperatorKey("desk1", "1"))
TALK_ONE = (*JOIN_ONE, AudioProven())


# --- the good way ----------------------------------------------------------------------------------


def test_a_warm_transfer_rings_briefs_joins_and_is_done_when_audio_was_seen() -> None:
    """Claimed, answered, briefed, accepted, proven: each step has its effect and nothing is finished."""
    stage = MachineStage()
    stage.play(*TALK_ONE)
    assert stage.effects == [
        ClaimOperators(None, frozenset()),
        RingOperator(ONE, LIMITS.ring_ms),
        SpeakBrief(ONE),
        JoinLegs(ONE),
        NoteAttempt(Attempt("desk1", Outcome.CONNECTED, "warm")),
    ]
    assert stage.is_at(Phase.CONNECTED)
    assert stage.after(10**7, TimePassed()) == ()


def test_before_audio_was_seen_nothing_counts_as_connected() -> None:
    """The bridge alone proves nothing."""
    stage = MachineStage()
    stage.play(*JOIN_ONE)
    assert stage.is_at(Phase.JOINING)
    assert stage.outcomes == []


def test_the_caller_ends_a_talk() -> None:
    """A caller who hangs up after the talk has been served; the operator hears no sentence."""
    stage = MachineStage()
    stage.play(*TALK_ONE)
    found = stage.play(CallerLeft())
    assert ReleaseOperator(ONE, Outcome.CALLER_LEFT, tell_caller_left=False) in found
    assert found[-1] == FinishTransfer(Outcome.CONNECTED, "desk1")
    assert stage.outcomes == [("desk1", Outcome.CONNECTED)]


# --- several desks ---------------------------------------------------------------------------------


def test_of_several_the_first_who_answers_has_the_caller_and_the_others_are_let_go() -> None:
    """They are freed without an outcome of their own; a second answer comes too late."""
    stage = MachineStage()
    stage.play(OperatorsClaimed((ONE, TWO, THREE)))
    found = stage.play(OperatorAnswered("desk2"))
    assert found == (ReleaseOperator(ONE), ReleaseOperator(THREE), SpeakBrief(TWO))
    assert stage.play(OperatorAnswered("desk1")) == ()
    assert stage.outcomes == []


def test_one_of_several_who_refuses_leaves_the_others_ringing() -> None:
    """Only when the last one has refused are others looked for, without those who did."""
    stage = MachineStage()
    stage.play(OperatorsClaimed((ONE, TWO)))
    assert stage.play(OperatorEnded("desk1", 486)) == (
        ReleaseOperator(ONE, Outcome.BUSY),
        NoteAttempt(Attempt("desk1", Outcome.BUSY, "warm", 486)),
    )
    assert stage.is_at(Phase.RINGING)
    stage.play(OperatorEnded("desk2", 603))
    assert stage.is_at(Phase.WAITING)
    assert stage.claims[-1] == ClaimOperators(None, frozenset({"desk1", "desk2"}))


def test_those_who_were_let_go_may_be_rung_again() -> None:
    """After the quicker one declined, who rang beside him is asked again."""
    stage = MachineStage()
    stage.play(OperatorsClaimed((ONE, TWO)), OperatorAnswered("desk1"), OperatorKey("desk1", "2"))
    assert stage.claims[-1].tried == {"desk1"}


def test_ringing_has_an_end_for_all() -> None:
    """Phones that nobody picks up are given up at the ring limit, not before."""
    stage = MachineStage()
    stage.play(OperatorsClaimed((ONE, TWO)))
    assert stage.after(LIMITS.ring_ms - 1, TimePassed()) == ()
    found = stage.after(1, TimePassed())
    assert [effect for effect in found if isinstance(effect, ReleaseOperator)] == [
        ReleaseOperator(ONE, Outcome.NO_ANSWER),
        ReleaseOperator(TWO, Outcome.NO_ANSWER),
    ]
    assert stage.outcomes == [("desk1", Outcome.NO_ANSWER), ("desk2", Outcome.NO_ANSWER)]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (486, Outcome.BUSY),
        (600, Outcome.BUSY),
        (480, Outcome.NO_ANSWER),
        (408, Outcome.NO_ANSWER),
        (603, Outcome.DECLINED),
        (503, Outcome.UNREACHABLE),
        (404, Outcome.UNREACHABLE),
        (0, Outcome.NO_LEG),
        (488, Outcome.FAILED),
    ],
)
def test_a_refusal_has_its_name_and_goes_on_to_the_next_desk(code: int, outcome: Outcome) -> None:
    """Each refusal is noted with its status, frees the desk and asks for another one."""
    stage = MachineStage()
    found = stage.play(*RING_ONE, OperatorEnded("desk1", code))
    assert found[-1] == ClaimOperators(None, frozenset({"desk1"}))
    assert NoteAttempt(Attempt("desk1", outcome, "warm", code or None)) in found
    assert outcome_of(code) is outcome
    assert stage.play(NobodyLeft())[0] == ReturnCaller(outcome)


# --- accepting -------------------------------------------------------------------------------------


def test_a_key_while_it_rings_accepts_nothing() -> None:
    """There is nobody yet who could accept; nor does the key of another desk count."""
    stage = MachineStage()
    stage.play(*RING_ONE, OperatorKey("desk1", "1"))
    assert stage.is_at(Phase.RINGING)
    stage.play(OperatorAnswered("desk1"), OperatorKey("desk2", "1"))
    assert stage.is_at(Phase.BRIEFING)


def test_a_machine_that_answers_but_presses_no_key_gets_nobody() -> None:
    """An answer without a key (a voicemail) is timed out at the accept limit."""
    stage = MachineStage()
    stage.play(*BRIEF_ONE)
    stage.after(6_000, BriefSpoken("desk1"))
    assert stage.after(LIMITS.accept_ms - 1, TimePassed()) == ()
    stage.after(1, TimePassed())
    assert stage.outcomes == [("desk1", Outcome.TIMED_OUT)]
    assert not any(isinstance(effect, JoinLegs) for effect in stage.effects)


def test_a_brief_whose_end_is_never_told_does_not_hold_the_caller() -> None:
    """Without BriefSpoken the limits of brief and acceptance together decide."""
    stage = MachineStage()
    stage.play(*BRIEF_ONE)
    stage.after(LIMITS.brief_ms + LIMITS.accept_ms, TimePassed())
    assert stage.outcomes == [("desk1", Outcome.TIMED_OUT)]


def test_key_3_repeats_the_brief_but_not_for_ever() -> None:
    """However often it is pressed, the caller waits no longer than the whole briefing may last."""
    stage = MachineStage()
    stage.play(*BRIEF_ONE)
    repeats = 0
    while stage.is_at(Phase.BRIEFING):
        repeats += stage.after(5_000, OperatorKey("desk1", "3"), TimePassed()).count(SpeakBrief(ONE))
    assert repeats == LIMITS.briefing_ms // 5_000
    assert stage.now_ms == LIMITS.briefing_ms


def test_key_2_and_hanging_up_decline() -> None:
    """Who puts the phone down during the brief has said no; a leg that breaks has another name."""
    for last, outcome in (
        (OperatorKey("desk1", "2"), Outcome.DECLINED),
        (DeclinedOnScreen("desk1"), Outcome.DECLINED),
        (OperatorEnded("desk1", 200), Outcome.DECLINED),
        (OperatorEnded("desk1", 408), Outcome.UNREACHABLE),
    ):
        stage = MachineStage()
        stage.play(*BRIEF_ONE, last)
        assert stage.outcomes == [("desk1", outcome)]
        assert stage.is_at(Phase.WAITING)


def test_the_screen_accepts_during_the_brief_and_in_advance() -> None:
    """Accepted while it rings, the operator is joined as soon as he picks up, without the brief."""
    stage = MachineStage()
    stage.play(*BRIEF_ONE, AcceptedOnScreen("desk1"))
    assert stage.is_at(Phase.JOINING)
    stage = MachineStage()
    stage.play(OperatorsClaimed((ONE, TWO)), AcceptedOnScreen("desk1"), AcceptedOnScreen("desk9"))
    assert stage.play(OperatorAnswered("desk1")) == (ReleaseOperator(TWO), JoinLegs(ONE))


def test_the_screen_declines_while_it_rings() -> None:
    """One desk less; the others ring on."""
    stage = MachineStage()
    stage.play(OperatorsClaimed((ONE, TWO)), DeclinedOnScreen("desk1"))
    assert stage.is_at(Phase.RINGING)
    assert stage.outcomes == [("desk1", Outcome.DECLINED)]


# --- joining ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (TimePassed(), Outcome.FAILED),
        (JoinFailed(), Outcome.FAILED),
        (OperatorEnded("desk1", 200), Outcome.OPERATOR_LEFT),
    ],
)
def test_a_bridge_without_audio_is_given_up_and_the_caller_hears_a_sentence(
    last: TimePassed | JoinFailed | OperatorEnded, outcome: Outcome
) -> None:
    """The operator is released, the next desk is looked for, and silence is not the answer."""
    stage = MachineStage()
    stage.play(*JOIN_ONE)
    found = stage.after(LIMITS.proof_ms, last)
    assert ReleaseOperator(ONE, outcome) in found
    assert found[-2:] == (ClaimOperators(None, frozenset({"desk1"})), Reassure())


def test_hot_joins_at_once_and_whispers() -> None:
    """Whoever picks up has the caller; the brief comes while they are joined."""
    stage = MachineStage(mode="hot")
    found = stage.play(*RING_ONE, OperatorAnswered("desk1"))
    assert found[1:] == (JoinLegs(ONE), WhisperBrief(ONE))
    stage.play(AudioProven())
    assert stage.effects[-1] == NoteAttempt(Attempt("desk1", Outcome.CONNECTED, "hot"))


# --- replaces --------------------------------------------------------------------------------------


def test_replaces_joins_first_and_is_done_with_the_2xx_of_the_notify() -> None:
    """The caller is never in silence while his leg moves; after the 2xx nothing is ours any more."""
    stage = MachineStage(replaces=True)
    found = stage.play(*JOIN_ONE)
    assert found[-2:] == (JoinLegs(ONE), ReferToOperator(ONE))
    assert stage.play(ReferMoved(100, final=False), AudioProven()) == ()
    found = stage.play(ReferMoved(200, final=True))
    assert found == (
        ReleaseOperator(ONE, Outcome.CONNECTED),
        NoteAttempt(Attempt("desk1", Outcome.CONNECTED, "warm", 200)),
        FinishTransfer(Outcome.CONNECTED, "desk1"),
    )


@pytest.mark.parametrize("last", [ReferMoved(403, final=True), TimePassed(), ReferMoved(180, final=True)])
def test_a_refer_that_fails_leaves_the_bridge(last: ReferMoved | TimePassed) -> None:
    """Refused, ended without a final status, or never finished: the two go on hearing each other."""
    stage = MachineStage(replaces=True)
    stage.play(*JOIN_ONE, AudioProven())
    stage.after(LIMITS.refer_ms, last)
    assert stage.is_at(Phase.CONNECTED)
    assert stage.outcomes == [("desk1", Outcome.CONNECTED)]
    assert not any(isinstance(effect, ReleaseOperator) for effect in stage.effects)


def test_a_refer_that_fails_before_audio_was_seen_still_needs_the_proof() -> None:
    """The bridge gets its time, and is given up when nothing comes."""
    stage = MachineStage(replaces=True)
    stage.play(*JOIN_ONE, ReferMoved(500, final=True))
    assert stage.is_at(Phase.JOINING)
    stage.after(LIMITS.proof_ms, TimePassed())
    assert stage.outcomes == [("desk1", Outcome.FAILED)]


def test_an_operators_leg_that_ends_while_it_is_replaced_waits_for_the_notify() -> None:
    """Its end is part of the move; only when the NOTIFY stays away was it a loss."""
    stage = MachineStage(replaces=True)
    assert stage.play(*JOIN_ONE, OperatorEnded("desk1", 200))[-1] == ReferToOperator(ONE)
    stage.play(ReferMoved(200, final=True))
    assert stage.finished == FinishTransfer(Outcome.CONNECTED, "desk1")
    stage = MachineStage(replaces=True)
    stage.play(*JOIN_ONE, OperatorEnded("desk1", 200))
    assert stage.after(LIMITS.replaced_ms, TimePassed())[-1] == Reassure()
    assert stage.outcomes == [("desk1", Outcome.OPERATOR_LEFT)]
    stage = MachineStage(replaces=True)
    stage.play(*JOIN_ONE, AudioProven(), OperatorEnded("desk1", 200))
    assert ReturnCaller(Outcome.OPERATOR_LEFT) in stage.after(LIMITS.replaced_ms, TimePassed())


# --- routes ------------------------------------------------------------------------------------------


def test_the_ways_are_gone_in_order_and_the_last_is_the_waiting_list() -> None:
    """Group, next group, fallback, list: each only when the one before has nobody."""
    stage = MachineStage(RingDesks("fire"), RingDesks("centre"), FALLBACK)
    stage.play(OperatorsClaimed((ONE,)), OperatorEnded("desk1", 486))
    assert stage.play(NobodyLeft()) == (ClaimOperators("centre", frozenset({"desk1"})),)
    assert stage.after(LIMITS.wait_ms, TimePassed()) == (DropClaim(), ReferCaller(FALLBACK.uri))
    found = stage.play(ReferMoved(503, final=True))
    assert found == (
        NoteAttempt(Attempt("fallback", Outcome.UNREACHABLE, "fallback", 503)),
        ReturnCaller(Outcome.UNREACHABLE),
        ClaimOperators("fire", frozenset({"desk1"}), patient=True),
    )
    assert stage.is_at(Phase.QUEUED)


def test_a_desk_that_comes_free_reaches_a_caller_who_is_back_with_the_dialog() -> None:
    """Who waits on the list is rung for like anybody else."""
    stage = MachineStage()
    stage.play(NobodyLeft())
    stage.play(*TALK_ONE)
    assert stage.is_at(Phase.CONNECTED)


def test_a_round_begins_anew_by_itself_and_when_the_dialog_asks() -> None:
    """After a while all desks are tried again; a dialog that asks need not wait for that."""
    stage = MachineStage()
    stage.play(*RING_ONE, OperatorEnded("desk1", 486), NobodyLeft())
    assert stage.after(LIMITS.again_ms, TimePassed()) == (ClaimOperators(None, frozenset()),)
    stage.play(NobodyLeft())
    hot = Plan("hot", "bridge", (RingDesks("fire"),), LIMITS)
    assert stage.play(AskedAgain(hot)) == (ClaimOperators("fire", frozenset()),)
    assert stage.play(*RING_ONE, OperatorAnswered("desk1"))[1] == JoinLegs(ONE)


def test_a_wish_for_another_way_counts_at_once_while_nobody_was_found() -> None:
    """While a phone rings only the mode changes: who rings already is not let go."""
    stage = MachineStage(RingDesks("rescue"))
    hot = Plan("hot", "bridge", (RingDesks("fire"),), LIMITS)
    assert stage.play(AskedAgain(hot)) == (ClaimOperators("fire", frozenset()),)
    stage = MachineStage(RingDesks("rescue"))
    stage.play(*RING_ONE)
    assert stage.play(AskedAgain(hot)) == ()
    assert JoinLegs(ONE) in stage.play(OperatorAnswered("desk1"))


def test_blind_sends_the_caller_away_and_rings_when_that_fails() -> None:
    """A 2xx ends it; anything else, silence included, goes on to the next way."""
    group = SendCaller("fire", "sip:fire@127.0.0.1")
    stage = MachineStage(group, RingDesks("fire"), mode="blind")
    assert stage.effects == [DropClaim(), ReferCaller(group.uri)]
    assert stage.play(ReferMoved(100, final=False)) == ()
    assert stage.play(ReferMoved(200, final=True))[-1] == FinishTransfer(Outcome.CONNECTED, "fire")
    stage = MachineStage(group, RingDesks("fire"), mode="blind")
    assert stage.after(LIMITS.refer_ms, TimePassed())[-1] == ClaimOperators("fire", frozenset())
    assert stage.outcomes == [("fire", Outcome.TIMED_OUT)]
    assert stage.play(*BRIEF_ONE)[-1] == SpeakBrief(ONE)


def test_a_place_that_refused_the_caller_is_left_out_for_a_while() -> None:
    """A broken fallback does not take a caller off the list in every round."""
    stage = MachineStage(RingDesks(), FALLBACK)
    stage.play(NobodyLeft(), ReferMoved(404, final=True))
    stage.after(LIMITS.again_ms, TimePassed(), NobodyLeft())
    assert stage.is_at(Phase.QUEUED)
    stage.after(LIMITS.send_again_ms, TimePassed(), NobodyLeft())
    assert stage.is_at(Phase.SENDING)


def test_arriving_at_the_fallback_is_told_apart() -> None:
    """The record says that the caller was diverted."""
    stage = MachineStage(FALLBACK)
    stage.play(ReferMoved(200, final=True))
    assert stage.finished == FinishTransfer(Outcome.CONNECTED, "fallback", diverted=True)
    assert outcome_of_refer(408) is Outcome.TIMED_OUT
    assert outcome_of_refer(0) is Outcome.UNREACHABLE


# --- somebody leaves -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ((), None),
        (RING_ONE, False),
        (BRIEF_ONE, True),
        (JOIN_ONE, True),
    ],
)
def test_a_caller_who_leaves_frees_the_desk_and_an_operator_on_the_line_is_told(
    events: tuple[OperatorsClaimed, ...], told: bool | None
) -> None:
    """In each phase before the talk he counts as left, and the desk is given back."""
    stage = MachineStage()
    stage.play(*events)
    found = stage.play(CallerLeft())
    released = [effect for effect in found if isinstance(effect, ReleaseOperator)]
    expected = [] if told is None else [ReleaseOperator(ONE, Outcome.CALLER_LEFT, tell_caller_left=told)]
    assert released == expected
    assert stage.finished is not None
    assert stage.finished.outcome is Outcome.CALLER_LEFT
    assert stage.is_at(Phase.OVER)


def test_a_caller_who_leaves_while_a_refer_runs_has_talked_only_if_audio_was_seen() -> None:
    """Without a proof and without a 2xx he belongs on the callback list."""
    for events, outcome in (
        ((), Outcome.CALLER_LEFT),
        ((AudioProven(),), Outcome.CONNECTED),
    ):
        stage = MachineStage(replaces=True)
        stage.play(*JOIN_ONE, *events, CallerLeft())
        assert stage.finished == FinishTransfer(outcome, "desk1")
        assert stage.outcomes == [("desk1", outcome)]
    stage = MachineStage(FALLBACK)
    stage.play(CallerLeft())
    assert stage.outcomes == [("fallback", Outcome.CALLER_LEFT)]


def test_a_claim_that_comes_too_late_is_given_back() -> None:
    """Desks that are found when all is over, or when others ring already, are not kept."""
    stage = MachineStage()
    stage.play(CallerLeft())
    assert stage.play(OperatorsClaimed((ONE, TWO))) == (ReleaseOperator(ONE), ReleaseOperator(TWO))
    stage = MachineStage()
    stage.play(*RING_ONE)
    assert stage.play(OperatorsClaimed((TWO,))) == (ReleaseOperator(TWO),)


def test_an_operator_who_says_goodbye_gives_the_caller_back_and_is_followed_after_a_while() -> None:
    """The caller is with the dialog; if he stays he is rung for again, at the top of the list."""
    stage = MachineStage()
    stage.play(*TALK_ONE)
    found = stage.play(OperatorEnded("desk1", 200))
    assert found == (
        ReleaseOperator(ONE, Outcome.OPERATOR_LEFT),
        NoteAttempt(Attempt("desk1", Outcome.OPERATOR_LEFT, "warm", 200)),
        ReturnCaller(Outcome.OPERATOR_LEFT),
    )
    assert stage.after(LIMITS.return_ms, TimePassed()) == (ClaimOperators(None, frozenset(), returned=True),)


def test_an_operator_who_is_lost_is_followed_at_once() -> None:
    """A leg that breaks is no goodbye, and its phone may be gone: others are rung before it."""
    stage = MachineStage()
    stage.play(*TALK_ONE)
    found = stage.play(OperatorEnded("desk1", 503))
    assert found[:2] == (
        ReleaseOperator(ONE, Outcome.UNREACHABLE),
        NoteAttempt(Attempt("desk1", Outcome.OPERATOR_LEFT, "warm", 503)),
    )
    assert found[-2:] == (
        ReturnCaller(Outcome.OPERATOR_LEFT, abruptly=True),
        ClaimOperators(None, frozenset(), returned=True),
    )
