"""What a dialog wants done. There is no effect that ends a call: only a human or the caller does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from voicebot.dialog.prompts import Piece
from voicebot.understanding import Assessment
from voicebot.vocabulary.transfers import TransferMode
from voicebot.vocabulary.urgency import Urgency

TransferReason = Literal[
    "red_flag",
    "urgent",
    "human_requested",
    "cannot_speak",
    "silence",
    "unclear",
    "no_place",
    "recogniser_failed",
    "time_limit",
    "called_again",
    "dialog",
]


@dataclass(frozen=True, slots=True)
class Say:
    """Play a sentence after those that are already queued."""

    prompt: str
    """Key in the dialog's ``prompts``; a prompt with a recording is played from its file."""
    text: str
    """The sentence with its fields filled in."""
    barge_in: bool = True
    """False: the caller is heard while it plays, but it is not stopped."""
    language: str = "ko"
    pieces: tuple[Piece, ...] = ()
    """What is played: recordings and words to synthesise; empty for the text alone."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen to the caller once the queued sentences are over; replaces the Listen before it."""

    endpoint_ms: int
    """Pause after which an utterance is over."""
    silence_ms: int
    """Silence, counted from the end of the last sentence, after which SilencePassed is due."""
    max_utterance_ms: int
    """An utterance is cut here, so that a caller in a noisy place is not lost."""


@dataclass(frozen=True, slots=True)
class RequestTransfer:
    """Ring a human for this call, the most urgent caller first."""

    mode: TransferMode | None
    """None leaves it to the settings of the site."""
    urgency: Urgency
    """``unknown`` is recorded as such and ranked with ``urgent``."""
    reason: TransferReason
    brief: str
    """What a human is told of the call, about 6 s: spoken before accepting, or read on the screen."""
    group: str | None
    """The desks that should be rung; None for any."""
    template: str
    """The prompt that the brief was made of: `render_brief` makes a fresh one from it later."""
    red_flags: tuple[str, ...] = ()
    """Red flags of the dialog that are known by now."""


@dataclass(frozen=True, slots=True)
class Rerank:
    """Move a caller who waits for a human to where this urgency belongs on the waiting list.

    Issued while a transfer is under way, when the urgency rises or another red flag is heard; the
    `UpdateIncident` of the same event stands before it.
    """

    urgency: Urgency
    red_flags: tuple[str, ...] = ()
    """All red flags that are known by now."""


@dataclass(frozen=True, slots=True)
class UpdateIncident:
    """Write down what is known by now."""

    assessment: Assessment
    place_confirmed: bool
    """The caller said yes to the place that was read back."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """The slots of the dialog that are filled, in the order of their answers."""


@dataclass(frozen=True, slots=True)
class CloseIncident:
    """The bot has what it can get; the incident waits for a human's review. The call goes on."""

    state: Literal["reported"] = "reported"


Effect = Say | Listen | RequestTransfer | Rerank | UpdateIncident | CloseIncident
