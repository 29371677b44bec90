"""The transfer's shell and the operators' board, with a line process that is a list."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.desks import LIMITS, desk_board
from tests.fakes.human_search import CALLER, DESK, PLAN, SEARCHES, TWO, SearchStage, claimable
from tests.fakes.synthesiser import NamedClips
from voicebot import control
from voicebot.calls.transfers import human_search as search_module
from voicebot.calls.transfers import leaving_legs as leaving_module
from voicebot.calls.transfers.briefing import BRIEF_LIMIT_MS, Briefing
from voicebot.calls.transfers.progress import (
    CallerReturned,
    DeskRings,
    TransferDelayed,
)
from voicebot.operators.desks import EVERYBODY, Group, Strategy, Wish
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer_events import FinishTransfer
from voicebot.operators.transfer_plan import RingDesks, SendCaller
from voicebot.operators.transfer_state import Phase

ALL = Group(EVERYBODY, Strategy.ALL)
HOTLINE = SendCaller("fallback", "sip:hotline@127.0.0.1", fallback=True)


@pytest.fixture(autouse=True)
async def _searches_end() -> AsyncIterator[None]:
    """End the searches that a test has begun, as the end of a call does."""
    yield
    for stage in SEARCHES:
        stage.task.cancel()
    await asyncio.gather(*(stage.task for stage in SEARCHES), return_exceptions=True)
    SEARCHES.clear()


async def test_key_1_bridges_and_the_callers_end_frees_the_desk(tmp_path: Path) -> None:
    """The whole good way: rung, briefed, accepted, joined, proven; later the desk can be rung again."""
    board = desk_board([DESK])
    stage = SearchStage(tmp_path, board)
    leg = await stage.joined()
    assert not await claimable(board)
    dial = stage.commands(control.Dial)[0]
    assert (dial.from_number, dial.headers) == ("0101234", (("X-Urgency", "urgent"),))
    assert stage.commands(control.Play)[0].files == ("긴급", "1번")
    assert stage.commands(control.StopPlay) == [control.StopPlay(leg=leg), control.StopPlay(leg=CALLER)]
    stage.tell(control.BridgeProven(leg=CALLER, other=leg))
    await stage.until(lambda: stage.phases[-1] is Phase.CONNECTED)
    assert (stage.search.leg, stage.search.slot) == (leg, 1)
    stage.tell(control.LegEnded(leg=CALLER, code=200, reason="", by_remote=True))
    assert await stage.over == FinishTransfer(Outcome.CONNECTED, "desk1")
    assert stage.commands(control.HangUp) == [control.HangUp(leg=leg)]
    assert not await claimable(board), "rung again while the phone is still busy"
    stage.ended(leg)
    assert await claimable(board)
    assert stage.phases == [
        Phase.WAITING, Phase.RINGING, Phase.BRIEFING, Phase.JOINING, Phase.CONNECTED, Phase.OVER,
    ]  # fmt: skip
    assert DeskRings("desk1") in stage.news


async def test_an_operator_who_takes_a_waiting_call_on_the_screen_is_joined_when_he_picks_up(
    tmp_path: Path,
) -> None:
    """He is rung although it was not his turn, hears no brief first, and needs no key."""
    board = desk_board([DESK])
    board.pause("desk1", paused=True)
    stage = SearchStage(tmp_path, board)
    await stage.until(board.queue)
    assert board.give("desk1", "c1")
    leg = await stage.rung()
    stage.tell(control.LegAnswered(leg=leg, slot=1))
    await stage.until(lambda: stage.commands(control.Bridge))
    assert not stage.commands(control.Play)


async def test_nobody_to_ring_gives_the_caller_back_at_once_and_keeps_him_listed(tmp_path: Path) -> None:
    """Without operators the caller does not wait for one before he is told."""
    stage = SearchStage(tmp_path, desk_board([]))
    await stage.until(lambda: CallerReturned(Outcome.BUSY) in stage.news)
    assert not stage.over.done()
    await stage.until(lambda: stage.board.place_of("c1"))
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    assert stage.board.place_of("c1") is None


async def test_all_ring_and_the_first_who_answers_is_briefed(tmp_path: Path) -> None:
    """The other phone stops ringing and its desk is free for other callers."""
    board = desk_board([DESK, TWO], [ALL])
    stage = SearchStage(tmp_path, board)
    first, second = await stage.rung(0), await stage.rung(1)
    stage.tell(control.LegAnswered(leg=second, slot=2))
    stage.tell(control.LegAnswered(leg=first, slot=1))
    await stage.until(lambda: stage.commands(control.Play))
    assert stage.commands(control.HangUp) == [control.HangUp(leg=first)]
    assert [play.leg for play in stage.commands(control.Play)] == [second]
    assert stage.outcomes == []
    stage.ended(first)
    assert await claimable(board)


async def test_no_more_phones_ring_than_there_are_legs_for(tmp_path: Path) -> None:
    """The desks that are not rung are free for others at once, and are not counted as tried."""
    board = desk_board([DESK, TWO], [ALL])
    stage = SearchStage(tmp_path, board)
    stage.at_once = 1
    await stage.rung()
    assert len(stage.commands(control.Dial)) == 1
    assert await claimable(board)


async def test_an_operator_on_the_line_is_told_that_the_caller_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He hears one sentence; his leg ends even if the line never tells that it was played."""
    monkeypatch.setattr(leaving_module, "_FAREWELL_LIMIT_S", 0.01)
    stage = SearchStage(tmp_path, desk_board([DESK]))
    leg = await stage.answered()
    await stage.until(lambda: stage.briefing.farewell)
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    assert stage.commands(control.Play)[-1] == control.Play(
        leg=leg, play_id="farewell", files=("끊었습니다",)
    )
    await stage.until(lambda: stage.commands(control.HangUp))
    assert stage.sent[-1] == control.HangUp(leg=leg), "it comes after the sentence"


