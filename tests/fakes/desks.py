"""Desk boards and limits for tests: as the settings publish them, but for phones that are not asked by OPTIONS."""

from collections.abc import Iterable

from voicebot.calls.transfers.desk_board import DeskBoard, DeskTimes
from voicebot.operators.desks import Group, Operator
from voicebot.operators.transfer_plan import Limits

TIMES = DeskTimes(rest_s=30, unreachable_s=90, probe_s=0)
LIMITS = Limits(wait_ms=20_000, ring_ms=20_000, brief_ms=20_000, accept_ms=15_000)


def desk_board(
    operators: Iterable[Operator], groups: Iterable[Group] = (), times: DeskTimes = TIMES
) -> DeskBoard:
    """Return a board of these desks."""
    return DeskBoard(operators, groups, times)
