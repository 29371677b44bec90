"""What `voicebot doctor` looks at on a machine: one module for each subject, none that shows anything."""

from voicebot.doctor.examination import CHECKS, examine
from voicebot.doctor.finding import Check, Finding, Status

__all__ = ["CHECKS", "Check", "Finding", "Status", "examine"]
