"""Checks on the sentences and words of a dialog."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from voicebot.dialog.authoring.mistakes import Mistakes
from voicebot.dialog.authoring.step_graph import handler_prompts
from voicebot.dialog.authoring.yaml_file import Where
from voicebot.dialog.effects import TransferReason
from voicebot.dialog.model import SHELL_PROMPTS, Dialog
from voicebot.dialog.prompts import FIELDS, MS_PER_SYLLABLE, Prompt, Wording
from voicebot.understanding import FLAGS
from voicebot.vocabulary.categories import Category
from voicebot.vocabulary.numerals import FORMS
from voicebot.vocabulary.urgency import Urgency

_LONGEST_S = 11
"""A caller in fear does not listen longer.

Chosen with the sentences of dialogs/119.yaml in view, not measured on callers; a warning, no mistake.
"""
_LONGEST_UNCUT_S = 8
"""What cannot be interrupted has to be shorter still."""


def check_prompts(dialog: Dialog, directory: Path, mistakes: Mistakes) -> None:
    """Check every sentence: fields, recordings, languages, and whether it is said at all."""
    for key in SHELL_PROMPTS:
        if key not in dialog.prompts:
            mistakes.add(["prompts"], "shell_prompt", key=key)
    for prompt in dialog.prompts.values():
        where: Where = ["prompts", prompt.key]
        for wording in prompt.wordings():
            _check_wording(dialog, prompt, wording, directory, mistakes)
            known = {dialog.language, *dialog.languages}
            if wording.language not in known and prompt.key in dialog.own_prompts:
                mistakes.add_unknown(where, "language", wording.language, known)
    for word, file in dialog.recordings.items():
        if not (directory / file).is_file():
            mistakes.add(["recordings", word], "audio_missing", file=file)
    _doubt(dialog, mistakes)


def _check_wording(
    dialog: Dialog, prompt: Prompt, wording: Wording, directory: Path, mistakes: Mistakes
) -> None:
    where: Where = ["prompts", prompt.key]
    if not wording.text.strip():
        mistakes.add(where, "empty_prompt", key=prompt.key)
    if wording.open_brace:
        mistakes.add(where, "braces", key=prompt.key)
    known = (*FIELDS, *dialog.slots)
    for field in wording.fields:
        if field not in known:
            mistakes.add_unknown(where, "field", field, known)
    for form in wording.forms:
        if form not in FORMS:
            mistakes.add_unknown(where, "form", form, FORMS)
    if wording.audio and wording.fields and len(wording.files()) == len(wording.audio):
        mistakes.add(where, "audio_fields")
    for file in wording.files():
        if not (directory / file).is_file():
            mistakes.add(where, "audio_missing", file=file)


def _doubt(dialog: Dialog, mistakes: Mistakes) -> None:
    """Warn of what is probably not meant."""
    said = set(SHELL_PROMPTS) | {prompt for _, prompt in handler_prompts(dialog)}
    for step in dialog.steps.values():
        said |= set(step.prompts())
    said |= {question.prompt for questions in dialog.questions.values() for question in questions}
    said |= {prompt for prompts in dialog.advice.values() for prompt in prompts}
    for prompt in dialog.prompts.values():
        if prompt.key not in dialog.own_prompts:
            continue
        where: Where = ["prompts", prompt.key]
        if prompt.key not in said:
            mistakes.add(where, "unused_prompt", warning=True, key=prompt.key)
        if prompt.others:
            for language in (dialog.language, *dialog.languages):
                if language not in (prompt.language, *prompt.others):
                    mistakes.add(
                        where,
                        "translation",
                        warning=True,
                        key=prompt.key,
                        language=language,
                        main=prompt.language,
                    )
        korean = [wording.text for wording in prompt.wordings() if wording.language == "ko"]
        syllables = max((sum(char.isalnum() for char in text) for text in korean), default=0)
        seconds = round(syllables * MS_PER_SYLLABLE / 1000)
        if not prompt.barge_in and seconds > _LONGEST_UNCUT_S:
            mistakes.add(where, "long_prompt", warning=True, key=prompt.key, seconds=seconds)
        elif seconds > _LONGEST_S:
            mistakes.add(where, "longest_prompt", warning=True, key=prompt.key, seconds=seconds)


def check_words(dialog: Dialog, mistakes: Mistakes) -> None:
    """Check that every internal name has a word."""
    tables: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
        "incident": (dialog.words.incident, get_args(Category)),
        "urgency": (dialog.words.urgency, get_args(Urgency)),
        "flags": (dialog.words.flags, FLAGS),
        "reason": (dialog.words.reason, get_args(TransferReason)),
        "confirmed": ({str(key): word for key, word in dialog.words.confirmed.items()}, ("yes", "no")),
    }
    for table, (words, names) in tables.items():
        for name in names:
            if name not in words:
                mistakes.add(["words", table], "no_word", name=name)
        for name in words:
            if name not in names:
                mistakes.add_unknown(["words", table, name], "name", name, names)
