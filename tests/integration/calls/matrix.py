"""The transfer matrix: what may happen to a transfer, mode by mode, and what must come of it.

`CELLS` is the one table. `test_matrix.py` plays every cell over real SIP against a whole voicebot, and the table of
docs/transfers.md is written from it (``python -m tests.integration.calls.matrix``, or ``make docs``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "transfers.md"
BEGIN, END = "<!-- matrix: begin -->\n", "<!-- matrix: end -->\n"


class Mode(StrEnum):
    """How callers are handed over; the columns."""

    WARM_BRIDGE = "warm, bridge"
    WARM_REPLACES = "warm, replaces"
    HOT = "hot"
    BLIND = "blind"


class Row(StrEnum):
    """What the operator, the PBX or the caller does; the rows."""

    ACCEPTS = "answers and accepts"
    DECLINES = "declines"
    BUSY = "busy, 486"
    AWAY = "480"
    NO_ANSWER = "no answer"
    BROKEN = "503"
    LEAVES_ANSWERED = "hangs up after the answer"
    DIES_ANSWERED = "dies after the answer"
    LEAVES_ACCEPTED = "hangs up after accepting"
    DIES_ACCEPTED = "dies after accepting"
    DIES_TALKING = "dies during the talk"
    CALLER_RINGING = "caller leaves while it rings"
    CALLER_BRIEFING = "caller leaves during the brief"
    CALLER_CONNECTING = "caller leaves at the moment of connecting"
    REFUSED = "REFER refused"
    NO_NOTIFY = "NOTIFY never comes"


class Fate(StrEnum):
    """What the caller has in the end."""

    TALKS = "talks with the operator"
    MOVED = "talks with the operator, without voicebot"
    BACK = "is told, and stays with voicebot"
    NEXT_WAY = "talks with a desk of the group, rung next"
    GONE = "has hung up"


@dataclass(frozen=True, slots=True)
class Cell:
    """What must come of one row in one mode."""

    mode: Mode
    row: Row
    outcomes: tuple[str, ...]
    """Typed outcome of the first attempt; several where two things happen at the same moment."""
    fate: Fate
    told: str = ""
    """Name of the prompt that the caller hears."""
    then: str = ""
    """Outcome of the second attempt, where there must be one."""

    @property
    def slow(self) -> bool:
        """Whether a limit of many seconds has to pass."""
        return self.desk_dies or self.row is Row.NO_NOTIFY

    @property
    def desk_dies(self) -> bool:
        """Whether the operator's phone vanishes without a word."""
        return self.row in (Row.DIES_ANSWERED, Row.DIES_ACCEPTED, Row.DIES_TALKING)


_BUSY, _AWAY, _DECLINED, _BROKEN, _FAILED = (
    f"transfer_failed_{why}" for why in ("busy", "no_answer", "declined", "unreachable", "failed")
)
_LEFT = "transfer_operator_left"

_DESK_FAILS = {
    Row.DECLINES: ("declined", _DECLINED),
    Row.BUSY: ("busy", _BUSY),
    Row.AWAY: ("no_answer", _AWAY),
    Row.NO_ANSWER: ("no_answer", _AWAY),
    Row.BROKEN: ("unreachable", _BROKEN),
}
_BRIEFED_DESK_FAILS = {
    **_DESK_FAILS,
    Row.LEAVES_ANSWERED: ("declined", _DECLINED),
    Row.DIES_ANSWERED: ("unreachable", _BROKEN),
    Row.DIES_ACCEPTED: ("failed", _FAILED),
}
_PBX_FAILS = {
    Row.DECLINES: "declined",
    Row.BUSY: "busy",
    Row.AWAY: "no_answer",
    Row.NO_ANSWER: "timed_out",
    Row.BROKEN: "unreachable",
    Row.REFUSED: "declined",
    Row.NO_NOTIFY: "timed_out",
}
_NO_REFER = "no REFER is sent"
_NO_BRIEF = "nobody is briefed"
_ANSWER_ACCEPTS = "to answer is to accept"
_PBX_HAS_BOTH = "caller and operator are the PBX's by then"
SENSELESS = {
    (Mode.WARM_BRIDGE, Row.REFUSED): _NO_REFER,
    (Mode.WARM_BRIDGE, Row.NO_NOTIFY): _NO_REFER,
    (Mode.WARM_REPLACES, Row.LEAVES_ACCEPTED): _PBX_HAS_BOTH,
    (Mode.WARM_REPLACES, Row.DIES_TALKING): _PBX_HAS_BOTH,
    (Mode.HOT, Row.REFUSED): _NO_REFER,
    (Mode.HOT, Row.NO_NOTIFY): _NO_REFER,
    (Mode.HOT, Row.CALLER_BRIEFING): _NO_BRIEF,
    (Mode.HOT, Row.LEAVES_ANSWERED): _ANSWER_ACCEPTS,
    (Mode.HOT, Row.DIES_ANSWERED): _ANSWER_ACCEPTS,
    (Mode.BLIND, Row.CALLER_BRIEFING): _NO_BRIEF,
    (Mode.BLIND, Row.LEAVES_ANSWERED): _PBX_HAS_BOTH,
    (Mode.BLIND, Row.DIES_ANSWERED): _PBX_HAS_BOTH,
    (Mode.BLIND, Row.LEAVES_ACCEPTED): _PBX_HAS_BOTH,
    (Mode.BLIND, Row.DIES_ACCEPTED): _PBX_HAS_BOTH,
    (Mode.BLIND, Row.DIES_TALKING): _PBX_HAS_BOTH,
}
"""Cells that cannot be, and why."""


