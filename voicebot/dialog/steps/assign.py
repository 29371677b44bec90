"""``set``: write something down without asking."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.step import Step, StepPort
from voicebot.vocabulary.urgency import Urgency


class Assign(Step):
    """Fill slots, switch the language, or raise the urgency; nothing is ever lowered."""

    verb: ClassVar[str] = "set"

    slots: Mapping[str, str] = Field(default_factory=dict)
    language: str | None = None
    urgency: Urgency | None = None
    """``potential`` or ``urgent``."""
    next: str

    def enter(self, port: StepPort) -> None:
        """Write it down and go on."""
        for slot, value in self.slots.items():
            port.fill(slot, value)
        if self.language is not None:
            port.update(language=self.language)
        if self.urgency is not None:
            port.raise_to(self.urgency, "set/urgency")
        port.go(self.next)

    def exits(self) -> Mapping[str, str]:
        """Return the one way onward."""
        return {"next": self.next}

    def prompts(self) -> Iterable[str]:
        """Return nothing."""
        return ()

    def slots_named(self) -> Iterable[str]:
        """Return what is filled."""
        return tuple(self.slots)
