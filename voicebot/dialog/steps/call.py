"""``call``: a part of the dialog that several places use; it ends in ``return``."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Step, StepPort


class Call(Step):
    """Lead through another part and come back."""

    verb: ClassVar[str] = "call"

    step: str
    """First step of the part."""
    next: str
    """Where ``return`` leads."""

    def enter(self, port: StepPort) -> None:
        """Remember the way back and go."""
        port.update(stack=(*port.state.stack, self.next))
        port.go(self.step)

    def exits(self) -> Mapping[str, str]:
        """Return the part and the way back."""
        return {"step": self.step, "next": self.next}

    def prompts(self) -> Iterable[str]:
        """Return nothing."""
        return ()
