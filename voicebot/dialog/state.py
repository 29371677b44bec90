"""Where a conversation stands; a frozen value that each event replaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from voicebot.dialog.effects import Say
from voicebot.understanding import Assessment
from voicebot.understanding.incident_guides import Agency
from voicebot.vocabulary.urgency import Urgency

Phase = Literal["talking", "transferring", "connected"]


@dataclass(frozen=True, slots=True)
class Context:
    """What a dialog may know about the world around the call."""

    load: int = 0
    """Calls under way, this one included."""
    minute_of_day: int = 720
    """Local time, 0..1439."""


@dataclass(frozen=True, slots=True)
class State:
    """One call in one dialog."""

    step: str
    """Name of the step that answers the caller."""
    phase: Phase = "talking"
    assessment: Assessment = field(default_factory=Assessment)
    least_urgency: Urgency = "unknown"
    """What an earlier call of the same caller was judged: this one is not judged lower."""
    earlier_place: bool = False
    """The place is the one of an earlier call."""
    place_confirmed: bool = False
    reported: bool = False
    """CloseIncident was issued once."""
    utterance: int = 0
    """Number of the utterance that is being heard or comes next."""
    asked: int = 0
    """How often the current step has asked."""
    rejected: int = 0
    """How often the caller said no to a place that was read back."""
    silences: int = 0
    """Silences in a row."""
    unclears: int = 0
    """Utterances in a row that could not be used."""
    keypad_offered: bool = False
    """The caller was told that any digit means: I cannot speak."""
    cannot_speak: bool = False
    transfers_failed: int = 0
    slots: Mapping[str, str] = field(default_factory=dict)
    """The dialog's own slots that are filled; never changed in place."""
    language: str = ""
    """What the caller is spoken to in; empty for the dialog's own language."""
    stack: tuple[str, ...] = ()
    """Where the called parts return to, the innermost last."""
    questions: int = 0
    """Questions of the triage so far."""
    waited: int = 0
    """Silences since the caller began to wait for a human."""
    queue_position: int = 0
    """1 for the caller who is next among those who wait for a human; 0 while it is not known."""
    expected_wait_s: int | None = None
    """How long a human is expected to take."""
    asking: str | None = None
    """Slot of the question set whose question was put last."""
    agency: Agency | None = None
    """Where the caller was referred to."""
    said: Mapping[str, int] = field(default_factory=dict)
    """How often each prompt was said."""
    handled: tuple[str, ...] = ()
    """Handlers that act once in a call and have done so."""
    context: Context = field(default_factory=Context)
    last_said: Say | None = None
    """What is said again when the caller asks to repeat."""
