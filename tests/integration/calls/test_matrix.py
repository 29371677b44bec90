"""Every cell of the transfer matrix, over real SIP: a whole voicebot between a caller and an operator by sipp."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.integration.calls import matrix, parties
from tests.integration.calls.matrix import CELLS, Cell, Fate, Mode, Row
from tests.integration.calls.site import Site
from tests.integration.phones import HOST, PATIENCE_S, Baresip, Sipp, free_ports, tone, tone_ms, until
from voicebot.dialog import load_dialog
from voicebot.settings import PROJECT_FOLDER

_TIMES = {"wait_seconds": 2, "ring_seconds": 5, "brief_seconds": 5, "accept_seconds": 60}
"""Nobody fails to accept in these cells: that limit is not to strike before a phone that died is missed."""
_NO_PENANCE = {"rest_seconds": 0, "probe_seconds": 0}
"""Each cell finds the desk as if nothing had happened to it before."""


_CHOSEN = {Mode.HOT: "mode: hot", Mode.BLIND: "mode: blind\n      group: emergency"}


def dialog_of(mode: Mode, folder: Path) -> Path:
    """Write the shipped dialog with the mode of the cell, and return its path."""
    shipped = PROJECT_FOLDER / "dialogs"
    for part in shipped.iterdir():
        (folder / part.name).symlink_to(part)
    text = (shipped / "119.yaml").read_text(encoding="utf-8")
    step = re.compile(r"^(  connect:\n    transfer:\n)(?:      mode: \w+\n)?", re.MULTILINE)
    text, count = step.subn(rf"\g<1>      {_CHOSEN.get(mode, 'mode: warm')}\n", text)
    assert count == 1, "the step that transfers has another name now"
    path = folder / "matrix.yaml"
    path.write_text(text, encoding="utf-8")
    return path


class Stage:
    """A voicebot with one desk, on which cells are played one after the other."""

    def __init__(self, mode: Mode, folder: Path, cells: int = 1) -> None:
        """Each cell has a desk of its own: a phone that died is still sent requests when the next is played."""
        self.mode = mode
        self.folder = folder
        self._desks = {f"desk{number}": free_ports() for number in range(1, cells + 1)}
        self.quiet = parties.quiet_line(folder)
        (folder / "dialogs").mkdir()
        script = dialog_of(mode, folder / "dialogs")
        self._prompts = load_dialog(script, ["emergency"]).prompts
        self.site = Site(
            folder,
            settings={
                "operators": [
                    {"name": name, "uri": f"sip:{name}@{HOST}:{port}"}
                    | ({"groups": ["emergency"]} if mode is Mode.BLIND else {})
                    for name, port in self._desks.items()
                ],
                "groups": [{"name": "emergency", "uri": f"sip:emergency@{HOST}:9"}],
                "transfer": _TIMES
                | _NO_PENANCE
                | {"connect": "replaces" if mode is Mode.WARM_REPLACES else "bridge"},
                "dialog": str(script),
            },
        )

    async def play(self, cell: Cell) -> None:
        """Play one cell from the caller's INVITE until nothing is left of it; AssertionError when it goes wrong."""
        played = len(list(self.folder.glob("cell-*")))
        number = f"0107000{played:04}"
        folder = self.folder / f"cell-{number}"
        await self._open_only(name := f"desk{played + 1}")
        folder.mkdir()
        before = await self.site.attempts()
        rung = parties.rings_a_desk(cell)
        async with (
            await Sipp.start(
                folder / "desk", parties.operator(cell, self.quiet), port=self._desks[name]
            ) as desk,
            await Sipp.start(
                folder / "caller",
                parties.caller(cell, number, self.quiet),
                target_port=self.site.port,
            ) as phone,
        ):
            await self._lead(cell, number, phone, desk)
            await phone.wait()
            if rung:
                await desk.wait()
            await self.site.until_quiet()
        incident = await self.site.incident_of(number)
        tried = incident["transfer"]["attempts"]
        assert tried[0]["outcome"] in cell.outcomes, tried
        assert tried[0]["mode"] == self.mode.split(",")[0], tried
        assert not cell.then or tried[1]["outcome"] == cell.then, tried
        counted = {key: value - before.get(key, 0) for key, value in (await self.site.attempts()).items()}
        assert sum(counted.values()) == len(tried), counted
        assert incident["state"] in _STATES[cell.fate], incident["state"]
        await self.site.until_at_rest()

    async def _open_only(self, name: str) -> None:
        """Pause all desks but one."""
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
            for desk in self._desks:
                what = "resume" if desk == name else "pause"
                path = f"http://{HOST}:{self.site.http_port}/api/operators/{desk}/{what}"
                assert (await client.post(path)).status_code == 200

    async def _lead(self, cell: Cell, number: str, phone: Sipp, desk: Sipp) -> None:
        """Give the cues, once what the caller must get in the end is seen."""
        if cell.row is Row.CALLER_RINGING:
            ringing = phone if cell.mode is Mode.BLIND else desk
            await ringing.until_sent("180 Ringing")
            await phone.cue()
        elif cell.row is Row.CALLER_BRIEFING:
            await self._until_phase(number, "briefing")
            await phone.cue()
        elif cell.row is Row.CALLER_CONNECTING:
            if cell.mode is Mode.HOT:
                await desk.until_sent("SIP/2.0 200 OK")
            elif cell.mode is Mode.BLIND:
                await phone.until_sent("180 Ringing")
            else:
                await self._until_phase(number, "briefing")
                await desk.cue()
            await phone.cue()
        elif cell.fate in (Fate.TALKS, Fate.NEXT_WAY):
            await self._until_state(number, "connected")
            assert phone.running, "the caller was let go"
            await phone.cue()
        elif cell.fate is Fate.BACK:
            if cell.row in (Row.LEAVES_ACCEPTED, Row.DIES_TALKING):
                await self._until_state(number, "connected")
                await desk.cue()
            await self._until_told(number, self._prompts[cell.told].text)
            assert phone.running, "the caller was let go"
            await phone.cue()

    async def _until_phase(self, number: str, phase: str) -> None:
        async def there() -> bool:
            calls = await self.site.calls()
            return any(call["number"] == number and call["transfer"]["phase"] == phase for call in calls)

        await self.site.until(there)

    async def _until_state(self, number: str, state: str) -> None:
        async def there() -> bool:
            return bool((await self.site.incident_of(number)).get("state") == state)

        await self.site.until(there)

    async def _until_told(self, number: str, sentence: str) -> None:
        async def there() -> bool:
            said = (await self.site.incident_of(number)).get("transcript", [])
            return any(each["speaker"] == "bot" and sentence in each["text"] for each in said)

        await self.site.until(there)


