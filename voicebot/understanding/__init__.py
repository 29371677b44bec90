"""Triage: what a caller's words say about kind, urgency, danger and place, each with its evidence."""

from voicebot.understanding.assessment import Assessment
from voicebot.understanding.incident_guides import IncidentGuides
from voicebot.understanding.knowledge import Knowledge, load_knowledge
from voicebot.understanding.places.pidf import Fix, civic_location, find_fix, read_pidf
from voicebot.understanding.places.place_agreement import PlaceAgreement, compare_places
from voicebot.understanding.results import (
    FLAGS,
    Answer,
    Candidate,
    Evidence,
    Location,
    Understanding,
)
from voicebot.understanding.understand import understand

__all__ = [
    "FLAGS",
    "Answer",
    "Assessment",
    "Candidate",
    "Evidence",
    "Fix",
    "IncidentGuides",
    "Knowledge",
    "Location",
    "PlaceAgreement",
    "Understanding",
    "civic_location",
    "compare_places",
    "find_fix",
    "load_knowledge",
    "read_pidf",
    "understand",
]
