"""A dialog as it was loaded: steps, sentences, words and what is done in every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from voicebot.dialog.prompts import Prompt
from voicebot.dialog.questions import Question
from voicebot.dialog.slots import Slot
from voicebot.dialog.step import Listening, Step
from voicebot.dialog.yaml_entry import YamlEntry
from voicebot.understanding import Knowledge
from voicebot.understanding.incident_guides import Agency

SHELL_PROMPTS = ("operator_brief", "operator_accept", "caller_left", "dead_man")
"""Sentences that no step says but the rest of voicebot does; every dialog must have them.

``operator_brief`` is told to the operator before accepting, ``operator_accept`` how to accept,
``caller_left`` that the caller is gone, ``dead_man`` is what a line plays when the core is silent.
"""


class Urgent(YamlEntry):
    """What an urgent judgement does to the conversation, in any step."""

    flags: tuple[str, ...]
    """The red flags."""
    red_flags: Literal["transfer_now", "after_confirm"] = "transfer_now"
    otherwise: Literal["transfer_now", "after_confirm"] = "after_confirm"
    """For an urgent call without a red flag: ring at once, or confirm the place first."""


class Ladder(YamlEntry):
    """Sentences to say one after the other, and the step that follows when they did not help."""

    prompts: tuple[str, ...]
    then: str


class Keypad(YamlEntry):
    """What keys do: 0 asks for a human; any key after ``offer`` means that the caller cannot speak."""

    offer: str
    then: str


class Language(YamlEntry):
    """A further language of the dialog."""

    spoken: tuple[str, ...] = ()
    """Regular expressions: one of them in the caller's words means that this language is spoken."""
    lexicon: str | None = None
    """Folder of word rules in this language, relative to the dialog file."""


class Overload(YamlEntry):
    """The short form for when too many calls are under way."""

    at: int = Field(ge=1)
    go: str


class Handlers(YamlEntry):
    """What is done in every step, whatever the step itself wants."""

    human: str
    silence: Ladder
    unclear: Ladder
    keypad: Keypad
    recogniser_failed: str
    time_limit: str
    language: Mapping[str, str] = Field(default_factory=dict)
    """Where to go, once, when the caller speaks this language."""
    wrong_number: str | None = None
    """Where to go, once, when the caller tells of having misdialled and nothing tells of a danger."""
    overload: Overload | None = None
    """Where calls begin while too many are under way."""


class StepHandlers(YamlEntry):
    """What one step does otherwise; ``None`` keeps the dialog's way."""

    keys: Mapping[str, str] = Field(default_factory=dict)
    """Where a key leads from this step; 0 always reaches a human."""
    silence: Ladder | None = None
    unclear: Ladder | None = None
    keypad: Keypad | None = None
    recogniser_failed: str | None = None
    time_limit: str | None = None


class Words(YamlEntry):
    """Words for what fills the fields of prompts, by the internal names."""

    incident: Mapping[str, str]
    urgency: Mapping[str, str]
    flags: Mapping[str, str]
    reason: Mapping[str, str]
    confirmed: Mapping[Literal["yes", "no"], str]
    choice: str
    """Stands between the choices, for example ``아니면``."""
    answers: Mapping[str, str] = Field(default_factory=dict)
    """Words for the values of the dialog's own slots, where they are spoken."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """A whole conversation, checked."""

    name: str
    language: str
    version: str
    """First 12 hex digits of the SHA-256 over the file and its lexicon."""
    start: str
    listening: Listening
    urgent: Urgent
    handlers: Handlers
    overrides: Mapping[str, StepHandlers]
    steps: Mapping[str, Step]
    prompts: Mapping[str, Prompt]
    words: Words
    knowledge: Knowledge
    slots: Mapping[str, Slot] = field(default_factory=dict)
    questions: Mapping[str, tuple[Question, ...]] = field(default_factory=dict)
    """Question sets by danger sign, type (``fire.smoke``) or category, the most special one is asked."""
    advice: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Prompts of safety advice, by the same names."""
    agencies: Mapping[str, Agency] = field(default_factory=dict)
    """Those that a `refer` step names; without a name the lexicon's referrals decide by type."""
    languages: Mapping[str, Language] = field(default_factory=dict)
    recordings: Mapping[str, str] = field(default_factory=dict)
    """Recordings of words that fill the fields of spliced prompts."""
    step_languages: Mapping[str, str] = field(default_factory=dict)
    own_steps: frozenset[str] = frozenset()
    """Steps that the file itself has, without those of a file that it extends."""
    own_prompts: frozenset[str] = frozenset()
    folder: Path = Path()
    """Folder of the file: recordings lie relative to it."""
    files: tuple[Path, ...] = ()
    """Every file that the dialog was made of; a change in one of them makes another version."""

    def silence(self, step: str) -> Ladder:
        """Return what silence leads to in ``step``."""
        return self._override(step).silence or self.handlers.silence

    def unclear(self, step: str) -> Ladder:
        """Return what noise and speech without text lead to in ``step``."""
        return self._override(step).unclear or self.handlers.unclear

    def keypad(self, step: str) -> Keypad:
        """Return what keys lead to in ``step``."""
        return self._override(step).keypad or self.handlers.keypad

    def recogniser_failed(self, step: str) -> str:
        """Return where the failure of the recogniser leads from ``step``."""
        return self._override(step).recogniser_failed or self.handlers.recogniser_failed

    def keys(self, step: str) -> Mapping[str, str]:
        """Return where keys lead from ``step`` by themselves."""
        return self._override(step).keys

    def spoken_in(self, step: str, language: str) -> str:
        """Return the language of ``step`` for a caller who is spoken to in ``language``."""
        return self.step_languages.get(step) or language or self.language

    def time_limit(self, step: str) -> str:
        """Return where the end of the time leads from ``step``."""
        return self._override(step).time_limit or self.handlers.time_limit

    def _override(self, step: str) -> StepHandlers:
        return self.overrides.get(step, _NO_OVERRIDE)


_NO_OVERRIDE = StepHandlers()


@dataclass(frozen=True, slots=True)
class StaticPrompt:
    """A sentence that never changes: its audio can be prepared before the first call."""

    key: str
    text: str
    audio: str | None
    """WAV path relative to the dialog file, or ``None`` when it has to be synthesised."""
    language: str = "ko"


def static_prompts(dialog: Dialog) -> tuple[StaticPrompt, ...]:
    """Return all sentences of the dialog that have no fields, each wording and language, in file order."""
    return tuple(
        StaticPrompt(prompt.key, wording.text, wording.audio[0] if wording.audio else None, wording.language)
        for prompt in dialog.prompts.values()
        for wording in prompt.wordings()
        if not wording.fields and len(wording.audio) <= 1
    )
