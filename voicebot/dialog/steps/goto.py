"""``goto``: onward to another step."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Step, StepPort


class Goto(Step):
    """Go on without a word; gives a second name to a step."""

    verb: ClassVar[str] = "goto"
    short: ClassVar[str | None] = "step"

    step: str

    def enter(self, port: StepPort) -> None:
        """Go."""
        port.go(self.step)

    def exits(self) -> Mapping[str, str]:
        """Return the one way onward."""
        return {"step": self.step}

    def prompts(self) -> Iterable[str]:
        """Return nothing."""
        return ()