def _cells() -> Iterator[Cell]:
    for mode in (Mode.WARM_BRIDGE, Mode.WARM_REPLACES, Mode.HOT):
        hot = mode is Mode.HOT
        last = Fate.MOVED if mode is Mode.WARM_REPLACES else Fate.TALKS
        yield Cell(mode, Row.ACCEPTS, ("connected",), last)
        for row, (outcome, told) in (_DESK_FAILS if hot else _BRIEFED_DESK_FAILS).items():
            yield Cell(mode, row, (outcome,), Fate.BACK, told)
        yield Cell(mode, Row.CALLER_RINGING, ("caller_left",), Fate.GONE)
        yield Cell(mode, Row.CALLER_CONNECTING, ("caller_left", "connected"), Fate.GONE)
    for mode in (Mode.WARM_BRIDGE, Mode.WARM_REPLACES):
        yield Cell(mode, Row.CALLER_BRIEFING, ("caller_left",), Fate.GONE)
    for mode in (Mode.WARM_BRIDGE, Mode.HOT):
        yield Cell(mode, Row.LEAVES_ACCEPTED, ("connected",), Fate.BACK, _LEFT, then="operator_left")
        yield Cell(mode, Row.DIES_TALKING, ("connected",), Fate.BACK, _LEFT, then="operator_left")
    yield Cell(Mode.HOT, Row.DIES_ACCEPTED, ("failed",), Fate.BACK, _FAILED)
    yield Cell(Mode.WARM_REPLACES, Row.REFUSED, ("connected",), Fate.TALKS)
    yield Cell(Mode.WARM_REPLACES, Row.NO_NOTIFY, ("connected",), Fate.TALKS)
    yield Cell(Mode.BLIND, Row.ACCEPTS, ("connected",), Fate.MOVED)
    for row, outcome in _PBX_FAILS.items():
        yield Cell(Mode.BLIND, row, (outcome,), Fate.NEXT_WAY, then="connected")
    yield Cell(Mode.BLIND, Row.CALLER_RINGING, ("caller_left",), Fate.GONE)
    yield Cell(Mode.BLIND, Row.CALLER_CONNECTING, ("caller_left", "connected"), Fate.GONE)


CELLS = tuple(_cells())


def table() -> str:
    """Return the matrix as a Markdown table, with the reasons of its empty cells below."""
    cells = {(cell.mode, cell.row): cell for cell in CELLS}
    reasons = list(dict.fromkeys(SENSELESS.values()))
    lines = ["| | " + " | ".join(Mode) + " |", "|---|" + "---|" * len(Mode)]
    for row in Row:
        shown = []
        for mode in Mode:
            cell = cells.get((mode, row))
            if cell is None:
                shown.append(f"– ({reasons.index(SENSELESS[mode, row]) + 1})")
            else:
                outcome = " or ".join(f"`{each}`" for each in cell.outcomes)
                outcome += f", then `{cell.then}`" if cell.then else ""
                shown.append(f"{outcome}: {cell.fate}")
        lines.append(f"| {row} | " + " | ".join(shown) + " |")
    lines += [
        "",
        "Cells that cannot be: " + "; ".join(f"({n}) {why}" for n, why in enumerate(reasons, 1)) + ".",
    ]
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """Return ``text`` with the table between its two marks replaced by the present one."""
    head, rest = text.split(BEGIN)
    return head + BEGIN + table() + END + rest.split(END)[1]


def main() -> None:
    """Write the table into docs/transfers.md."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