async def test_without_a_voice_the_operator_can_still_accept(tmp_path: Path) -> None:
    """A synthesiser that fails costs the brief, not the transfer; the caller's end needs no sentence."""
    stage = SearchStage(tmp_path, desk_board([DESK]))
    stage.speaker.broken = True
    leg = await stage.rung()
    stage.tell(control.LegAnswered(leg=leg, slot=1))
    stage.tell(control.KeyPressed(leg=leg, key="1"))
    await stage.until(lambda: stage.commands(control.Bridge))
    assert stage.commands(control.Play) == []
    stage.search.caller_left()
    await stage.over
    assert stage.commands(control.HangUp) == [control.HangUp(leg=leg)]


async def test_a_long_brief_is_read_faster(tmp_path: Path) -> None:
    """What would take longer than six seconds is spoken at another pace, what does not is left alone."""
    speaker = NamedClips(tmp_path)
    await Briefing(speaker, lambda: "가" * 60, "", "").brief(accept=True)
    await Briefing(speaker, lambda: "나" * 72, "", "").brief(accept=True)
    assert [pace for text, pace in speaker.asked if text[0] == "가"] == [190]
    faster = [pace for text, pace in speaker.asked if text[0] == "나"][-1]
    assert 72 * 100 * 190 // faster <= BRIEF_LIMIT_MS


async def test_a_brief_that_is_too_long_at_any_pace_loses_its_end(tmp_path: Path) -> None:
    """Sentence by sentence, from the last one; a single one is never cut in two."""
    speaker = NamedClips(tmp_path)
    sentences = ["긴급.", "가" * 60 + ".", "나" * 40 + ".", "다" * 20 + "."]
    (file,) = await Briefing(speaker, lambda: " ".join(sentences), "", "").brief(accept=False)
    assert file == " ".join(sentences[:2])
    (file,) = await Briefing(speaker, lambda: "라" * 200, "", "").brief(accept=False)
    assert file == "라" * 200


async def test_hot_bridges_on_answer_and_whispers_without_asking_for_a_key(tmp_path: Path) -> None:
    """The brief goes to the operator's leg only, after the bridge."""
    stage = SearchStage(tmp_path, desk_board([DESK]), replace(PLAN, mode="hot"))
    leg = await stage.rung()
    stage.tell(control.LegAnswered(leg=leg, slot=1))
    await stage.until(lambda: stage.commands(control.Play))
    kinds = [type(command) for command in stage.sent]
    assert kinds.index(control.Bridge) < kinds.index(control.Play)
    assert stage.commands(control.Play)[0] == control.Play(leg=leg, play_id="brief", files=("긴급",))


async def test_replaces_refers_the_caller_and_falls_back_to_the_bridge(tmp_path: Path) -> None:
    """The REFER names the operator's leg; when the line refuses it the bridge stays."""
    stage = SearchStage(tmp_path, desk_board([DESK]), replace(PLAN, connect="replaces"))
    leg = await stage.joined()
    assert stage.commands(control.Refer) == [control.Refer(leg=CALLER, replaces=leg)]
    stage.tell(control.BridgeProven(leg=CALLER, other=leg))
    stage.tell(control.CommandFailed(leg=CALLER, command="Refer", why="no"))
    await stage.until(lambda: stage.phases[-1] is Phase.CONNECTED)
    assert stage.outcomes == [Outcome.CONNECTED]


async def test_a_2xx_after_replaces_ends_the_transfer_and_the_desk_rests(tmp_path: Path) -> None:
    """The operator's talk goes on where we cannot see it, so his desk is not rung at once."""
    board = desk_board([DESK])
    stage = SearchStage(tmp_path, board, replace(PLAN, connect="replaces"))
    leg = await stage.joined()
    stage.tell(control.LegEnded(leg=leg, code=200, reason="", by_remote=True))
    stage.tell(control.ReferProgress(leg=CALLER, code=200, final=True))
    assert await stage.over == FinishTransfer(Outcome.CONNECTED, "desk1")
    (desk, state), *_ = board.desks()
    assert (desk.name, state.value) == ("desk1", "resting")


