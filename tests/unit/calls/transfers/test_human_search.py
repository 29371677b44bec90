"""The transfer's shell and the operators' board, with a line process that is a list."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.calls.desks import LIMITS, desk_board
from voicebot import control
from voicebot.calls.tasks import CallTasks
from voicebot.calls.transfers import human_search as search_module
from voicebot.calls.transfers import leaving_legs as leaving_module
from voicebot.calls.transfers.briefing import BRIEF_LIMIT_MS, Briefing
from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.calls.transfers.human_search import HumanSearch
from voicebot.calls.transfers.leaving_legs import LeavingLegs
from voicebot.calls.transfers.progress import (
    AttemptOver,
    CallerReturned,
    DeskRings,
    TransferDelayed,
    TransferPhase,
    TransferProgress,
)
from voicebot.calls.transfers.search_request import SearchPorts, SearchRequest
from voicebot.errors import SpeechFailed
from voicebot.operators.desks import EVERYBODY, Group, Operator, Strategy, Wish
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer_events import FinishTransfer
from voicebot.operators.transfer_plan import Plan, RingDesks, SendCaller
from voicebot.operators.transfer_state import Phase
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice

DESK = Operator("desk1", "sip:desk1@127.0.0.1")
TWO = Operator("desk2", "sip:desk2@127.0.0.1")
ALL = Group(EVERYBODY, Strategy.ALL)
CALLER = "L0.caller"
PLAN = Plan("warm", "bridge", (RingDesks(),), LIMITS)
HOTLINE = SendCaller("fallback", "sip:hotline@127.0.0.1", fallback=True)


class Speaker(Synthesiser):
    """Makes a clip of each text, as long as it is told to; or fails."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.broken = False
        self.asked: list[tuple[str, int]] = []

    async def speech(self, text: str, voice: Voice | None = None) -> Clip:
        """Return a clip named after the text: 100 ms a character at 190 words a minute."""
        if self.broken:
            raise SpeechFailed("no voice")
        pace = voice.words_per_minute if voice is not None else 190
        self.asked.append((text, pace))
        return Clip(Path(text), len(text) * 100 * 190 // pace)


class Stage:
    """A search, what it sent, and its news."""

    def __init__(self, folder: Path, board: DeskBoard, plan: Plan | None = None) -> None:
        self.sent: list[control.Command] = []
        self.news: list[TransferProgress] = []
        self.board = board
        self.at_once = 3
        self.speaker = Speaker(folder)
        self.briefing = Briefing(self.speaker, lambda: "긴급", "1번", "끊었습니다")
        self.tasks = CallTasks(CALLER)
        self.leaving = LeavingLegs(self.sent.append, self.tasks)
        request = SearchRequest(
            call="c1",
            leg=CALLER,
            urgency="urgent",
            briefing=self.briefing,
            headers=lambda urgency: (("X-Urgency", urgency),),
            at_once=lambda: self.at_once,
            from_number="0101234",
        )
        ports = SearchPorts(
            send=self.sent.append,
            board=board,
            leaving=self.leaving,
            tasks=self.tasks,
            route_leg=lambda leg: None,
            report_progress=self.news.append,
        )
        self.search = HumanSearch(request, plan or PLAN, ports)
        self.over: asyncio.Future[FinishTransfer] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._call())

    async def _call(self) -> None:
        """Search; the call waits then until its operators' legs are gone."""
        async with self.tasks:
            self.over.set_result(await self.search.run())

    def tell(self, event: control.Event) -> None:
        """Let something happen on a leg."""
        self.leaving.line_event(event)
        self.search.line_event(event)

    def ended(self, leg: str, code: int = 200) -> None:
        """Let the other side end a leg."""
        self.tell(control.LegEnded(leg=leg, code=code, reason="", by_remote=True))

    async def until(self, holds: Callable[[], object]) -> None:
        """Let the loop turn until something holds."""
        for _ in range(1000):
            if holds():
                return
            await asyncio.sleep(0)
        raise AssertionError(f"it did not come to that; sent: {self.sent}; news: {self.news}")

    def commands(self, kind: type[control.Command]) -> list[Any]:
        """Return what was sent of one kind."""
        return [command for command in self.sent if isinstance(command, kind)]

    @property
    def phases(self) -> list[Phase]:
        """The phases so far."""
        return [news.phase for news in self.news if isinstance(news, TransferPhase)]

    @property
    def outcomes(self) -> list[Outcome]:
        """How the attempts ended."""
        return [news.attempt.outcome for news in self.news if isinstance(news, AttemptOver)]

    async def rung(self, number: int = 0) -> str:
        """Wait until a phone is called; returns its leg."""
        await self.until(lambda: len(self.commands(control.Dial)) > number)
        leg: str = self.commands(control.Dial)[number].leg
        return leg

    async def answered(self) -> str:
        """Bring the operator to the phone and let him hear the brief; returns his leg."""
        leg = await self.rung()
        self.tell(control.LegAnswered(leg=leg, slot=1))
        await self.until(lambda: self.commands(control.Play))
        return leg

    async def joined(self) -> str:
        """Let the operator accept; returns his leg."""
        leg = await self.answered()
        self.tell(control.KeyPressed(leg=leg, key="1"))
        await self.until(lambda: self.commands(control.Bridge))
        return leg


