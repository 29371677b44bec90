"""``ask``: an open question that may fill several slots, then one question for each that is missing."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.conditions import is_known
from voicebot.dialog.slots import BUILT_IN
from voicebot.dialog.step import Listening, Step, StepPort
from voicebot.understanding import Understanding


class Ask(Step):
    """Ask until all slots are known or the tries are used up."""

    verb: ClassVar[str] = "ask"
    interactive: ClassVar[bool] = True

    prompt: str
    """Said first when no slot is known."""
    slots: tuple[str, ...] = Field(min_length=1)
    missing: Mapping[str, str] = Field(default_factory=dict)
    """The question for each slot, said when other slots are known or the first question did not help."""
    tries: int = Field(3, ge=1, le=6)
    """Questions in all."""
    urgent_tries: int = Field(2, ge=1, le=6)
    """Questions in all once the call is urgent: a human soon matters more than a full record."""
    listen: Listening | None = None
    next: str
    unanswered: str
    """Where to go with slots still missing."""

    def enter(self, port: StepPort) -> None:
        """Ask for what is missing, or go on at once when nothing is."""
        missing = self._missing(port)
        if not missing:
            port.go(self.next)
            return
        port.update(asked=1)
        port.say(self.prompt if len(missing) == len(self.slots) else self._question(missing[0]))
        port.listen(self.listen)

    def on_heard(self, port: StepPort, heard: Understanding) -> None:
        """Go on with all slots filled, ask again, or give up."""
        for slot in self._missing(port)[:1]:
            if slot not in BUILT_IN:
                port.fill_from_answer(slot, heard)
        missing = self._missing(port)
        if not missing:
            port.go(self.next)
            return
        urgent = port.assessment.urgency == "urgent"
        if port.state.asked >= (self.urgent_tries if urgent else self.tries):
            port.go(self.unanswered, "no_place" if "place" in missing else "unclear")
            return
        port.update(asked=port.state.asked + 1)
        port.say(self._question(missing[0]))
        port.listen(self.listen)

    @property
    def listening(self) -> Listening | None:
        """Times of this question."""
        return self.listen

    def exits(self) -> Mapping[str, str]:
        """Return where an answer and its lack lead."""
        return {"next": self.next, "unanswered": self.unanswered}

    def prompts(self) -> Iterable[str]:
        """Return all questions."""
        return (self.prompt, *self.missing.values())

    def slots_named(self) -> Iterable[str]:
        """Return what is asked."""
        return (*self.slots, *self.missing)

    def _question(self, slot: str) -> str:
        return self.missing.get(slot, self.prompt)

    def _missing(self, port: StepPort) -> list[str]:
        return [slot for slot in self.slots if not is_known(slot, port.state)]
