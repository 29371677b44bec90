"""What every step is: a checked piece of YAML with entry, hearing, and exits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol

from pydantic import Field

from voicebot.dialog.effects import TransferReason
from voicebot.dialog.events import TransferFailure
from voicebot.dialog.questions import Question
from voicebot.dialog.state import State
from voicebot.dialog.yaml_entry import YamlEntry
from voicebot.understanding import Assessment, Understanding
from voicebot.understanding.incident_guides import Agency
from voicebot.vocabulary.transfers import TransferMode
from voicebot.vocabulary.urgency import Urgency

RETURN = "return"
"""In place of a step's name: back to the 'call' that led here."""


class Listening(YamlEntry):
    """How long the caller may speak and be silent, in milliseconds of media."""

    endpoint_ms: int = Field(700, ge=200, le=5_000)
    """Pause that ends an utterance: longer delays each answer, shorter cuts people at their breath."""
    silence_ms: int = Field(6_000, ge=1_000, le=120_000)
    """Silence after a sentence, until the caller is asked again: time to look around for a street sign."""
    max_utterance_ms: int = Field(20_000, ge=2_000, le=60_000)
    """A caller who goes on is cut here, so that what was said is judged; a recogniser may take less."""
    barge_in: bool = True
    """False: sentences of the step are heard to their end."""

    def over(self, usual: Listening) -> Listening:
        """Return the times that are set here, and those of ``usual`` where nothing is set."""
        return usual.model_copy(update={name: getattr(self, name) for name in self.model_fields_set})


class StepPort(Protocol):
    """What a step may do while an event is answered; `transition.Transition` is behind it."""

    @property
    def state(self) -> State:
        """The conversation as it stands."""
        ...

    @property
    def assessment(self) -> Assessment:
        """What is known about the call."""
        ...

    @property
    def text(self) -> str:
        """The words of the utterance that is being answered; empty without one."""
        ...

    def update(self, **changes: Any) -> None:
        """Replace fields of the state."""
        ...

    def fill(self, slot: str, value: str) -> None:
        """Fill one of the dialog's own slots."""
        ...

    def clear(self, slot: str) -> None:
        """Forget what one of the dialog's own slots holds."""
        ...

    def fill_from_answer(self, slot: str, heard: Understanding) -> str | None:
        """Fill a slot from the answer to its question; return the value, or None when there was none."""
        ...

    def next_question(self) -> Question | None:
        """Return the next question of the set for this incident."""
        ...

    def open_question(self) -> Question | None:
        """Return the question that was put last and is not answered yet."""
        ...

    def agency(self, name: str | None) -> Agency | None:
        """Return an agency of the dialog, or without a name the one that this type of incident belongs to."""
        ...

    def next_advice(self) -> str | None:
        """Return the prompt of the next safety advice for this incident."""
        ...

    def raise_to(self, urgency: Urgency, rule: str) -> None:
        """Raise the urgency for a reason that is not a rule of the lexicon."""
        ...

    def say(self, prompt: str) -> None:
        """Queue a sentence."""
        ...

    def listen(self, listening: Listening | None = None) -> None:
        """Listen to the caller; ``None`` takes the dialog's own times."""
        ...

    def go(self, step: str, reason: TransferReason | None = None) -> None:
        """Enter another step."""
        ...

    def to_human(self, reason: TransferReason) -> None:
        """Enter the step that the dialog names for reaching a human."""
        ...

    def request_transfer(self, mode: TransferMode | None, group: str | None, brief: str) -> None:
        """Ask for a human with the brief of this moment."""
        ...

    def close_incident(self) -> None:
        """Mark the incident as complete for a human's review."""
        ...


class Step(YamlEntry, ABC):
    """Base of the step verbs. A step holds no state: all of it is in `State`."""

    verb: ClassVar[str]
    short: ClassVar[str | None] = None
    """The key that a bare text stands for, as in ``goto: other_step``."""
    interactive: ClassVar[bool] = False
    """The step waits for the caller."""
    settles: ClassVar[bool] = False
    """Entering the step reaches a human or completes the incident."""

    @abstractmethod
    def enter(self, port: StepPort) -> None:
        """Begin the step: say, ask, listen or go on."""

    def assessed(self, assessment: Assessment, heard: Understanding) -> Assessment:
        """Return the assessment with a finished utterance taken in."""
        return assessment.after(heard)

    def on_heard(self, port: StepPort, _heard: Understanding) -> None:
        """Answer a finished utterance that is already part of the assessment."""
        port.listen(self.listening)

    def on_silence(self, _port: StepPort) -> bool:
        """Deal with silence in the step's own way and return True, or leave it to the handlers."""
        return False

    def on_transfer_failed(self, port: StepPort, reason: TransferFailure) -> None:
        """Take the caller back after a transfer that this step asked for."""

    def on_transfer_delayed(self, port: StepPort) -> None:
        """Tell the caller that the search for a human, which seemed to have ended, goes on."""

    @property
    def listening(self) -> Listening | None:
        """Times of the step; ``None`` means the dialog's."""
        return None

    @abstractmethod
    def exits(self) -> Mapping[str, str]:
        """Return the steps this one may go to, by the key that names them."""

    @abstractmethod
    def prompts(self) -> Iterable[str]:
        """Return the keys of all sentences this step may say."""

    def slots_named(self) -> Iterable[str]:
        """Return the slots that the step asks for, sets or reads."""
        return ()
