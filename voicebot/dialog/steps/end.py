"""``end``: tell the caller that all is said. The line stays open: only a human or the caller ends a call."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Floor, Listening, Step
from voicebot.understanding import Understanding


class End(Step):
    """Say goodbye after a complete report; whatever the caller adds is written down."""

    verb: ClassVar[str] = "end"
    interactive: ClassVar[bool] = True

    prompt: str
    """Tells that the caller may hang up."""
    noted: str
    """Said after each addition."""
    listen: Listening | None = None

    def enter(self, floor: Floor) -> None:
        """Say goodbye; without a report a human takes the call instead."""
        if not floor.state.reported:
            floor.to_human("dialog")
            return
        floor.say(self.prompt)
        floor.listen(self.listen)

    def heard(self, floor: Floor, heard: Understanding) -> None:
        """Note the addition; an urgent caller reaches a human."""
        if floor.assessment.routed_as_urgent and floor.state.transfers_failed == 0:
            floor.to_human("urgent")
            return
        if heard.answer is None or heard.location is not None:
            floor.say(self.noted)
        floor.listen(self.listen)

    @property
    def listening(self) -> Listening | None:
        """Times after the goodbye."""
        return self.listen

    def ways(self) -> Mapping[str, str]:
        """Return nothing: only a human or the caller ends the call."""
        return {}

    def prompts(self) -> Iterable[str]:
        """Return both sentences."""
        return (self.prompt, self.noted)
