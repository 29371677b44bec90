"""From what is known to the words of the prompts' fields."""

from __future__ import annotations

import math

from voicebot.dialog.effects import TransferReason
from voicebot.dialog.model import Dialog
from voicebot.dialog.state import State
from voicebot.understanding import Assessment


def field_values(dialog: Dialog, state: State, reason: TransferReason | None = None) -> dict[str, str]:
    """Return the words for every field; a field with nothing to say is empty."""
    assessment: Assessment = state.assessment
    words, place = dialog.words, assessment.location
    agency = state.agency
    choices: list[str] = []
    if place is not None:
        choices = [f"{found.gu} {found.name}" if found.gu else found.name for found in place.candidates]
    answers = {slot: words.answers.get(value, value) for slot, value in state.slots.items()}
    return {
        **answers,
        "agency": agency.name if agency else "",
        "agency_number": agency.number if agency else "",
        "call_again": dialog.knowledge.guides.call_again,
        "queue_position": str(state.queue_position or ""),
        "queue_ahead": str(max(0, state.queue_position - 1) or ""),
        "wait_minutes": _minutes(state.expected_wait_s),
        "place": place.spoken() if place is not None else "",
        "gu_choices": f" {words.choice} ".join(choices),
        "incident": words.incident.get(assessment.category, ""),
        "urgency": words.urgency.get(assessment.urgency, ""),
        "flags": ", ".join(words.flags[flag] for flag in assessment.flags if flag in words.flags),
        "reason": words.reason.get(reason, "") if reason else "",
        "confirmed": words.confirmed["yes" if state.place_confirmed else "no"] if place else "",
    }


def _minutes(wait_s: int | None) -> str:
    """Return a wait in whole minutes, never less than one; empty when it is not known."""
    return "" if wait_s is None else str(max(1, math.ceil(wait_s / 60)))


def render_brief(dialog: Dialog, state: State, *, reason: TransferReason, prompt: str) -> str:
    """Return what an operator hears about the caller before accepting, about 6 s."""
    return dialog.prompts[prompt].render(field_values(dialog, state, reason))
