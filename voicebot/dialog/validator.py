"""Checks on a whole dialog: names, sentences, and the proof that every step leads to a human.

The proof: from every step, each of silence, noise, keys, recogniser failure and time-out leads to a
step that reaches a human or completes the report, without any further help from the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import get_args

from voicebot.dialog.effects import TransferReason
from voicebot.dialog.mistakes import Mistakes
from voicebot.dialog.model import SHELL_PROMPTS, Dialog
from voicebot.dialog.prompts import FIELDS
from voicebot.dialog.steps import Ladder
from voicebot.dialog.steps.transfer import Transfer
from voicebot.dialog.yamlfile import Where
from voicebot.understanding import FLAGS, Category, Urgency

_MUST_TELL = ("ai", "recording")


def check(dialog: Dialog, directory: Path, mistakes: Mistakes) -> None:
    """Note every mistake of a dialog whose parts are valid by themselves."""
    _check_prompts(dialog, directory, mistakes)
    _check_words(dialog, mistakes)
    known = _check_names(dialog, mistakes)
    if not known:
        return
    _check_first(dialog, mistakes)
    _check_reached(dialog, mistakes)
    _check_no_loop(dialog, mistakes)
    _check_settled(dialog, mistakes)


def _ladders(dialog: Dialog) -> Iterator[tuple[Where, Ladder]]:
    yield ["on", "silence"], dialog.handlers.silence
    yield ["on", "unclear"], dialog.handlers.unclear
    for name, override in dialog.overrides.items():
        for key, ladder in (("silence", override.silence), ("unclear", override.unclear)):
            if ladder is not None:
                yield ["steps", name, "on", key], ladder


def _targets(dialog: Dialog) -> Iterator[tuple[Where, str]]:
    """Yield every place of the file that names a step, with the name."""
    yield ["start"], dialog.start
    for name, step in dialog.steps.items():
        for key, target in step.ways().items():
            yield ["steps", name, step.verb, *_path(key)], target
    for where, ladder in _ladders(dialog):
        yield [*where, "then"], ladder.then
    handlers = dialog.handlers
    yield ["on", "human"], handlers.human
    yield ["on", "keypad", "then"], handlers.keypad.then
    yield ["on", "recogniser_failed"], handlers.recogniser_failed
    yield ["on", "time_limit"], handlers.time_limit
    for name, override in dialog.overrides.items():
        within: Where = ["steps", name, "on"]
        if override.keypad is not None:
            yield [*within, "keypad", "then"], override.keypad.then
        if override.recogniser_failed is not None:
            yield [*within, "recogniser_failed"], override.recogniser_failed
        if override.time_limit is not None:
            yield [*within, "time_limit"], override.time_limit


def _handler_prompts(dialog: Dialog) -> Iterator[tuple[Where, str]]:
    yield ["on", "keypad", "offer"], dialog.handlers.keypad.offer
    for name, override in dialog.overrides.items():
        if override.keypad is not None:
            yield ["steps", name, "on", "keypad", "offer"], override.keypad.offer
    for where, ladder in _ladders(dialog):
        for prompt in ladder.prompts:
            yield [*where, "prompts"], prompt


def _path(key: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in key.split(".")]


def _check_names(dialog: Dialog, mistakes: Mistakes) -> bool:
    """Check the names of steps, prompts and flags; return whether all steps are known."""
    known = True
    for where, target in _targets(dialog):
        if target not in dialog.steps:
            mistakes.add_unknown(where, "step", target, dialog.steps)
            known = False
    for name, step in dialog.steps.items():
        for prompt in step.prompts():
            if prompt not in dialog.prompts:
                mistakes.add_unknown(["steps", name, step.verb], "prompt", prompt, dialog.prompts)
    for prompt_where, prompt in _handler_prompts(dialog):
        if prompt not in dialog.prompts:
            mistakes.add_unknown(prompt_where, "prompt", prompt, dialog.prompts)
    for flag in dialog.urgent.flags:
        if flag not in FLAGS:
            mistakes.add_unknown(["urgent", "flags"], "flag", flag, FLAGS)
    return known


def _check_prompts(dialog: Dialog, directory: Path, mistakes: Mistakes) -> None:
    for key in SHELL_PROMPTS:
        if key not in dialog.prompts:
            mistakes.add(
                ["prompts"], f"the prompt '{key}' is missing", "Add it; it is said outside the steps"
            )
    for prompt in dialog.prompts.values():
        where = ["prompts", prompt.key]
        if not prompt.text.strip():
            mistakes.add(where, f"the prompt '{prompt.key}' is empty", "Write a sentence")
        for field in prompt.fields:
            if field not in FIELDS:
                mistakes.add_unknown(where, "field", field, FIELDS)
        if prompt.audio is None:
            continue
        if not prompt.static:
            mistakes.add(where, "a prompt with fields cannot be a recording", "Remove 'audio'")
        elif not (directory / prompt.audio).is_file():
            mistakes.add(
                where, f"the recording '{prompt.audio}' does not exist", "Record it or remove 'audio'"
            )


def _check_words(dialog: Dialog, mistakes: Mistakes) -> None:
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
                mistakes.add(["words", table], f"no word for '{name}'", "Add it; it may be empty")
        for name in words:
            if name not in names:
                mistakes.add_unknown(["words", table, name], "name", name, names)


def _check_first(dialog: Dialog, mistakes: Mistakes) -> None:
    """The first sentence tells that an AI answers and that the call is recorded (safety rule 6)."""
    first = next(iter(dialog.steps[dialog.start].prompts()), None)
    if first is None:
        mistakes.add(["start"], "the first step says nothing", "Start with a 'say' step")
        return
    if first not in dialog.prompts:
        return
    prompt = dialog.prompts[first]
    for topic in _MUST_TELL:
        word = dict(prompt.tells).get(topic)
        if word is None or word not in prompt.text:
            mistakes.add(
                ["prompts", first],
                f"the first sentence does not tell about '{topic}'",
                f"Say it and name the word under 'tells: {{{topic}: WORD}}'",
            )


def _check_reached(dialog: Dialog, mistakes: Mistakes) -> None:
    reached: set[str] = set()
    waiting = [target for where, target in _targets(dialog) if where[0] in ("start", "on")]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting += dialog.steps[name].ways().values()
        waiting += [target for where, target in _targets(dialog) if list(where[:3]) == ["steps", name, "on"]]
    for name in dialog.steps:
        if name not in reached:
            mistakes.add(["steps", name], "nothing leads here", "Name it in another step or remove it")


def _check_no_loop(dialog: Dialog, mistakes: Mistakes) -> None:
    """No circle of steps that all go on without waiting, nor from a failed transfer to the next one."""
    for name, step in dialog.steps.items():
        if not step.interactive and name in _passed(dialog, step.ways().values()):
            mistakes.add(["steps", name], "leads back to itself without asking", "Break the circle")
        if isinstance(step, Transfer):
            passed = _passed(dialog, [step.failed_next])
            if any(isinstance(dialog.steps[target], Transfer) for target in passed):
                mistakes.add(
                    ["steps", name, "transfer", "failed_next"],
                    "a failed transfer leads to the next one without asking",
                    "Put an 'ask' or 'stay' step between, so that nobody is rung without a pause",
                )


def _passed(dialog: Dialog, first: Iterable[str]) -> set[str]:
    """Return the steps reached from ``first`` without waiting for the caller, with the waiting ones."""
    passed: set[str] = set()
    waiting = list(first)
    while waiting:
        name = waiting.pop()
        if name not in passed:
            passed.add(name)
            step = dialog.steps[name]
            waiting += () if step.interactive else step.ways().values()
    return passed


def _check_settled(dialog: Dialog, mistakes: Mistakes) -> None:
    if not isinstance(dialog.steps[dialog.handlers.human], Transfer):
        mistakes.add(["on", "human"], "the way to a human is no 'transfer' step", "Name a 'transfer' step")
    ways: Mapping[str, Callable[[str], str]] = {
        "silence": lambda name: dialog.silence(name).then,
        "unclear": lambda name: dialog.unclear(name).then,
        "keypad": lambda name: dialog.keypad(name).then,
        "recogniser_failed": dialog.recogniser_failed,
        "time_limit": dialog.time_limit,
    }
    for event, way in ways.items():
        settled = _settled(dialog, way)
        for name, step in dialog.steps.items():
            if step.interactive and name not in settled:
                mistakes.add(
                    ["steps", name],
                    f"'{event}' leads neither to a human nor to a complete report",
                    f"Let 'on: {event}' end in a 'transfer' step",
                )


def _settled(dialog: Dialog, way: Callable[[str], str]) -> set[str]:
    """Return the steps that settle by this event alone; the least set, so that circles are outside."""
    settled: set[str] = set()
    while True:
        more = {
            name
            for name, step in dialog.steps.items()
            if name not in settled
            and (
                step.settles
                or (step.interactive and way(name) in settled)
                or (not step.interactive and set(step.ways().values()) <= settled)
            )
        }
        if not more:
            return settled
        settled |= more