_STATES = {
    Fate.TALKS: ("connected",),
    Fate.NEXT_WAY: ("connected",),
    Fate.MOVED: ("connected",),
    Fate.BACK: ("reported", "abandoned", "connected"),
    Fate.GONE: ("abandoned", "connected"),
}
"""Where the record may stand in the end; whoever had an operator on the line counts as connected."""


def _groups() -> Iterator[Any]:
    for mode in Mode:
        for slow in (False, True):
            cells = [cell for cell in CELLS if cell.mode is mode and cell.slow is slow]
            if cells:
                yield pytest.param(mode, cells, id=re.sub(r"\W+", "-", mode) + ("-slow" if slow else ""))


@pytest.mark.parametrize(("mode", "cells"), list(_groups()))
async def test_no_caller_is_lost(tmp_path: Path, mode: Mode, cells: Sequence[Cell]) -> None:
    """Each cell: the caller gets what the table says, the record tells it, and no leg or port is left."""
    stage = Stage(mode, tmp_path, len(cells))
    wrong: dict[str, str] = {}
    async with stage.site:
        for cell in cells:
            try:
                await stage.play(cell)
            except (AssertionError, TimeoutError) as error:
                wrong[cell.row.value] = f"{type(error).__name__}: {error}"[:1500]
        assert "Traceback" not in stage.site.log()
    assert not wrong, "\n\n".join(f"{mode}, {row}:\n{why}" for row, why in wrong.items())


async def test_hot_lets_both_hear_each_other(tmp_path: Path) -> None:
    """The operator picks up and presses nothing; the tone of each baresip arrives at the other."""
    says = [np.tile(np.concatenate([tone(hz, 400), np.zeros(800, np.int16)]), 60) for hz in (1700.0, 1000.0)]
    (tmp_path / "dialogs").mkdir()
    async with (
        await Baresip.start(tmp_path / "operator", says[0], answers=True) as operator,
        Site(
            tmp_path,
            [operator.uri],
            settings={"dialog": str(dialog_of(Mode.HOT, tmp_path / "dialogs"))},
        ) as site,
        await Baresip.start(tmp_path / "caller", says[1]) as caller,
    ):
        await caller.command("dial", site.uri)
        await caller.until_loud()
        await caller.command("sndcode", "0")
        await site.until_state("connected")
        await until(lambda: tone_ms(caller.heard(), 1700.0) > 500)
        await until(
            lambda: tone_ms(operator.heard(), 1000.0) > 500
        )  # between the words of the brief, and after it
        await caller.command("hangup")
        await site.until_quiet()
        await site.until_at_rest()
        assert [each["mode"] for each in (await site.incident())["transfer"]["attempts"]] == ["hot"]


def test_the_table_of_the_page_is_the_one_that_is_played() -> None:
    """docs/transfers.md shows the present cells; `make docs` writes it anew."""
    text = matrix.PAGE.read_text(encoding="utf-8")
    assert matrix.page(text) == text


def test_every_cell_is_played_or_has_a_reason() -> None:
    """No combination of mode and row is forgotten, and none is both."""
    played = {(cell.mode, cell.row) for cell in CELLS}
    assert len(played) == len(CELLS)
    assert played | set(matrix.SENSELESS) == {(mode, row) for mode in Mode for row in Row}
    assert not played & set(matrix.SENSELESS)
