"""The warm transfer's shell and the operators' floor, with a line process that is a list."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from voicebot import control
from voicebot.calls import floor as floor_module
from voicebot.calls.consult import Consult, ConsultRequest
from voicebot.calls.floor import Floor
from voicebot.operators.pool import Operator, Wish
from voicebot.operators.transfer import Limits, Outcome, Phase
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice

DESK = Operator("desk1", "sip:desk1@127.0.0.1")
CALLER = "L0.caller"


class Silent(Synthesiser):
    """Gives every text the same clip."""

    async def speech(self, text: str, voice: Voice | None = None) -> Clip:
        """Return a clip."""
        return Clip(Path("brief.pcm"), 1000)


class Stage:
    """A consult, what it sent, and its phases."""

    def __init__(self, folder: Path, floor: Floor, limits: Limits | None = None) -> None:
        self.sent: list[control.Command] = []
        self.phases: list[Phase] = []
        self.floor = floor
        self.consult = Consult(
            ConsultRequest(
                call="c1", leg=CALLER, urgency="urgent", brief=lambda: "긴급", caller_left="끊었습니다"
            ),
            send=self.sent.append,
            floor=floor,
            synthesiser=Silent(folder),
            owns=lambda leg: None,
            changed=lambda phase, operator: self.phases.append(phase),
            limits=limits,
        )
        self.task = asyncio.create_task(self.consult.run())

    async def until(self, holds: Callable[[], object]) -> None:
        """Let the loop turn until something holds."""
        for _ in range(1000):
            if holds():
                return
            await asyncio.sleep(0)
        raise AssertionError(f"it did not come to that; sent: {self.sent}")

    def commands(self, kind: type[control.Command]) -> list[control.Command]:
        """Return what was sent of one kind."""
        return [command for command in self.sent if isinstance(command, kind)]

    async def answered(self) -> str:
        """Bring the operator to the phone; returns his leg."""
        await self.until(lambda: self.consult.leg)
        leg = self.consult.leg
        assert leg is not None
        self.consult.line_event(control.LegAnswered(leg=leg, slot=1))
        await self.until(lambda: self.commands(control.Play))
        return leg


async def claimable(floor: Floor) -> bool:
    """Say whether the desk can be claimed within a few turns of the loop."""
    claim = asyncio.create_task(floor.claim(Wish("other", "urgent")))
    for _ in range(5):
        await asyncio.sleep(0)
    claimed = claim.done()
    claim.cancel()
    await asyncio.gather(claim, return_exceptions=True)
    return claimed


async def test_key_1_bridges_and_the_callers_end_frees_the_desk(tmp_path: Path) -> None:
    """The whole good way: rung, briefed, accepted, joined; later the desk can be rung again."""
    floor = Floor([DESK])
    stage = Stage(tmp_path, floor)
    leg = await stage.answered()
    assert not await claimable(floor)
    stage.consult.line_event(control.KeyPressed(leg=leg, key="1"))
    await stage.until(lambda: stage.commands(control.Bridge))
    stage.consult.caller_left()
    assert await stage.task is Outcome.CONNECTED
    assert stage.commands(control.HangUp) == [control.HangUp(leg=leg)]
    assert not await claimable(floor), "rung again while the phone is still busy"
    floor.leg_ended(leg)
    assert await claimable(floor)
    assert stage.phases == [Phase.WAITING, Phase.RINGING, Phase.BRIEFING, Phase.CONNECTED, Phase.OVER]


async def test_nobody_to_ring_is_busy_at_once() -> None:
    """Without operators the caller does not wait for one."""
    stage = Stage(Path("/tmp"), Floor([]))
    assert await stage.task is Outcome.BUSY


async def test_a_dead_line_does_not_keep_the_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the end of the operator's leg is never told, the desk comes back by itself."""
    monkeypatch.setattr(floor_module, "_LEAVING_LIMIT_S", 0.0)
    floor = Floor([DESK])
    stage = Stage(tmp_path, floor)
    await stage.answered()
    stage.consult.caller_left()
    assert await stage.task is Outcome.CALLER_LEFT
    await asyncio.sleep(0.01)
    assert await claimable(floor)


async def test_a_caller_who_leaves_as_a_desk_is_found_does_not_take_it_with_him(tmp_path: Path) -> None:
    """A claim that comes in the same turn as the caller's end is given back."""
    floor = Floor([DESK])
    stage = Stage(tmp_path, floor)
    stage.consult.caller_left()
    assert await stage.task is Outcome.CALLER_LEFT
    assert await claimable(floor)


async def test_no_leg_of_ours_is_not_the_operators_fault(tmp_path: Path) -> None:
    """A 503 of our own line has its own name, a 503 from the phone another."""
    for by_remote, outcome in ((False, Outcome.NO_LEG), (True, Outcome.UNREACHABLE)):
        stage = Stage(tmp_path, Floor([DESK]))
        await stage.until(lambda stage=stage: stage.consult.leg)  # type: ignore[misc]
        leg = stage.consult.leg
        assert leg is not None
        stage.consult.line_event(control.LegEnded(leg=leg, code=503, reason="", by_remote=by_remote))
        assert await stage.task is outcome


async def test_cancellation_lets_go_of_the_operator(tmp_path: Path) -> None:
    """A consult that is cancelled hangs up the leg that it made."""
    stage = Stage(tmp_path, Floor([DESK]))
    leg = await stage.answered()
    stage.task.cancel()
    await asyncio.gather(stage.task, return_exceptions=True)
    assert stage.commands(control.HangUp) == [control.HangUp(leg=leg)]


async def test_a_desk_that_comes_free_for_a_caller_who_just_gave_up_goes_to_the_next(tmp_path: Path) -> None:
    """A cancelled claim neither takes the desk nor breaks the floor."""
    floor = Floor([DESK])
    assert await floor.claim(Wish("a", "urgent")) == (DESK,)
    gives_up = asyncio.create_task(floor.claim(Wish("b", "urgent")))
    waits = asyncio.create_task(floor.claim(Wish("c", "urgent")))
    await asyncio.sleep(0)
    gives_up.cancel()
    floor.free("desk1", "a")
    assert await asyncio.wait_for(waits, 1) == (DESK,)
    await asyncio.gather(gives_up, return_exceptions=True)
