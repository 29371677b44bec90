"""``say``: one sentence, then onward without waiting."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.step import Step, StepPort


class Say(Step):
    """Say a prompt and go to the next step."""

    verb: ClassVar[str] = "say"

    prompt: str
    next: str

    def enter(self, port: StepPort) -> None:
        """Say it and go on."""
        port.say(self.prompt)
        port.go(self.next)

    def exits(self) -> Mapping[str, str]:
        """Return the one way onward."""
        return {"next": self.next}

    def prompts(self) -> Iterable[str]:
        """Return the one sentence."""
        return (self.prompt,)
