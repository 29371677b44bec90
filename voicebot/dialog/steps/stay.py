"""``stay``: keep the line open after the report; what is added is written down."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.step import Floor, Listening, Step
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

    def enter(self, floor: Floor) -> None:
        """Listen."""
        floor.update(asked=0)
        floor.listen(self.listen)

    def heard(self, floor: Floor, heard: Understanding) -> None:
        """Note the addition, and try a human again for an urgent caller."""
        floor.update(asked=floor.state.asked + 1)
        if floor.assessment.routed_as_urgent and floor.state.asked >= self.urgent_tries:
            floor.to_human("urgent")
            return
        if heard.answer is None or heard.location is not None:
            floor.say(self.noted)
        floor.listen(self.listen)

    def silent(self, floor: Floor) -> bool:
        """Give the next safety advice; without one the silence is handled as in every step."""
        advice = floor.next_advice() if self.advice else None
        if advice is None:
            return False
        floor.say(advice)
        floor.listen(self.listen)
        return True

    @property
    def listening(self) -> Listening | None:
        """The long times of this step."""
        return self.listen

    def ways(self) -> Mapping[str, str]:
        """Return nothing: only a human or the caller ends the stay."""
        return {}

    def prompts(self) -> Iterable[str]:
        """Return the one sentence."""
        return (self.noted,)
