"""From a YAML file to a checked `Dialog`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from voicebot.dialog.mistakes import Mistakes
from voicebot.dialog.model import Dialog, Handlers, StepHandlers, Urgent, Words
from voicebot.dialog.prompts import Prompt
from voicebot.dialog.steps import VERBS, Listening, Step
from voicebot.dialog.steps.step import Part
from voicebot.dialog.validator import check
from voicebot.dialog.yamlfile import YamlFile, read_yaml
from voicebot.understanding import load_knowledge

_Made = TypeVar("_Made", bound=Part)

_TOP = ("dialog", "language", "lexicon", "start", "listening", "urgent", "on", "steps", "prompts", "words")
_NEEDED = ("dialog", "language", "lexicon", "start", "urgent", "on", "steps", "prompts", "words")


class _PromptEntry(Part):
    """A prompt as its author writes it; a bare text or list of texts stands for ``text``."""

    text: str | tuple[str, ...]
    audio: str | None = None
    barge_in: bool = True
    tells: Mapping[str, str] = Field(default_factory=dict)
    max_syllables: int | None = Field(None, ge=1)


def load_dialog(path: Path) -> Dialog:
    """Read, build and check a dialog; raise DialogError that lists every mistake with its line.

    The lexicon of the dialog is read from the directory that its ``lexicon`` key names, relative to it.
    """
    file = read_yaml(path)
    mistakes = Mistakes(file)
    for key in file.content:
        if key not in _TOP:
            mistakes.add_unknown([key], "key", key, _TOP)
    for key in _NEEDED:
        if key not in file.content:
            mistakes.add([], f"the key '{key}' is missing", "Add it")
    mistakes.raise_if_any()

    content = file.content
    steps, overrides = _steps(_table(content, "steps", mistakes), mistakes)
    prompts = _prompts(_table(content, "prompts", mistakes), mistakes)
    listening = _made(Listening, content.get("listening", {}), ["listening"], mistakes)
    urgent = _made(Urgent, content["urgent"], ["urgent"], mistakes)
    handlers = _made(Handlers, content["on"], ["on"], mistakes)
    words = _made(Words, content["words"], ["words"], mistakes)
    mistakes.raise_if_any()
    assert listening is not None
    assert urgent is not None
    assert handlers is not None
    assert words is not None

    lexicon = path.parent / str(content["lexicon"])
    dialog = Dialog(
        name=str(content["dialog"]),
        language=str(content["language"]),
        version=_version(file, lexicon),
        start=str(content["start"]),
        listening=listening,
        urgent=urgent,
        handlers=handlers,
        overrides=overrides,
        steps=steps,
        prompts=prompts,
        words=words,
        knowledge=load_knowledge(lexicon),
    )
    check(dialog, path.parent, mistakes)
    mistakes.raise_if_any()
    return dialog


def _table(content: Mapping[str, Any], key: str, mistakes: Mistakes) -> Mapping[str, Any]:
    table = content[key]
    if isinstance(table, dict) and table:
        return table
    mistakes.add([key], f"'{key}' must be a table of names", "Write one entry at least")
    return {}


def _made(kind: type[_Made], body: Any, where: list[str | int], mistakes: Mistakes) -> _Made | None:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        mistakes.add_invalid(where, error)
        return None


def _steps(table: Mapping[str, Any], mistakes: Mistakes) -> tuple[dict[str, Step], dict[str, StepHandlers]]:
    steps: dict[str, Step] = {}
    overrides: dict[str, StepHandlers] = {}
    for name, body in table.items():
        where: list[str | int] = ["steps", name]
        if not isinstance(body, dict):
            mistakes.add(where, "a step must be a table with one verb", f"Use one of: {', '.join(VERBS)}")
            continue
        verbs = [key for key in body if key in VERBS]
        for key in body:
            if key not in VERBS and key != "on":
                mistakes.add_unknown([*where, key], "verb", key, VERBS)
        if len(verbs) != 1:
            remedy = f"Keep one of: {', '.join(verbs or VERBS)}"
            mistakes.add(where, f"a step has exactly one verb, here are {len(verbs)}", remedy)
            continue
        made = _made(VERBS[verbs[0]], body[verbs[0]], [*where, verbs[0]], mistakes)
        if made is not None:
            steps[name] = made
        if "on" in body:
            handlers = _made(StepHandlers, body["on"], [*where, "on"], mistakes)
            if handlers is not None:
                overrides[name] = handlers
    return steps, overrides


def _prompts(table: Mapping[str, Any], mistakes: Mistakes) -> dict[str, Prompt]:
    prompts: dict[str, Prompt] = {}
    for key, value in table.items():
        body = value if isinstance(value, dict) else {"text": value}
        entry = _made(_PromptEntry, body, ["prompts", key], mistakes)
        if entry is not None:
            parts = (entry.text,) if isinstance(entry.text, str) else entry.text
            prompts[key] = Prompt(
                key=key,
                parts=parts,
                audio=entry.audio,
                barge_in=entry.barge_in,
                tells=tuple(entry.tells.items()),
                max_syllables=entry.max_syllables,
            )
    return prompts


def _version(file: YamlFile, lexicon: Path) -> str:
    digest = hashlib.sha256(file.source)
    for path in sorted(lexicon.glob("*.yaml")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
