"""``end``: tell the caller that all is said. The line stays open: only a human or the caller ends a call."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Listening, Step, StepPort
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

    def enter(self, port: StepPort) -> None:
        """Say goodbye; without a complete report a human takes the call instead."""
        if not port.state.reported:
            port.to_human("dialog")
            return
        port.say(self.prompt)
        port.listen(self.listen)

    def on_heard(self, port: StepPort, heard: Understanding) -> None:
        """Note the addition; an urgent caller reaches a human."""
        if port.assessment.routed_as_urgent and port.state.transfers_failed == 0:
            port.to_human("urgent")
            return
        if heard.answer is None or heard.location is not None:
            port.say(self.noted)
        port.listen(self.listen)

    @property
    def listening(self) -> Listening | None:
        """Times after the goodbye."""
        return self.listen

    def exits(self) -> Mapping[str, str]:
        """Return nothing: only a human or the caller ends the call."""
        return {}

    def prompts(self) -> Iterable[str]:
        """Return both sentences."""
        return (self.prompt, self.noted)
