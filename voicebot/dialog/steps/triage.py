"""``triage``: the questions of the incident's type, most decisive first, each only when needed."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.questions import Question
from voicebot.dialog.slots import UNSURE
from voicebot.dialog.step import Listening, Step, StepPort
from voicebot.understanding import Understanding


class Triage(Step):
    """Ask the set of ``questions`` that fits the danger signs, the type or the category."""

    verb: ClassVar[str] = "triage"
    interactive: ClassVar[bool] = True

    most: int = Field(4, ge=1, le=12)
    """Questions in all, over the whole call."""
    repeats: int = Field(1, ge=0, le=2)
    """How often a question is put again when the answer gave no value."""
    listen: Listening | None = None
    corrected: str | None = None
    """Where to go when the caller names another place meanwhile; reads it back."""
    next: str

    def enter(self, port: StepPort) -> None:
        """Put the first question, or go on."""
        self._ask(port)

    def on_heard(self, port: StepPort, heard: Understanding) -> None:
        """Take the answer; a grave one reaches a human, any other the next question."""
        question = port.open_question()
        value = port.fill_from_answer(question.slot, heard) if question else None
        if question is not None and value is not None and value in question.urgent_if and value != UNSURE:
            port.raise_to("urgent", f"question/{question.slot}/{value}")
        if port.assessment.urgency == "urgent":
            port.to_human("urgent")
        elif self.corrected and port.assessment.has_place and not port.state.place_confirmed:
            if question is not None and value == UNSURE:
                port.clear(question.slot)  # the words were about the place: the question is still open
            port.go(self.corrected)
        elif question is not None and value in (None, UNSURE):
            self._unsure(port, question)
        else:
            self._ask(port)

    @property
    def listening(self) -> Listening | None:
        """Times of the questions."""
        return self.listen

    def exits(self) -> Mapping[str, str]:
        """Return where the end of the questions and a correction lead."""
        corrected = {"corrected": self.corrected} if self.corrected else {}
        return {"next": self.next, **corrected}

    def prompts(self) -> Iterable[str]:
        """Return nothing of its own: the questions are in ``questions``."""
        return ()

    def _unsure(self, port: StepPort, question: Question) -> None:
        """Ask once more; then the question counts as answered by nobody knowing."""
        if port.state.asked <= self.repeats:
            port.clear(question.slot)
            self._ask(port, port.state.asked + 1)
            return
        port.fill(question.slot, UNSURE)
        if UNSURE in question.urgent_if:
            port.raise_to("urgent", f"question/{question.slot}/{UNSURE}")
            port.to_human("urgent")
            return
        self._ask(port)

    def _ask(self, port: StepPort, asked: int = 1) -> None:
        question = port.next_question()
        again = asked > 1 and question is not None and question.slot == port.state.asking
        if question is None or (port.state.questions >= self.most and not again):
            port.update(asking=None)
            port.go(self.next)
            return
        port.update(asked=asked, asking=question.slot, questions=port.state.questions + (0 if again else 1))
        port.say(question.prompt)
        port.listen(self.listen)
