"""One transition of the dialog: what steps do about one event, collected as changes of state and effects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from voicebot.dialog.effects import (
    CloseIncident,
    Effect,
    Listen,
    RequestTransfer,
    Rerank,
    Say,
    TransferReason,
    UpdateIncident,
)
from voicebot.dialog.model import Dialog
from voicebot.dialog.prompt_fields import field_values, render_brief
from voicebot.dialog.questions import Question, next_advice, next_question, question_set
from voicebot.dialog.slots import UNSURE
from voicebot.dialog.state import State
from voicebot.dialog.step import RETURN, Listening, Step
from voicebot.understanding import Assessment, Evidence, Understanding
from voicebot.understanding.incident_guides import Agency
from voicebot.vocabulary.transfers import TransferMode
from voicebot.vocabulary.urgency import Urgency, higher

_MAX_ENTRIES = 2
"""Entries into one step within one event; steps that go on to each other in a circle end at a human."""


EARLIER_CALL = "earlier_call"
"""Rule of the evidence that says: this was known from an earlier call of the same caller."""


class Transition:
    """Implements `voicebot.dialog.step.StepPort`; lives for one event and is thrown away."""

    def __init__(self, dialog: Dialog, state: State, text: str = "") -> None:
        self.dialog = dialog
        self.state = state
        self.text = text
        self._effects: list[Effect] = []
        self._reason: TransferReason | None = None
        self._entered: list[str] = []

    @property
    def assessment(self) -> Assessment:
        """What is known about the call."""
        return self.state.assessment

    @property
    def current(self) -> Step:
        """The step that answers the caller."""
        return self.dialog.steps[self.state.step]

    def effects(self) -> tuple[Effect, ...]:
        """Return what is to be done, with one Listen at most, at the end."""
        listens = [effect for effect in self._effects if isinstance(effect, Listen)]
        others = [effect for effect in self._effects if not isinstance(effect, Listen)]
        return (*others, *listens[-1:])

    def update(self, **changes: Any) -> None:
        """Replace fields of the state."""
        self.state = replace(self.state, **changes)

    def assess(self, assessment: Assessment) -> None:
        """Take a new assessment, never one below that of an earlier call; write it down when it differs."""
        least, judged = self.state.least_urgency, assessment.urgency
        if judged not in ("unknown", higher(judged, least)):
            assessment = assessment.at_least(least, Evidence(EARLIER_CALL, "", 0, 1.0))
        if assessment == self.assessment:
            return
        before, after = self.assessment.location, assessment.location
        same_place = (before and before.spoken()) == (after and after.spoken())
        self.update(assessment=assessment, place_confirmed=self.state.place_confirmed and same_place)
        self.update_incident()

    def update_incident(self) -> None:
        """Write down what is known; only the last `UpdateIncident` of an event is kept."""
        self._effects = [effect for effect in self._effects if not isinstance(effect, UpdateIncident)]
        self._effects.insert(0, UpdateIncident(self.assessment, self.state.place_confirmed, self.state.slots))

    def fill(self, slot: str, value: str) -> None:
        """Fill one of the dialog's own slots; an answer that was sure is not lost to an unsure one."""
        known = self.state.slots.get(slot)
        if value == known or (value == UNSURE and known is not None):
            return
        self.update(slots={**self.state.slots, slot: value})
        self.update_incident()

    def clear(self, slot: str) -> None:
        """Forget what one of the dialog's own slots holds."""
        self.update(slots={name: value for name, value in self.state.slots.items() if name != slot})

    def fill_from_answer(self, slot: str, heard: Understanding) -> str | None:
        """Fill a slot from the answer to its question."""
        value = self.dialog.slots[slot].answered(self.text, heard)
        if value is not None:
            self.fill(slot, value)
        return value

    def fill_noticed(self) -> None:
        """Fill the slots that the words tell without having been asked for."""
        for name, slot in self.dialog.slots.items():
            value = slot.noticed(self.text)
            if value is not None:
                self.fill(name, value)

    def raise_for_answers(self) -> None:
        """Raise the urgency for a grave answer to a question of this incident, asked for or told unasked."""
        if self.assessment.urgency == "urgent":
            return
        for question in question_set(self.dialog.questions, self.state):
            value = self.state.slots.get(question.slot)
            if value is not None and value != UNSURE and value in question.urgent_if:
                self.raise_to("urgent", f"question/{question.slot}/{value}")

    def next_question(self) -> Question | None:
        """Return the next question of the set for this incident."""
        return next_question(self.dialog.questions, self.state)

    def open_question(self) -> Question | None:
        """Return the question that was put last and is not answered yet."""
        if self.state.asking is None:
            return None
        own = question_set(self.dialog.questions, self.state)
        others = (question for questions in self.dialog.questions.values() for question in questions)
        return next((question for question in (*own, *others) if question.slot == self.state.asking), None)

    def agency(self, name: str | None) -> Agency | None:
        """Return an agency of the dialog, or without a name the one that this type of incident belongs to."""
        if name is not None:
            return self.dialog.agencies[name]
        return self.dialog.knowledge.guides.referral(self.assessment.code or self.assessment.category)

    def next_advice(self) -> str | None:
        """Return the prompt of the next safety advice for this incident."""
        return next_advice(self.dialog.advice, self.state)

    def raise_to(self, urgency: Urgency, rule: str) -> None:
        """Raise the urgency for a reason that is not a rule of the lexicon."""
        reason = Evidence(rule, self.text, max(0, self.state.utterance - 1), 1.0)
        self.assess(self.assessment.at_least(urgency, reason))

    def say(self, prompt: str) -> None:
        """Queue a sentence and remember it for a repeat request."""
        sentence = self.dialog.prompts[prompt]
        language = self.dialog.spoken_in(self.state.step, self.state.language)
        times = self.state.said.get(prompt, 0)
        wording = sentence.wording(language, times)
        values = field_values(self.dialog, self.state, self._reason)
        text = sentence.render(values, wording)
        listening = self.current.listening or self.dialog.listening
        said = Say(
            prompt,
            text,
            sentence.barge_in and listening.barge_in,
            wording.language,
            wording.pieces(text, values, self.dialog.recordings),
        )
        if text:
            self._effects.append(said)
        self.update(
            last_said=said,
            said={**self.state.said, prompt: times + 1},
            keypad_offered=self.state.keypad_offered or prompt == self.dialog.keypad(self.state.step).offer,
        )

    def say_again(self) -> None:
        """Repeat the last sentence."""
        if self.state.last_said is not None:
            self._effects.append(self.state.last_said)
        self.listen(self.current.listening)

    def listen(self, listening: Listening | None = None) -> None:
        """Listen to the caller; times that ``listening`` leaves open are the dialog's own."""
        usual = self.dialog.listening
        times = listening.over(usual) if listening is not None else usual
        self._effects.append(Listen(times.endpoint_ms, times.silence_ms, times.max_utterance_ms))

    def go(self, step: str, reason: TransferReason | None = None) -> None:
        """Enter another step."""
        if reason is not None:
            self._reason = reason
        if step == RETURN:
            *stack, step = self.state.stack or (self.dialog.handlers.human,)
            self.update(stack=tuple(stack))
        self._entered.append(step)
        if self._entered.count(step) > _MAX_ENTRIES:
            step = self.dialog.handlers.human
        self.update(step=step, asked=0)
        self.current.enter(self)

    def to_human(self, reason: TransferReason) -> None:
        """Enter the step that reaches a human."""
        self.update(stack=())
        self.go(self.dialog.handlers.human, reason)

    def request_transfer(self, mode: TransferMode | None, group: str | None, brief: str) -> None:
        """Ask for a human with the brief of this moment."""
        reason = self._reason or ("urgent" if self.assessment.routed_as_urgent else "dialog")
        told = render_brief(self.dialog, self.state, reason=reason, prompt=brief)
        self.update_incident()
        urgency, flags = self.assessment.urgency, self.red_flags()
        self._effects.append(RequestTransfer(mode, urgency, reason, told, group, brief, flags))

    def red_flags(self) -> tuple[str, ...]:
        """Return the red flags of the dialog that are known by now."""
        return tuple(flag for flag in self.assessment.flags if flag in self.dialog.urgent.flags)

    def rerank(self) -> None:
        """Have the caller moved to where the urgency belongs on the waiting list."""
        self._effects.append(Rerank(self.assessment.urgency, self.red_flags()))

    def close_incident(self) -> None:
        """Mark the incident as complete, once."""
        self.update_incident()
        if not self.state.reported:
            self.update(reported=True)
            self._effects.append(CloseIncident())
