"""What all calls share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from voicebot import dialog
from voicebot.calls.current_dialog import CurrentDialog
from voicebot.calls.hearing.listening import Hearing
from voicebot.calls.transfers.desk_board import DeskBoard
from voicebot.calls.voice import DialogVoice
from voicebot.geocoding import GazetteerGeocoder, Geocoder
from voicebot.incidents import IncidentStore
from voicebot.lines import LinePool
from voicebot.operators.transfer_plan import Policy


@dataclass(frozen=True, slots=True)
class Parts:
    """What all calls share."""

    current_dialog: CurrentDialog
    """The dialog of new calls; a running call keeps the one it began with."""
    lines: LinePool
    hearing: Hearing
    board: DeskBoard
    store: IncidentStore
    recordings: Path | None = None
    fallback: str | None = None
    policy: Policy = field(default_factory=Policy)
    """How callers are handed to humans."""
    console_url: str | None = None
    """Where operators read records; followed by the incident's id."""
    same_caller_within: timedelta = timedelta(0)
    """A caller who calls again so soon goes on with his earlier call; 0 for never."""
    geocoders: tuple[Geocoder, ...] = (GazetteerGeocoder(),)
    """Who may give a better point for a spoken place."""
    call_limit_ms: int = 300_000
    longest_utterance_ms: int = 9_000

    @property
    def dialog(self) -> dialog.Dialog:
        """The dialog that a new call gets now."""
        return self.current_dialog.voiced.dialog

    @property
    def voice(self) -> DialogVoice:
        """Its voice."""
        return self.current_dialog.voiced.voice
