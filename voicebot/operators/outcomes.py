"""How attempts to reach a human end, as values that records and metrics can count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicebot.vocabulary.transfers import AttemptMode


class Outcome(StrEnum):
    """How one attempt ended."""

    CONNECTED = "connected"
    """Audio was seen both ways, or the other side told by NOTIFY that the caller has arrived."""
    NO_ANSWER = "no_answer"
    """It rang, and nobody picked up."""
    BUSY = "busy"
    DECLINED = "declined"
    """By key 2, on the screen, by a 603, or by hanging up during the brief."""
    UNREACHABLE = "unreachable"
    """The phone is not there."""
    NO_LEG = "no_leg"
    """We had no leg left to ring with."""
    CALLER_LEFT = "caller_left"
    OPERATOR_LEFT = "operator_left"
    """After the operator had accepted."""
    TIMED_OUT = "timed_out"
    """Picked up and no key was pressed in time, as a voicemail does; or a REFER that was never finished."""
    FAILED = "failed"
    """Anything else; the attempt's ``code`` tells more."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One route to a human that was tried, and how it ended."""

    operator: str
    """Name of the desk, or of the place that the caller was sent to."""
    outcome: Outcome
    mode: AttemptMode
    code: int | None = None
    """Final SIP status, where one ended it."""


def outcome_of(code: int) -> Outcome:
    """Name what a final SIP status of a dialled leg means (RFC 3261 section 21); 0: there was no leg."""
    match code:
        case 0:
            return Outcome.NO_LEG
        case 486 | 600:
            return Outcome.BUSY
        case 408 | 480 | 487:
            return Outcome.NO_ANSWER
        case 403 | 603:
            return Outcome.DECLINED
        case 404 | 410 | 500 | 502 | 503 | 504 | 604:
            return Outcome.UNREACHABLE
        case _:
            return Outcome.FAILED


def outcome_of_refer(code: int) -> Outcome:
    """Name what the final status of a REFER means; 408 also stands for a NOTIFY that never came."""
    return Outcome.TIMED_OUT if code == 408 else outcome_of(code or 500)
