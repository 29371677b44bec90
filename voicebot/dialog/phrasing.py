"""From what is known to the words of the prompts' fields."""

from __future__ import annotations

from voicebot.dialog.effects import TransferReason
from voicebot.dialog.model import Dialog
from voicebot.understanding import Assessment


def field_values(
    dialog: Dialog, assessment: Assessment, *, place_confirmed: bool, reason: TransferReason | None = None
) -> dict[str, str]:
    """Return the words for every field; a field with nothing to say is empty."""
    words, place = dialog.words, assessment.location
    choices: list[str] = []
    if place is not None:
        choices = [f"{found.gu} {found.name}" if found.gu else found.name for found in place.candidates]
    return {
        "place": place.spoken() if place is not None else "",
        "gu_choices": f" {words.choice} ".join(choices),
        "incident": words.incident.get(assessment.category, ""),
        "urgency": words.urgency.get(assessment.urgency, ""),
        "flags": ", ".join(words.flags[flag] for flag in assessment.flags if flag in words.flags),
        "reason": words.reason.get(reason, "") if reason else "",
        "confirmed": words.confirmed["yes" if place_confirmed else "no"] if place else "",
    }


def render_brief(
    dialog: Dialog, assessment: Assessment, *, place_confirmed: bool, reason: TransferReason
) -> str:
    """Return what an operator hears about the caller before accepting, about 6 s."""
    values = field_values(dialog, assessment, place_confirmed=place_confirmed, reason=reason)
    return dialog.prompts["operator_brief"].render(values)