async def claimable(board: DeskBoard) -> bool:
    """Say whether the desk can be claimed within a few turns of the loop."""
    claim = asyncio.create_task(board.claim(Wish("other", "urgent")))
    for _ in range(5):
        await asyncio.sleep(0)
    claimed = claim.done()
    claim.cancel()
    await asyncio.gather(claim, return_exceptions=True)
    return claimed


async def test_key_1_bridges_and_the_callers_end_frees_the_desk(tmp_path: Path) -> None:
    """The whole good way: rung, briefed, accepted, joined, proven; later the desk can be rung again."""
    board = desk_board([DESK])
    stage = Stage(tmp_path, board)
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
    stage = Stage(tmp_path, board)
    await stage.until(board.queue)
    assert board.give("desk1", "c1")
    leg = await stage.rung()
    stage.tell(control.LegAnswered(leg=leg, slot=1))
    await stage.until(lambda: stage.commands(control.Bridge))
    stage.task.cancel()
    await asyncio.gather(stage.task, return_exceptions=True)


async def test_nobody_to_ring_gives_the_caller_back_at_once_and_keeps_him_listed(tmp_path: Path) -> None:
    """Without operators the caller does not wait for one before he is told."""
    stage = Stage(tmp_path, desk_board([]))
    await stage.until(lambda: CallerReturned(Outcome.BUSY) in stage.news)
    assert not stage.over.done()
    await stage.until(lambda: stage.board.place_of("c1"))
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    assert stage.board.place_of("c1") is None


async def test_an_operator_who_took_the_call_on_the_screen_has_it_when_he_picks_up(tmp_path: Path) -> None:
    """He chose that caller from the list: no brief, no key."""
    board = desk_board([DESK])
    board.pause("desk1", paused=True)
    stage = Stage(tmp_path, board)
    await stage.until(lambda: board.give("desk1", "c1"))
    leg = await stage.rung()
    stage.tell(control.LegAnswered(leg=leg, slot=1))
    await stage.until(lambda: stage.commands(control.Bridge))
    assert not stage.commands(control.Play)


async def test_all_ring_and_the_first_who_answers_is_briefed(tmp_path: Path) -> None:
    """The other phone stops ringing and its desk is free for other callers."""
    board = desk_board([DESK, TWO], [ALL])
    stage = Stage(tmp_path, board)
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
    stage = Stage(tmp_path, board)
    stage.at_once = 1
    await stage.rung()
    assert len(stage.commands(control.Dial)) == 1
    assert await claimable(board)


async def test_an_operator_on_the_line_is_told_that_the_caller_has_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He hears one sentence; his leg ends even if the line never tells that it was played."""
    monkeypatch.setattr(leaving_module, "_FAREWELL_LIMIT_S", 0.01)
    stage = Stage(tmp_path, desk_board([DESK]))
    leg = await stage.answered()
    await stage.until(lambda: stage.briefing.farewell)
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    assert stage.commands(control.Play)[-1] == control.Play(
        leg=leg, play_id="farewell", files=("끊었습니다",)
    )
    assert stage.commands(control.HangUp) == []
    await asyncio.sleep(0.02)
    assert stage.commands(control.HangUp) == [control.HangUp(leg=leg)]


async def test_without_a_voice_the_operator_can_still_accept(tmp_path: Path) -> None:
    """A synthesiser that fails costs the brief, not the transfer; the caller's end needs no sentence."""
    stage = Stage(tmp_path, desk_board([DESK]))
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
    speaker = Speaker(tmp_path)
    await Briefing(speaker, lambda: "가" * 60, "", "").brief(accept=True)
    await Briefing(speaker, lambda: "나" * 72, "", "").brief(accept=True)
    assert [pace for text, pace in speaker.asked if text[0] == "가"] == [190]
    faster = [pace for text, pace in speaker.asked if text[0] == "나"][-1]
    assert 72 * 100 * 190 // faster <= BRIEF_LIMIT_MS


