"""``record``: the report is complete for a human's review; the caller is told what happens next."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Floor, Step


class Record(Step):
    """Close the report, never the call."""

    verb: ClassVar[str] = "record"
    settles: ClassVar[bool] = True

    prompt: str
    next: str

    def enter(self, floor: Floor) -> None:
        """Close the report, unless a human has to be tried first."""
        if floor.assessment.routed_as_urgent and floor.state.transfers_failed == 0:
            floor.to_human("urgent")
            return
        floor.close_report()
        floor.say(self.prompt)
        floor.go(self.next)

    def ways(self) -> Mapping[str, str]:
        """Return the one way onward."""
        return {"next": self.next}

    def prompts(self) -> Iterable[str]:
        """Return the one sentence."""
        return (self.prompt,)
