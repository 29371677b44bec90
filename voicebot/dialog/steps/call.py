"""``call``: a part of the flow that several places use; it ends in ``return``."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Floor, Step


class Call(Step):
    """Lead through another part and come back."""

    verb: ClassVar[str] = "call"

    step: str
    """First step of the part."""
    next: str
    """Where ``return`` leads."""

    def enter(self, floor: Floor) -> None:
        """Remember the way back and go."""
        floor.update(stack=(*floor.state.stack, self.next))
        floor.go(self.step)

    def ways(self) -> Mapping[str, str]:
        """Return the part and the way back."""
        return {"step": self.step, "next": self.next}

    def prompts(self) -> Iterable[str]:
        """Return nothing."""
        return ()
