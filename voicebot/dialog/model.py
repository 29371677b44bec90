"""A dialog as it was loaded: steps, sentences, words and what is done in every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from voicebot.dialog.prompts import Prompt
from voicebot.dialog.steps import Ladder, Listening, Step
from voicebot.dialog.steps.step import Keypad, Part
from voicebot.understanding import Knowledge

SHELL_PROMPTS = ("operator_brief", "operator_accept", "caller_left", "dead_man")
"""Sentences that no step says but the rest of voicebot does; every dialog must have them.

``operator_brief`` is told to the operator before accepting, ``operator_accept`` how to accept,
``caller_left`` that the caller is gone, ``dead_man`` is what a line plays when the core is silent.
"""


class Urgent(Part):
    """What an urgent judgement does to the conversation, in any step."""

    flags: tuple[str, ...]
    """The red flags."""
    red_flags: Literal["transfer_now", "after_confirm"] = "transfer_now"
    otherwise: Literal["transfer_now", "after_confirm"] = "after_confirm"
    """For an urgent call without a red flag: ring at once, or confirm the place first."""


class Handlers(Part):
    """What is done in every step, whatever the step itself wants."""

    human: str
    silence: Ladder
    unclear: Ladder
    keypad: Keypad
    recogniser_failed: str
    time_limit: str


class StepHandlers(Part):
    """What one step does otherwise; ``None`` keeps the dialog's way."""

    silence: Ladder | None = None
    unclear: Ladder | None = None
    keypad: Keypad | None = None
    recogniser_failed: str | None = None
    time_limit: str | None = None


class Words(Part):
    """Words for what fills the fields of prompts, by the internal names."""

    incident: Mapping[str, str]
    urgency: Mapping[str, str]
    flags: Mapping[str, str]
    reason: Mapping[str, str]
    confirmed: Mapping[Literal["yes", "no"], str]
    choice: str
    """Stands between the choices, for example ``아니면``."""


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


def static_prompts(dialog: Dialog) -> tuple[StaticPrompt, ...]:
    """Return all sentences of the dialog that have no fields, in the order of the file."""
    return tuple(
        StaticPrompt(prompt.key, prompt.text, prompt.audio)
        for prompt in dialog.prompts.values()
        if prompt.static
    )
