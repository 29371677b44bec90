"""What happens to a dialog: the caller, the clock, the speech models and the transfer tell it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voicebot.understanding import Assessment

TransferFailure = Literal["busy", "no_answer", "declined", "unreachable", "no_leg", "failed", "operator_left"]
"""Why no human is there; ``no_leg``: the line has no leg free to ring anybody; ``operator_left``: one was."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Text of the caller. A partial one only re-judges urgency and the wish for a human."""

    text: str
    confidence: float
    """0..1."""
    start_ms: int
    end_ms: int
    """Media time since the call was answered."""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class SilencePassed:
    """The caller said nothing for the ``silence_ms`` of the last Listen, from the end of the prompt."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key: ``0``..``9``, ``*`` or ``#``."""

    key: str


@dataclass(frozen=True, slots=True)
class PromptFinished:
    """A prompt was played to its end; it changes nothing and is taken for the journal's sake."""

    prompt: str


@dataclass(frozen=True, slots=True)
class RecogniserFailed:
    """The recogniser cannot work for this call any more."""


@dataclass(frozen=True, slots=True)
class UnclearHeard:
    """Speech or noise ended without usable text."""


@dataclass(frozen=True, slots=True)
class QueueMoved:
    """The caller's place among those who wait for a human is another, or the wait is expected to be.

    The next prompts have it in ``{queue_position}``, ``{queue_ahead}`` and ``{wait_minutes}``; nothing is
    said because of it alone.
    """

    position: int
    """1 for the caller who is next; 0: the caller waits no more, or it is not known."""
    expected_wait_s: int | None = None
    """None when there is nothing to go by."""


@dataclass(frozen=True, slots=True)
class TransferFailed:
    """Nobody took the call; the caller is with the bot again."""

    reason: TransferFailure


@dataclass(frozen=True, slots=True)
class TransferDelayed:
    """The caller may have heard a human already, who is gone again; another one is being looked for."""


@dataclass(frozen=True, slots=True)
class TransferConnected:
    """A human talks with the caller; the bot is silent from now on."""

    operator: str


@dataclass(frozen=True, slots=True)
class TimeLimitReached:
    """The bot has talked with the caller for as long as it may without a human."""


@dataclass(frozen=True, slots=True)
class CalledAgain:
    """The call goes on with an earlier one of the same caller, in which ``known`` was understood.

    Comes right after the beginning of the call. The urgency never falls below the earlier one; the earlier
    place counts until one is named in this call, which then replaces it as a whole.
    """

    known: Assessment


Event = (
    Heard
    | CalledAgain
    | SilencePassed
    | KeyPressed
    | PromptFinished
    | RecogniserFailed
    | UnclearHeard
    | QueueMoved
    | TransferDelayed
    | TransferFailed
    | TransferConnected
    | TimeLimitReached
)
