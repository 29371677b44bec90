"""A search for a human, with a line process that is a list."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fakes.desks import LIMITS
from tests.fakes.synthesiser import NamedClips
from voicebot import control
from voicebot.calls.tasks import CallTasks
from voicebot.calls.transfers.briefing import Briefing
from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.calls.transfers.human_search import HumanSearch
from voicebot.calls.transfers.leaving_legs import LeavingLegs
from voicebot.calls.transfers.progress import (
    AttemptOver,
    TransferPhase,
    TransferProgress,
)
from voicebot.calls.transfers.search_request import SearchPorts, SearchRequest
from voicebot.operators.desks import Operator, Wish
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer_events import FinishTransfer
from voicebot.operators.transfer_plan import Plan, RingDesks
from voicebot.operators.transfer_state import Phase

DESK = Operator("desk1", "sip:desk1@127.0.0.1")


TWO = Operator("desk2", "sip:desk2@127.0.0.1")


CALLER = "L0.caller"


PLAN = Plan("warm", "bridge", (RingDesks(),), LIMITS)


SEARCHES: list["SearchStage"] = []
"""Those of the present test: it ends them when it is over."""


class SearchStage:
    """A search, what it sent, and its news."""

    def __init__(self, folder: Path, board: DeskBoard, plan: Plan | None = None) -> None:
        self.sent: list[control.Command] = []
        self.news: list[TransferProgress] = []
        self.board = board
        self.at_once = 3
        self.speaker = NamedClips(folder)
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
        SEARCHES.append(self)

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
        for turn in range(10_000):
            if holds():
                return
            await asyncio.sleep(0 if turn < 1000 else 0.005)
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
