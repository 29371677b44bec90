"""``record``: the report is complete for a human's review; the caller is told what happens next."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Step, StepPort


class Record(Step):
    """Close the report, never the call."""

    verb: ClassVar[str] = "record"
    settles: ClassVar[bool] = True

    prompt: str
    next: str

    def enter(self, port: StepPort) -> None:
        """Close the report, unless a human has to be tried first."""
        if port.assessment.routed_as_urgent and port.state.transfers_failed == 0:
            port.to_human("urgent")
            return
        port.close_incident()
        port.say(self.prompt)
        port.go(self.next)

    def exits(self) -> Mapping[str, str]:
        """Return the one way onward."""
        return {"next": self.next}

    def prompts(self) -> Iterable[str]:
        """Return the one sentence."""
        return (self.prompt,)
