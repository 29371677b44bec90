"""Triage: what a caller's words say about kind, urgency, danger and place, each with its evidence."""

from voicebot.understanding.assessment import Assessment
from voicebot.understanding.knowledge import Knowledge, load_knowledge
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
    "Knowledge",
    "Location",
    "Understanding",
    "Urgency",
    "higher",
    "load_knowledge",
    "routed_as_urgent",
    "understand",
]
