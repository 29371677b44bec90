"""Where a conversation stands; a frozen value that each event replaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from voicebot.dialog.effects import Say
from voicebot.understanding import Assessment

Phase = Literal["talking", "transferring", "connected"]


@dataclass(frozen=True, slots=True)
class State:
    """One call in one dialog."""

    step: str
    """Name of the step that has the floor."""
    phase: Phase = "talking"
    assessment: Assessment = field(default_factory=Assessment)
    place_confirmed: bool = False
    reported: bool = False
    """CloseReport was issued once."""
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
    last_said: Say | None = None
    """What is said again when the caller asks to repeat."""
