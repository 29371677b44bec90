"""What a search for a human is given: what is asked for, and what it acts on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicebot import control
from voicebot.calls.tasks import CallTasks
from voicebot.calls.transfers.briefing import Briefing
from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.calls.transfers.leaving_legs import LeavingLegs
from voicebot.calls.transfers.progress import TransferProgress
from voicebot.vocabulary.urgency import Urgency


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What a transfer needs to know about the call."""

    call: str
    leg: str
    """The caller's leg."""
    urgency: Urgency
    briefing: Briefing
    """What operators are told."""
    headers: Callable[[Urgency], tuple[tuple[str, str], ...]] = lambda _: ()
    """Headers of the INVITE to an operator, for the urgency of that moment."""
    skills: Callable[[], frozenset[str]] = frozenset
    at_once: Callable[[], int] = lambda: 1
    """How many phones may ring at once, as far as our legs go."""
    display_name: str = ""
    from_number: str | None = None


@dataclass(frozen=True, slots=True)
class SearchPorts:
    """What a search acts on: the same for every search of one call."""

    send: Callable[[control.Command], None]
    """Tells the line; raises `LineGone`."""
    board: DeskBoard
    leaving: LeavingLegs
    """Takes the operators' legs that are not needed any more."""
    tasks: CallTasks
    route_leg: Callable[[str], None]
    """Has the events of an operator's leg routed to this call."""
    report_progress: Callable[[TransferProgress], None]
    """Tells the call, which takes it in its turn; never blocks."""
