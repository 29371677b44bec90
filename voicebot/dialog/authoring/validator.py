"""Checks on a whole dialog: the proof that every step leads to a human, names, and what is doubtful.

The proof: from every step, each of silence, noise, keys, recogniser failure and time-out leads to a
step that reaches a human or completes the incident, without any further help from the caller. Urgent
words and the wish for a human lead to one `transfer` step from everywhere, by the engine itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from voicebot.dialog.authoring.condition_checks import check_conditions, check_slots, check_tables
from voicebot.dialog.authoring.mistakes import Mistakes
from voicebot.dialog.authoring.prompt_checks import check_prompts, check_words
from voicebot.dialog.authoring.step_graph import StepGraph, handler_prompts, ladders, targets
from voicebot.dialog.model import Dialog
from voicebot.dialog.step import RETURN
from voicebot.dialog.steps.end import End
from voicebot.dialog.steps.refer import Refer
from voicebot.dialog.steps.transfer import Transfer
from voicebot.understanding import FLAGS

_MUST_TELL = ("ai", "recording")
_MUST_RING = ("not_breathing", "unconscious", "trapped")
_AGAIN = ("119", "일일구", "one one nine")
_KEYS = "123456789*#"


def check(dialog: Dialog, directory: Path, mistakes: Mistakes) -> None:
    """Note every mistake of a dialog whose parts are valid by themselves."""
    check_prompts(dialog, directory, mistakes)
    check_words(dialog, mistakes)
    check_slots(dialog, mistakes)
    check_tables(dialog, mistakes)
    check_conditions(dialog, mistakes)
    _check_urgent(dialog, mistakes)
    _check_keys(dialog, mistakes)
    _check_languages(dialog, mistakes)
    if not _check_names(dialog, mistakes):
        return
    graph = StepGraph(dialog)
    if not _check_calls(dialog, graph, mistakes):
        return
    _check_first(dialog, mistakes)
    _check_reached(dialog, graph, mistakes)
    _check_no_loop(dialog, graph, mistakes)
    _check_settled(dialog, graph, mistakes)
    _check_verbs(dialog, graph, mistakes)


def check_groups(dialog: Dialog, groups: Collection[str], mistakes: Mistakes) -> None:
    """Note the groups of operators that steps ask for and the settings do not have."""
    for name, step in dialog.steps.items():
        if isinstance(step, Transfer):
            where: list[str | int] = ["steps", name, step.verb]
            asked = [([*where, "group"], step.group)]
            asked += [
                ([*where, "cases", index, "group"], each.group) for index, each in enumerate(step.cases)
            ]
            for place, group in asked:
                if group is not None and group not in groups:
                    mistakes.add(place, "no_group", group=group, known=", ".join(groups))


def _check_names(dialog: Dialog, mistakes: Mistakes) -> bool:
    """Check the names of steps and prompts; return whether all steps are known."""
    known = True
    for where, target in targets(dialog):
        if target not in dialog.steps and target != RETURN:
            mistakes.add_unknown(where, "step", target, dialog.steps)
            known = False
    if RETURN in dialog.steps:
        mistakes.add(["steps", RETURN], "return_name")
        known = False
    for name, step in dialog.steps.items():
        for prompt in step.prompts():
            if prompt not in dialog.prompts:
                mistakes.add_unknown(["steps", name, step.verb], "prompt", prompt, dialog.prompts)
    for prompt_where, prompt in handler_prompts(dialog):
        if prompt not in dialog.prompts:
            mistakes.add_unknown(prompt_where, "prompt", prompt, dialog.prompts)
    for where, ladder in ladders(dialog):
        for first, second in zip(ladder.prompts, ladder.prompts[1:], strict=False):
            if first == second and first in dialog.prompts and not dialog.prompts[first].again:
                mistakes.add([*where, "prompts"], "same_rungs", warning=True)
    return known


def _check_urgent(dialog: Dialog, mistakes: Mistakes) -> None:
    for flag in dialog.urgent.flags:
        if flag not in FLAGS:
            mistakes.add_unknown(["urgent", "flags"], "flag", flag, FLAGS)
    if not set(_MUST_RING) <= set(dialog.urgent.flags):
        mistakes.add(["urgent", "flags"], "no_red_flags", flags=", ".join(_MUST_RING))


def _check_keys(dialog: Dialog, mistakes: Mistakes) -> None:
    for name, override in dialog.overrides.items():
        for key in override.keys:
            where = ["steps", name, "on", "keys", key]
            if key == "0":
                mistakes.add(where, "key_zero")
            elif len(key) != 1 or key not in _KEYS:
                mistakes.add(where, "key_name", key=key)


def _check_languages(dialog: Dialog, mistakes: Mistakes) -> None:
    known = {dialog.language, *dialog.languages}
    for name, language in dialog.step_languages.items():
        if language not in known:
            mistakes.add_unknown(["steps", name, "language"], "language", language, known)
    for language in dialog.handlers.language:
        if language not in dialog.languages:
            mistakes.add_unknown(["on", "language", language], "language", language, dialog.languages)
        elif not dialog.languages[language].spoken:
            mistakes.add(["languages", language], "no_patterns", language=language)
    for language, entry in dialog.languages.items():
        for pattern in entry.spoken:
            try:
                re.compile(pattern)
            except re.error as error:
                where = ["languages", language, "spoken"]
                mistakes.add(where, "pattern", pattern=pattern, message=str(error.msg))


def _check_calls(dialog: Dialog, graph: StepGraph, mistakes: Mistakes) -> bool:
    """Check that parts return to a call and do not call themselves; return whether it is so."""
    sound = True
    for where, target in targets(dialog):
        if target == RETURN and not (where[0] == "steps" and graph.returns(str(where[1]))):
            mistakes.add(where, "return_outside")
            sound = False
    for name, step in dialog.steps.items():
        if step.verb == "call" and graph.calls_itself(name):
            mistakes.add(["steps", name], "calls_itself")
            sound = False
    return sound


def _check_first(dialog: Dialog, mistakes: Mistakes) -> None:
    """The first sentence tells that an AI answers and that the call is recorded (safety rule 6)."""
    beginnings = [(["start"], dialog.start)]
    if dialog.handlers.overload is not None:
        beginnings.append((["on", "overload", "go"], dialog.handlers.overload.go))
    for where, beginning in beginnings:
        step = dialog.steps[beginning]
        first = next(iter(step.prompts()), None) if step.verb in ("say", "ask") else None
        if first is None:
            mistakes.add(where, "first_silent")
            continue
        if first not in dialog.prompts:
            continue
        prompt = dialog.prompts[first]
        for topic in _MUST_TELL:
            words = dict(prompt.tells).get(topic, ())
            texts = [wording.text for wording in prompt.wordings()]
            if not all(any(word in text for word in words) for text in texts):
                mistakes.add(["prompts", first], "tells", topic=topic)


def _check_reached(dialog: Dialog, graph: StepGraph, mistakes: Mistakes) -> None:
    reached = graph.reached()
    for name in dialog.steps:
        if name not in reached and name in dialog.own_steps:
            mistakes.add(["steps", name], "unreachable")


def _check_no_loop(dialog: Dialog, graph: StepGraph, mistakes: Mistakes) -> None:
    """No circle of steps that all go on without waiting, nor from a failed transfer to the next one."""
    for name, step in dialog.steps.items():
        if not step.interactive and name in graph.passed(graph.ahead(name)):
            mistakes.add(["steps", name], "circle")
        if isinstance(step, Transfer):
            passed = graph.passed([step.failed_next])
            if any(isinstance(dialog.steps[target], Transfer) for target in passed):
                mistakes.add(["steps", name, "transfer", "failed_next"], "rings_again")


def _check_settled(dialog: Dialog, graph: StepGraph, mistakes: Mistakes) -> None:
    if not isinstance(dialog.steps[dialog.handlers.human], Transfer):
        mistakes.add(["on", "human"], "human_way")
    ways: Mapping[str, Callable[[str], str]] = {
        "silence": lambda name: dialog.silence(name).then,
        "unclear": lambda name: dialog.unclear(name).then,
        "keypad": lambda name: dialog.keypad(name).then,
        "recogniser_failed": dialog.recogniser_failed,
        "time_limit": dialog.time_limit,
    }
    for event, way in ways.items():
        settled = graph.settled(way)
        for name, step in dialog.steps.items():
            if step.interactive and name not in settled:
                mistakes.add(["steps", name], "unsettled", event=event)


def _check_verbs(dialog: Dialog, graph: StepGraph, mistakes: Mistakes) -> None:
    """Check what single verbs must keep to."""
    for name, step in dialog.steps.items():
        where = ["steps", name, step.verb]
        if isinstance(step, End) and name in dialog.own_steps and not graph.reports_first(name):
            mistakes.add(["steps", name], "end_open")
        if isinstance(step, Refer):
            guides = dialog.knowledge.guides
            if step.agency is None and not guides.referrals:
                mistakes.add(where, "no_referrals")
            elif step.agency is not None and step.agency not in dialog.agencies:
                mistakes.add_unknown([*where, "agency"], "agency", step.agency, dialog.agencies)
            if step.prompt in dialog.prompts:
                wordings = dialog.prompts[step.prompt].wordings()
                texts = [wording.text.replace("{call_again}", guides.call_again) for wording in wordings]
                if not all(any(number in text for number in _AGAIN) for text in texts):
                    mistakes.add(["prompts", step.prompt], "no_again")
