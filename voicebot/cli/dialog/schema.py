"""``voicebot dialog schema``: the JSON Schema of dialog files, made from the models that read them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter

from voicebot.dialog.authoring.loader import NEEDED, OPTIONAL, STEP_KEYS, PromptEntry
from voicebot.dialog.model import Handlers, Language, StepHandlers, Urgent, Words
from voicebot.dialog.questions import Question
from voicebot.dialog.slots import Slot
from voicebot.dialog.step import Listening
from voicebot.dialog.steps import VERBS
from voicebot.understanding.incident_guides import Agency

_TEXT = {"type": "string"}
_TEXTS = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}


def schema() -> dict[str, Any]:
    """Return the schema as plain values."""
    shared: dict[str, Any] = {}

    def of(kind: Any) -> dict[str, Any]:
        made = TypeAdapter(kind).json_schema(ref_template="#/$defs/{model}")
        shared.update(made.pop("$defs", {}))
        return made

    def table(entry: Any) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": entry}

    verbs = {name: _verb(of(verb), verb.short) for name, verb in VERBS.items()}
    step = {
        "type": "object",
        "description": "One step: exactly one verb, and 'on', 'language' or 'note' beside it.",
        "properties": {**verbs, "on": of(StepHandlers), "language": _TEXT, "note": _TEXT},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1 + len(STEP_KEYS),
    }
    properties: dict[str, Any] = {
        "dialog": _TEXT,
        "extends": {**_TEXT, "description": "Another dialog file: what stands here wins, entry by entry."},
        "language": _TEXT,
        "lexicon": _TEXT,
        "start": _TEXT,
        "listening": of(Listening),
        "urgent": of(Urgent),
        "on": of(Handlers),
        "slots": table({"anyOf": [_TEXT, of(Slot)]}),
        "questions": table(of(tuple[Question, ...])),
        "advice": table({"type": "array", "items": _TEXT}),
        "agencies": table(of(Agency)),
        "languages": table(of(Language)),
        "recordings": table(_TEXT),
        "steps": table(step),
        "prompts": table({"anyOf": [*_TEXTS["anyOf"], of(PromptEntry), table(_TEXTS)]}),
        "words": of(Words),
    }
    assert set(properties) == {*NEEDED, *OPTIONAL}
    full = {"required": list(NEEDED)}
    for key in ("on", "words", "urgent"):
        properties[key].pop("required", None)  # a file that extends another one says only what differs
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A dialog of voicebot",
        "description": "See docs/dialogs.md. Made by: voicebot dialog schema",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "anyOf": [{"required": ["extends"]}, full],
        "$defs": shared,
    }


def _verb(model: dict[str, Any], short: str | None) -> dict[str, Any]:
    return model if short is None else {"anyOf": [_TEXT, model]}


def text() -> str:
    """Return the schema as it is kept in dialogs/schema.json."""
    return json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
