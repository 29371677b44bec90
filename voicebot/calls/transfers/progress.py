"""What a search for a human tells its call, in the order in which it happens."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.operators.outcomes import Attempt, Outcome
from voicebot.operators.transfer_state import Phase


@dataclass(frozen=True, slots=True)
class TransferPhase:
    """The transfer moved on; ``operators`` ring, or the one is on the line."""

    phase: Phase
    operators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskRings:
    """An operator's phone rings, or was picked up at once."""

    operator: str


@dataclass(frozen=True, slots=True)
class AttemptOver:
    """One route to a human was tried."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class TransferDelayed:
    """The caller may have heard a human already, who is gone; the search goes on."""


@dataclass(frozen=True, slots=True)
class CallerReturned:
    """No human can be had for now, or the one has hung up; the search goes on behind the dialog."""

    reason: Outcome
    abruptly: bool = False
    """The operator's leg broke off."""


@dataclass(frozen=True, slots=True)
class TransferOver:
    """The search is over: the caller has gone, was sent away, or the search itself has failed."""

    outcome: Outcome
    operator: str | None = None
    diverted: bool = False


TransferProgress = TransferPhase | DeskRings | AttemptOver | TransferDelayed | CallerReturned | TransferOver
