"""Checks on slots, conditions, question sets and advice."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import get_args

from voicebot.dialog.authoring.mistakes import Mistakes
from voicebot.dialog.authoring.yaml_file import Where
from voicebot.dialog.conditions import When, is_span
from voicebot.dialog.model import Dialog
from voicebot.dialog.slots import BUILT_IN, Slot
from voicebot.dialog.steps.ask import Ask
from voicebot.dialog.steps.assign import Assign
from voicebot.dialog.steps.choose import Case, Choose
from voicebot.dialog.steps.transfer import Transfer, TransferCase
from voicebot.understanding import FLAGS
from voicebot.vocabulary.categories import Category


def check_slots(dialog: Dialog, mistakes: Mistakes) -> None:
    """Check the slots and who asks for them."""
    for name, slot in dialog.slots.items():
        _check_slot(name, slot, mistakes)
    asked = _check_steps(dialog, mistakes)
    for topic, questions in dialog.questions.items():
        for number, question in enumerate(questions):
            asked.add(question.slot)
            where: Where = ["questions", topic, number]
            _known(dialog, where, question.slot, mistakes, built_in=False)
            _values(dialog, where, question.slot, question.urgent_if, mistakes)
    for name in dialog.slots:
        if name not in asked:
            mistakes.add(["slots", name], "unused_slot", warning=True, slot=name)


def _check_slot(name: str, slot: Slot, mistakes: Mistakes) -> None:
    where: Where = ["slots", name]
    if name in BUILT_IN:
        mistakes.add(where, "slot_builtin", slot=name)
    if slot.kind == "choice" and not slot.words:
        mistakes.add(where, "choice_words")
    for key, kind in (("unasked", "yes_no"), ("counters", "number")):
        if getattr(slot, key) and slot.kind != kind:
            mistakes.add([*where, key], "key_of_kind", key=key, kind=kind)
    if slot.kind == "yes_no":
        for value in (*slot.words, *slot.unasked):
            if value not in ("yes", "no"):
                known = '"yes", "no"'
                mistakes.add(where, "bad_value_of_slot", slot=name, value=value, known=known)


def _check_steps(dialog: Dialog, mistakes: Mistakes) -> set[str]:
    """Check the slots that steps name; return them."""
    asked: set[str] = set()
    for name, step in dialog.steps.items():
        for slot in step.slots_named():
            asked.add(slot)
            _known(dialog, ["steps", name, step.verb], slot, mistakes)
        if isinstance(step, Ask) and len(step.slots) > 1:
            for slot in step.slots:
                if slot not in step.missing:
                    mistakes.add(["steps", name, "ask", "slots"], "no_question", slot=slot)
        if isinstance(step, Assign):
            _check_assign(dialog, name, step, mistakes)
    return asked


def _check_assign(dialog: Dialog, name: str, step: Assign, mistakes: Mistakes) -> None:
    where: Where = ["steps", name, "set"]
    if step.urgency in ("non_urgent", "unknown"):
        mistakes.add([*where, "urgency"], "lowers", level=step.urgency)
    if step.language is not None and step.language not in (dialog.language, *dialog.languages):
        known = {dialog.language, *dialog.languages}
        mistakes.add_unknown([*where, "language"], "language", step.language, known)
    for slot, value in step.slots.items():
        _values(dialog, [*where, "slots", slot], slot, (value,), mistakes)


def _known(dialog: Dialog, where: Where, slot: str, mistakes: Mistakes, *, built_in: bool = True) -> None:
    names = (*(BUILT_IN if built_in else ()), *dialog.slots)
    if slot not in names:
        mistakes.add_unknown(where, "slot", slot, names)


def _values(dialog: Dialog, where: Where, slot: str, values: tuple[str, ...], mistakes: Mistakes) -> None:
    known = dialog.slots[slot].values() if slot in dialog.slots else ()
    for value in values:
        if known and value not in (*known, "unknown"):
            mistakes.add(where, "bad_value_of_slot", slot=slot, value=value, known=", ".join(known))


def check_tables(dialog: Dialog, mistakes: Mistakes) -> None:
    """Check the names of question sets and advice, and the sentences they say."""
    topics = (*get_args(Category), *FLAGS, *_codes(dialog))
    for topic, questions in dialog.questions.items():
        if topic not in topics:
            mistakes.add_unknown(["questions", topic], "question set", topic, topics)
        if not questions:
            mistakes.add(["questions", topic], "set_empty", name=topic)
        for number, question in enumerate(questions):
            if question.prompt not in dialog.prompts:
                mistakes.add_unknown(["questions", topic, number], "prompt", question.prompt, dialog.prompts)
    for topic, prompts in dialog.advice.items():
        if topic not in topics:
            mistakes.add_unknown(["advice", topic], "question set", topic, topics)
        for prompt in prompts:
            if prompt not in dialog.prompts:
                mistakes.add_unknown(["advice", topic], "prompt", prompt, dialog.prompts)


def check_conditions(dialog: Dialog, mistakes: Mistakes) -> None:
    """Check every ``when`` and ``skip_if``."""
    codes = _codes(dialog)
    for where, when in _conditions(dialog):
        for flag in when.flags:
            if flag not in FLAGS:
                mistakes.add_unknown(where, "flag", flag, FLAGS)
        for slot in (*when.missing, *when.slots):
            _known(dialog, where, slot, mistakes)
        for slot, values in when.slots.items():
            _values(dialog, where, slot, values, mistakes)
        for code in when.code:
            if not any(fnmatchcase(known, code) for known in codes):
                mistakes.add_unknown(where, "code", code, codes)
        for language in when.language:
            if language not in (dialog.language, *dialog.languages):
                known_languages = {dialog.language, *dialog.languages}
                mistakes.add_unknown(where, "language", language, known_languages)
        if when.time is not None and not is_span(when.time):
            mistakes.add([*where, "time"], "bad_time", span=when.time)


def _conditions(dialog: Dialog) -> Iterator[tuple[Where, When]]:
    for name, step in dialog.steps.items():
        cases: tuple[Case | TransferCase, ...] = step.cases if isinstance(step, Choose | Transfer) else ()
        for number, case in enumerate(cases):
            yield ["steps", name, step.verb, "cases", number, "when"], case.when
    for topic, questions in dialog.questions.items():
        for number, question in enumerate(questions):
            if question.skip_if is not None:
                yield ["questions", topic, number], question.skip_if


def _codes(dialog: Dialog) -> tuple[str, ...]:
    return tuple(sorted({each.rule.code for each in dialog.knowledge.rules if each.rule.code}))
