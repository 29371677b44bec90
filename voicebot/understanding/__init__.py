"""Triage: what a caller's words say about kind, urgency, danger and place, each with its evidence."""

from voicebot.understanding.assessment import Assessment
from voicebot.understanding.incident_guides import Guides
from voicebot.understanding.knowledge import Knowledge, load_knowledge
from voicebot.understanding.places.network_check import Whereabouts, fuse
from voicebot.understanding.places.pidf import Fix, civic_location, find_fix, read_pidf
from voicebot.understanding.types import (
    FLAGS,
    Answer,
    Candidate,
    Category,
    Evidence,
    Location,
    Understanding,
    Urgency,
    higher,
    routed_as_urgent,
)
from voicebot.understanding.understand import understand

__all__ = [
    "FLAGS",
    "Answer",
    "Assessment",
    "Candidate",
    "Category",
    "Evidence",
    "Fix",
    "Guides",
    "Knowledge",
    "Location",
    "Understanding",
    "Urgency",
    "Whereabouts",
    "civic_location",
    "find_fix",
    "fuse",
    "higher",
    "load_knowledge",
    "read_pidf",
    "routed_as_urgent",
    "understand",
]