async def test_nobody_takes_the_call_so_the_fallback_gets_it(tmp_path: Path) -> None:
    """Busy, then REFER; a refusal gives the caller back, a 2xx ends the search."""
    for code, over in ((200, True), (486, False)):
        plan = replace(PLAN, routes=(RingDesks(), HOTLINE))
        stage = SearchStage(tmp_path, desk_board([DESK]), plan)
        leg = await stage.rung()
        stage.tell(control.LegEnded(leg=leg, code=486, reason="", by_remote=True))
        await stage.until(lambda stage=stage: stage.commands(control.Refer))  # type: ignore[misc]
        stage.tell(control.ReferProgress(leg=CALLER, code=code, final=True))
        if over:
            assert await stage.over == FinishTransfer(Outcome.CONNECTED, "fallback", diverted=True)
        else:
            await stage.until(lambda stage=stage: CallerReturned(Outcome.BUSY) in stage.news)  # type: ignore[misc]
            stage.task.cancel()
            await asyncio.gather(stage.task, return_exceptions=True)


async def test_a_bridge_that_is_never_proven_is_given_up_with_a_sentence(tmp_path: Path) -> None:
    """The operator's leg ends, and the caller is to hear that the search goes on."""
    limits = replace(LIMITS, proof_ms=10)
    stage = SearchStage(tmp_path, desk_board([DESK, TWO]), replace(PLAN, limits=limits))
    leg = await stage.joined()
    await stage.until(lambda: TransferDelayed() in stage.news)
    assert control.HangUp(leg=leg) in stage.sent
    assert await stage.rung(1) != leg


async def test_a_dead_line_does_not_keep_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the end of the operator's leg is never told, the desk comes back by itself."""
    monkeypatch.setattr(leaving_module, "_LEAVING_LIMIT_S", 0.0)
    monkeypatch.setattr(leaving_module, "_FAREWELL_LIMIT_S", 0.0)
    board = desk_board([DESK])
    stage = SearchStage(tmp_path, board)
    await stage.answered()
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    await stage.until(lambda: board.desks()[0][1].value == "free")
    assert await claimable(board)


async def test_a_caller_who_leaves_as_a_desk_is_found_does_not_take_it_with_him(tmp_path: Path) -> None:
    """A claim that comes in the same turn as the caller's end is given back."""
    board = desk_board([DESK])
    stage = SearchStage(tmp_path, board)
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    assert await claimable(board)


async def test_a_flood_of_an_operators_keys_hides_nobodys_end(tmp_path: Path) -> None:
    """What an operator can send without end is dropped when too much waits; that the caller has left is not."""
    stage = SearchStage(tmp_path, desk_board([DESK]))
    leg = await stage.answered()
    for _ in range(10 * search_module._EVENTS):
        stage.tell(control.KeyPressed(leg=leg, key="3"))
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    assert len(stage.commands(control.Play)) <= search_module._EVENTS + 2


async def test_no_leg_of_ours_is_not_the_operators_fault(tmp_path: Path) -> None:
    """A 503 of our own line has its own name, a 503 from the phone another, and only that one marks the desk."""
    for by_remote, outcome, after in (
        (False, Outcome.NO_LEG, "free"),
        (True, Outcome.UNREACHABLE, "unreachable"),
    ):
        stage = SearchStage(tmp_path, desk_board([DESK]))
        leg = await stage.rung()
        stage.tell(control.LegEnded(leg=leg, code=503, reason="", by_remote=by_remote))
        await stage.until(lambda stage=stage: stage.outcomes)  # type: ignore[misc]
        assert stage.outcomes == [outcome]
        assert stage.board.desks()[0][1].value == after
        stage.search.caller_left()
        await stage.over


async def test_cancellation_lets_go_of_the_operator(tmp_path: Path) -> None:
    """A search that is cancelled hangs up the leg that it made."""
    stage = SearchStage(tmp_path, desk_board([DESK]))
    leg = await stage.answered()
    stage.task.cancel()
    await asyncio.gather(stage.task, return_exceptions=True)
    assert stage.commands(control.HangUp) == [control.HangUp(leg=leg)]


async def test_a_desk_that_comes_free_for_a_caller_who_just_gave_up_goes_to_the_next(tmp_path: Path) -> None:
    """A cancelled claim neither takes the desk nor breaks the board."""
    board = desk_board([DESK])
    assert await board.claim(Wish("a", "urgent")) == (DESK,)
    gives_up = asyncio.create_task(board.claim(Wish("b", "urgent")))
    waits = asyncio.create_task(board.claim(Wish("c", "urgent")))
    await asyncio.sleep(0)
    gives_up.cancel()
    board.free("desk1", "a")
    assert await asyncio.wait_for(waits, 60) == (DESK,)
    await asyncio.gather(gives_up, return_exceptions=True)
