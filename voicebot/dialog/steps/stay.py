"""``stay``: keep the line open after the report is complete; what is added is written down."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.step import Listening, Step, StepPort
from voicebot.understanding import Understanding


class Stay(Step):
    """Listen with long pauses; an urgent caller who waits here is offered to a human again."""

    verb: ClassVar[str] = "stay"
    interactive: ClassVar[bool] = True

    noted: str
    """Said after each addition."""
    listen: Listening
    advice: bool = False
    """Into silences, the safety ``advice`` for the incident is said first, each piece once."""
    urgent_tries: int = Field(2, ge=1, le=6)
    """After so many additions of a caller who is routed as urgent, a human is tried again."""

    def enter(self, port: StepPort) -> None:
        """Listen."""
        port.update(asked=0)
        port.listen(self.listen)

    def on_heard(self, port: StepPort, heard: Understanding) -> None:
        """Note the addition, and try a human again for an urgent caller."""
        port.update(asked=port.state.asked + 1)
        if port.assessment.routed_as_urgent and port.state.asked >= self.urgent_tries:
            port.to_human("urgent")
            return
        if heard.answer is None or heard.location is not None:
            port.say(self.noted)
        port.listen(self.listen)

    def on_silence(self, port: StepPort) -> bool:
        """Give the next safety advice; without one the silence is handled as in every step."""
        advice = port.next_advice() if self.advice else None
        if advice is None:
            return False
        port.say(advice)
        port.listen(self.listen)
        return True

    @property
    def listening(self) -> Listening | None:
        """The long times of this step."""
        return self.listen

    def exits(self) -> Mapping[str, str]:
        """Return nothing: only a human or the caller ends the stay."""
        return {}

    def prompts(self) -> Iterable[str]:
        """Return the one sentence."""
        return (self.noted,)
