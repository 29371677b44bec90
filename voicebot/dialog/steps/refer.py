"""``refer``: another agency is the right one; the report is kept all the same and 119 stays open."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Step, StepPort


class Refer(Step):
    """Close the report for review and tell whom to call, and when to call 119 again."""

    verb: ClassVar[str] = "refer"
    settles: ClassVar[bool] = True

    agency: str | None = None
    """An entry of ``agencies``; without it the lexicon's ``referrals.yaml`` decides by the type of incident.
    Fills ``{agency}`` and ``{agency_number}``."""
    prompt: str
    """Must say to call 119 again when it gets worse: ``{call_again}`` is the sentence of the lexicon."""
    next: str

    def enter(self, port: StepPort) -> None:
        """Tell it, unless a human has to be tried first: only a human refuses help.

        A matter that belongs to nobody else is 119's own: a human takes it.
        """
        agency = port.agency(self.agency)
        urgent = port.assessment.routed_as_urgent
        if (urgent or agency is None) and port.state.transfers_failed == 0:
            port.to_human("urgent" if urgent else "dialog")
            return
        port.update(agency=agency)
        port.close_incident()
        port.say(self.prompt)
        port.go(self.next)

    def exits(self) -> Mapping[str, str]:
        """Return the one way onward."""
        return {"next": self.next}

    def prompts(self) -> Iterable[str]:
        """Return the one sentence."""
        return (self.prompt,)
