"""``triage``: the questions of the incident's type, most decisive first, each only when needed."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.questions import Question
from voicebot.dialog.slots import UNSURE
from voicebot.dialog.step import Floor, Listening, Step
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

    def enter(self, floor: Floor) -> None:
        """Put the first question, or go on."""
        self._ask(floor)

    def heard(self, floor: Floor, heard: Understanding) -> None:
        """Take the answer; a grave one reaches a human, any other the next question."""
        question = floor.asked_question()
        value = floor.take_answer(question.slot, heard) if question else None
        if question is not None and value is not None and value in question.urgent_if and value != UNSURE:
            floor.raise_to("urgent", f"question/{question.slot}/{value}")
        if floor.assessment.urgency == "urgent":
            floor.to_human("urgent")
        elif self.corrected and floor.assessment.has_place and not floor.state.place_confirmed:
            if question is not None and value == UNSURE:
                floor.clear(question.slot)  # the words were about the place: the question is still open
            floor.go(self.corrected)
        elif question is not None and value in (None, UNSURE):
            self._unsure(floor, question)
        else:
            self._ask(floor)

    @property
    def listening(self) -> Listening | None:
        """Times of the questions."""
        return self.listen

    def ways(self) -> Mapping[str, str]:
        """Return where the end of the questions and a correction lead."""
        corrected = {"corrected": self.corrected} if self.corrected else {}
        return {"next": self.next, **corrected}

    def prompts(self) -> Iterable[str]:
        """Return nothing of its own: the questions are in ``questions``."""
        return ()

    def _unsure(self, floor: Floor, question: Question) -> None:
        """Ask once more; then the question counts as answered by nobody knowing."""
        if floor.state.asked <= self.repeats:
            floor.clear(question.slot)
            self._ask(floor, floor.state.asked + 1)
            return
        floor.fill(question.slot, UNSURE)
        if UNSURE in question.urgent_if:
            floor.raise_to("urgent", f"question/{question.slot}/{UNSURE}")
            floor.to_human("urgent")
            return
        self._ask(floor)

    def _ask(self, floor: Floor, asked: int = 1) -> None:
        question = floor.next_question()
        again = asked > 1 and question is not None and question.slot == floor.state.asking
        if question is None or (floor.state.questions >= self.most and not again):
            floor.update(asking=None)
            floor.go(self.next)
            return
        floor.update(asked=asked, asking=question.slot, questions=floor.state.questions + (0 if again else 1))
        floor.say(question.prompt)
        floor.listen(self.listen)