async def test_a_brief_that_is_too_long_at_any_pace_loses_its_end(tmp_path: Path) -> None:
    """Sentence by sentence, from the last one; a single one is never cut in two."""
    speaker = Speaker(tmp_path)
    sentences = ["긴급.", "가" * 60 + ".", "나" * 40 + ".", "다" * 20 + "."]
    (file,) = await Briefing(speaker, lambda: " ".join(sentences), "", "").brief(accept=False)
    assert file == " ".join(sentences[:2])
    (file,) = await Briefing(speaker, lambda: "라" * 200, "", "").brief(accept=False)
    assert file == "라" * 200


async def test_hot_bridges_on_answer_and_whispers_without_asking_for_a_key(tmp_path: Path) -> None:
    """The brief goes to the operator's leg only, after the bridge."""
    stage = Stage(tmp_path, desk_board([DESK]), replace(PLAN, mode="hot"))
    leg = await stage.rung()
    stage.tell(control.LegAnswered(leg=leg, slot=1))
    await stage.until(lambda: stage.commands(control.Play))
    kinds = [type(command) for command in stage.sent]
    assert kinds.index(control.Bridge) < kinds.index(control.Play)
    assert stage.commands(control.Play)[0] == control.Play(leg=leg, play_id="brief", files=("긴급",))


async def test_replaces_refers_the_caller_and_falls_back_to_the_bridge(tmp_path: Path) -> None:
    """The REFER names the operator's leg; when the line refuses it the bridge stays."""
    stage = Stage(tmp_path, desk_board([DESK]), replace(PLAN, connect="replaces"))
    leg = await stage.joined()
    assert stage.commands(control.Refer) == [control.Refer(leg=CALLER, replaces=leg)]
    stage.tell(control.BridgeProven(leg=CALLER, other=leg))
    stage.tell(control.CommandFailed(leg=CALLER, command="Refer", why="no"))
    await stage.until(lambda: stage.phases[-1] is Phase.CONNECTED)
    assert stage.outcomes == [Outcome.CONNECTED]


async def test_a_2xx_after_replaces_ends_the_transfer_and_the_desk_rests(tmp_path: Path) -> None:
    """The operator's talk goes on where we cannot see it, so his desk is not rung at once."""
    board = desk_board([DESK])
    stage = Stage(tmp_path, board, replace(PLAN, connect="replaces"))
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
        stage = Stage(tmp_path, desk_board([DESK]), plan)
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
    stage = Stage(tmp_path, desk_board([DESK, TWO]), replace(PLAN, limits=limits))
    leg = await stage.joined()
    await asyncio.sleep(0.02)
    await stage.until(lambda: TransferDelayed() in stage.news)
    assert control.HangUp(leg=leg) in stage.sent
    assert await stage.rung(1) != leg


async def test_a_dead_line_does_not_keep_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the end of the operator's leg is never told, the desk comes back by itself."""
    monkeypatch.setattr(leaving_module, "_LEAVING_LIMIT_S", 0.0)
    monkeypatch.setattr(leaving_module, "_FAREWELL_LIMIT_S", 0.0)
    board = desk_board([DESK])
    stage = Stage(tmp_path, board)
    await stage.answered()
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    await asyncio.sleep(0.01)
    assert await claimable(board)


async def test_a_caller_who_leaves_as_a_desk_is_found_does_not_take_it_with_him(tmp_path: Path) -> None:
    """A claim that comes in the same turn as the caller's end is given back."""
    board = desk_board([DESK])
    stage = Stage(tmp_path, board)
    stage.search.caller_left()
    assert (await stage.over).outcome is Outcome.CALLER_LEFT
    assert await claimable(board)


async def test_a_flood_of_an_operators_keys_hides_nobodys_end(tmp_path: Path) -> None:
    """What an operator can send without end is dropped when too much waits; that the caller has left is not."""
    stage = Stage(tmp_path, desk_board([DESK]))
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
        stage = Stage(tmp_path, desk_board([DESK]))
        leg = await stage.rung()
        stage.tell(control.LegEnded(leg=leg, code=503, reason="", by_remote=by_remote))
        await stage.until(lambda stage=stage: stage.outcomes)  # type: ignore[misc]
        assert stage.outcomes == [outcome]
        assert stage.board.desks()[0][1].value == after
        stage.search.caller_left()
        await stage.over


async def test_cancellation_lets_go_of_the_operator(tmp_path: Path) -> None:
    """A search that is cancelled hangs up the leg that it made."""
    stage = Stage(tmp_path, desk_board([DESK]))
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
    assert await asyncio.wait_for(waits, 1) == (DESK,)
    await asyncio.gather(gives_up, return_exceptions=True)
