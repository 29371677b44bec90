"""Incident records: what was said and understood in each call, kept as it happens."""

from voicebot.incidents.callbacks import Callback, Taken, last_words
from voicebot.incidents.model import (
    LIVE_STATES,
    Caller,
    Candidate,
    Evidence,
    Incident,
    IncidentType,
    Location,
    NetworkLocation,
    Speaker,
    State,
    Transfer,
    TransferAttempt,
    Urgency,
    Utterance,
)
from voicebot.incidents.store import IncidentStore

__all__ = [
    "LIVE_STATES",
    "Callback",
    "Caller",
    "Candidate",
    "Evidence",
    "Incident",
    "IncidentStore",
    "IncidentType",
    "Location",
    "NetworkLocation",
    "Speaker",
    "State",
    "Taken",
    "Transfer",
    "TransferAttempt",
    "Urgency",
    "Utterance",
    "last_words",
]
