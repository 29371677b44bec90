"""What can happen to a call."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot import control
from voicebot.calls.hearing.listening import HearingEvent
from voicebot.calls.transfers.progress import TransferProgress


@dataclass(frozen=True, slots=True)
class SilencePassed:
    """The caller has said nothing for as long as the dialog waits."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The bot has talked with the caller for as long as it may."""


@dataclass(frozen=True, slots=True)
class VoiceFailed:
    """A sentence has no audio, so the one that promises a human is played."""


OwnEvent = SilencePassed | LimitReached | VoiceFailed | TransferProgress
Happening = control.Event | HearingEvent | OwnEvent
