"""A whole switchboard over lists: no line process, no database, no ears and no voice."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from tests.fakes.desks import LIMITS, desk_board
from tests.fakes.synthesiser import NamedClips
from voicebot import control
from voicebot.audio.rings import Rings
from voicebot.calls.current_dialog import CurrentDialog, prepared
from voicebot.calls.hearing.listening import Hearing
from voicebot.calls.incident_writer import RecordKeeping
from voicebot.calls.session import CallResources
from voicebot.calls.switchboard import Switchboard
from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.calls.transfers.handover import HumanRoutes
from voicebot.dialog import load_dialog
from voicebot.geocoding import GazetteerGeocoder
from voicebot.incidents import Incident, IncidentStore
from voicebot.lines import LinePool
from voicebot.operators.desks import Operator
from voicebot.operators.transfer_plan import Policy
from voicebot.settings import PROJECT_FOLDER

DIALOG = load_dialog(PROJECT_FOLDER / "dialogs" / "119.yaml")


DESK = Operator("desk1", "sip:desk1@127.0.0.1")


class Lines:
    """A line process that is two lists."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[control.Event] = asyncio.Queue()
        self.sent: list[control.Command] = []
        self.broken: set[str] = set()
        self.playing: dict[str, str] = {}
        self.map: Rings | None = None

    def send(self, command: control.Command) -> None:
        """Keep a command; a playback that is stopped is reported, as a line does."""
        self.sent.append(command)
        if isinstance(command, control.Play):
            self.playing[command.leg] = command.play_id
        elif isinstance(command, control.StopPlay) and command.leg in self.playing:
            play_id = self.playing.pop(command.leg)
            played = control.Played(leg=command.leg, play_id=play_id, heard_ms=1, finished=False)
            self.events.put_nowait(played)

    def rings(self, leg: str) -> Rings:
        """Return the rings, or fail as only a defect does."""
        if leg in self.broken:
            message = "a defect"
            raise ZeroDivisionError(message)
        assert self.map is not None
        return self.map

    def phones_at_once(self, leg: str) -> int:
        """There are legs enough."""
        return 4

    def of(self, kind: type[Any], leg: str | None = None) -> list[Any]:
        """Return what was sent of one kind, to one leg."""
        return [each for each in self.sent if isinstance(each, kind) and leg in (None, each.leg)]


class Records:
    """A store that remembers."""

    def __init__(self) -> None:
        self.saved: dict[str, Incident] = {}

    async def save(self, incident: Incident) -> bool:
        """Keep the newest version."""
        self.saved[incident.id] = incident
        return True

    async def previous_call(self, incident: Incident, since: datetime) -> Incident | None:
        """Return the newest record of the same number."""
        same = [each for each in self.saved.values() if each.caller.number == incident.caller.number]
        return max(
            (each for each in same if each.opened_at >= since), key=lambda each: each.opened_at, default=None
        )


class DeafHearing:
    """Hears nothing, and lets the clock of a leg run when it is told to."""

    deaf = False

    def __init__(self) -> None:
        self.listeners: dict[str, Any] = {}

    def listen(self, leg: str, _rings: Rings, _slot: int, listener: Any) -> None:
        """Remember who listens."""
        self.listeners[leg] = listener

    def forget(self, *_: Any, **__: Any) -> None:
        """Do nothing."""

    endpoint = attend = forget


class ListSite:
    """A switchboard over lists."""

    def __init__(
        self,
        lines: Lines,
        records: Records,
        switchboard: Switchboard,
        board: DeskBoard,
        ears: DeafHearing,
        voice: NamedClips,
    ) -> None:
        self.lines = lines
        self.board = board
        self.records = records
        self.switchboard = switchboard
        self.ears = ears
        self.voice = voice

    async def offer(self, leg: str, slot: int) -> None:
        """Let somebody call, and wait until he is answered."""
        offered = control.LegOffered(
            leg=leg, slot=slot, sip_call_id="1", from_uri="", to_uri="", number="010", source="",
            overflow=control.Overflow(why="busy"),
        )  # fmt: skip
        self.lines.events.put_nowait(offered)
        await self.until(lambda: self.lines.of(control.Answer, leg))
        self.lines.events.put_nowait(control.LegAnswered(leg=leg, slot=slot))

    async def silence(self, leg: str, seconds: int) -> None:
        """Let a caller say nothing, and hear all that is said to him to its end."""
        for _ in range(seconds):
            play_id = self.lines.playing.pop(leg, None)
            if play_id is not None:
                played = control.Played(leg=leg, play_id=play_id, heard_ms=1000, finished=True)
                self.lines.events.put_nowait(played)
            self.ears.listeners[leg].media_passed(leg, 1000, speaking=False)
            await asyncio.sleep(0.002)

    def asked(self) -> list[Any]:
        """Return the calls for which a human was asked."""
        return [call for call in self.switchboard.calls() if call["transfer"]["asked_at"]]

    def places(self) -> list[int | None]:
        """Return the place of each call on the waiting list."""
        return [call["queue"] and call["queue"]["position"] for call in self.switchboard.calls()]

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds."""
        for _ in range(10_000):
            if holds():
                return
            await asyncio.sleep(0.002)
        raise AssertionError(f"it did not come to that; sent: {self.lines.sent}")


@asynccontextmanager
async def running(
    folder: Path, fallback: str | None = None, wait_ms: int = 20_000
) -> AsyncIterator[ListSite]:
    """Run a switchboard with one operator, who is rung again soon."""
    lines, records, ears = Lines(), Records(), DeafHearing()
    lines.map = Rings.create(folder / "rings", 4)
    current_dialog = CurrentDialog(Path("119.yaml"), await prepared(DIALOG, voice := NamedClips(folder)))
    pool = cast(LinePool, lines)
    limits = replace(LIMITS, wait_ms=wait_ms, again_ms=10, return_ms=10)
    board = desk_board([DESK])
    resources = CallResources(
        current_dialog=current_dialog,
        lines=pool,
        hearing=cast(Hearing, ears),
        recordings=None,
        records=RecordKeeping(cast(IncidentStore, records), timedelta(minutes=30), (GazetteerGeocoder(),)),
        routes=HumanRoutes(pool, board, Policy("bridge", "warm", limits), fallback, console_url=None),
    )
    switchboard = Switchboard(resources)
    task = asyncio.create_task(switchboard.run())
    try:
        yield ListSite(lines, records, switchboard, board, ears, voice)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
