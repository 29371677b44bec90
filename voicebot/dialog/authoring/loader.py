"""From a YAML file to a checked `Dialog`."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from voicebot.dialog.authoring.mistakes import Mistake, Mistakes
from voicebot.dialog.authoring.validator import check, check_groups
from voicebot.dialog.authoring.yaml_file import PART_KEYS, YamlFile, read_dialog_file
from voicebot.dialog.model import Dialog, Handlers, Language, StepHandlers, Urgent, Words
from voicebot.dialog.prompts import Prompt, Wording
from voicebot.dialog.questions import Question
from voicebot.dialog.slots import Slot
from voicebot.dialog.step import Listening, Step
from voicebot.dialog.steps import VERBS
from voicebot.dialog.yaml_entry import YamlEntry
from voicebot.errors import DialogError
from voicebot.understanding import Knowledge, load_knowledge
from voicebot.understanding.incident_guides import Agency

NEEDED = ("dialog", "language", "lexicon", "start", "urgent", "on", "steps", "prompts", "words")
OPTIONAL = ("extends", "listening", "slots", "questions", "advice", "agencies", "languages", "recordings")
STEP_KEYS = ("on", "language", "note")
"""What may stand in a step beside its verb; ``note`` is for the author."""

_Texts = str | tuple[str, ...]


class PromptEntry(YamlEntry):
    """A prompt as its author writes it; a bare text or list of texts stands for ``text``."""

    text: _Texts | Mapping[str, _Texts]
    """A text, its parts, or either of them for each language."""
    again: tuple[_Texts, ...] | Mapping[str, tuple[_Texts, ...]] = ()
    """Other wordings for the second time, the third, and so on."""
    audio: _Texts | Mapping[str, _Texts] | None = None
    barge_in: bool = True
    tells: Mapping[str, _Texts] = Field(default_factory=dict)
    max_syllables: int | None = Field(None, ge=1)


@dataclass(frozen=True)
class Examined:
    """What came of reading a dialog: the mistakes, and the dialog when there are none but warnings."""

    dialog: Dialog | None
    mistakes: tuple[Mistake, ...]


def load_dialog(path: Path, groups: Collection[str] | None = None) -> Dialog:
    """Read, build and check a dialog; raise DialogError that lists every mistake with its line.

    The lexicon of the dialog is read from the directory that its ``lexicon`` key names, relative to it.
    ``groups`` are the groups of operators that the settings have; None: they are not looked at.
    """
    examined = examine(path, groups)
    if examined.dialog is None:
        raise DialogError("\n".join(each.text() for each in examined.mistakes if not each.warning))
    return examined.dialog


def examine(path: Path, groups: Collection[str] | None = None) -> Examined:
    """Read, build and check a dialog; raise DialogError only when it cannot be read at all."""
    file = read_dialog_file(path)
    mistakes = Mistakes(file)
    if "steps" not in file.content and "tests" in file.content:
        mistakes.add(["tests"], "is_tests")
        return Examined(None, mistakes.all())
    if set(file.content) <= set(PART_KEYS):
        mistakes.add([], "is_part")
        return Examined(None, mistakes.all())
    for key in file.content:
        if key not in (*NEEDED, *OPTIONAL):
            mistakes.add_unknown([key], "key", key, (*NEEDED, *OPTIONAL))
    for key in NEEDED:
        if key not in file.content:
            mistakes.add([], "missing_key", key=key)
    if mistakes.any():
        return Examined(None, mistakes.all())

    content = file.content
    steps, overrides, languages = _steps(_table(content, "steps", mistakes), mistakes)
    main = str(content["language"])
    prompts = _prompts(_table(content, "prompts", mistakes), file, mistakes)
    listening = _made(Listening, content.get("listening", {}), ["listening"], mistakes)
    urgent = _made(Urgent, content["urgent"], ["urgent"], mistakes)
    handlers = _made(Handlers, content["on"], ["on"], mistakes)
    words = _made(Words, content["words"], ["words"], mistakes)
    slots = _entries(Slot, content, "slots", mistakes)
    questions = _entries(tuple[Question, ...], content, "questions", mistakes)
    advice = _entries(tuple[str, ...], content, "advice", mistakes)
    agencies = _entries(Agency, content, "agencies", mistakes)
    spoken = _entries(Language, content, "languages", mistakes)
    recordings = _entries(str, content, "recordings", mistakes)
    if mistakes.any() or listening is None or urgent is None or handlers is None or words is None:
        return Examined(None, mistakes.all())

    lexicons = _lexicons(path.parent, str(content["lexicon"]), spoken, mistakes)
    if mistakes.any():
        return Examined(None, mistakes.all())
    dialog = Dialog(
        name=str(content["dialog"]),
        language=main,
        version=_version(file, lexicons),
        start=str(content["start"]),
        listening=listening,
        urgent=urgent,
        handlers=handlers,
        overrides=overrides,
        steps=steps,
        prompts=prompts,
        words=words,
        knowledge=_knowledge(lexicons),
        slots=slots,
        questions=questions,
        advice=advice,
        agencies=agencies,
        languages=spoken,
        recordings=recordings,
        step_languages=languages,
        own_steps=frozenset(name for name in steps if file.owns(["steps", name])),
        own_prompts=frozenset(key for key in prompts if file.owns(["prompts", key])),
        folder=path.parent,
        files=tuple(
            dict.fromkeys(
                (*file.paths(), *(each for lexicon in lexicons for each in sorted(lexicon.glob("*.yaml"))))
            )
        ),
    )
    check(dialog, path.parent, mistakes)
    if groups is not None:
        check_groups(dialog, groups, mistakes)
    return Examined(None if mistakes.any() else dialog, mistakes.all())


def _lexicons(folder: Path, main: str, languages: Mapping[str, Language], mistakes: Mistakes) -> list[Path]:
    """Return the folders of word rules, the main one first."""
    wanted: list[tuple[list[str | int], str]] = [(["lexicon"], main)]
    wanted += [
        (["languages", name, "lexicon"], each.lexicon) for name, each in languages.items() if each.lexicon
    ]
    for where, name in wanted:
        if not any((folder / name).glob("*.yaml")):
            mistakes.add(where, "lexicon", folder=name)
    return [folder / name for name in dict.fromkeys(name for _, name in wanted)]


_KNOWN: dict[str, Knowledge] = {}
_MOST_KNOWN = 4
"""Lexicons kept: what serves, what an author is changing, and one of each before; some MB each."""


def _knowledge(lexicons: list[Path]) -> Knowledge:
    """Read the rules of all languages; a rule says what it says in whatever language it is heard.

    What was read is kept by its content, because most saves of a dialog do not touch its lexicon.
    """
    digest = hashlib.sha256()
    _add(digest, lexicons)
    key = digest.hexdigest()
    if key not in _KNOWN:
        first, *others = (load_knowledge(lexicon) for lexicon in lexicons)
        rules = (*first.rules, *(rule for other in others for rule in other.rules))
        while len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[key] = replace(first, rules=rules)
    return _KNOWN[key]


def _table(content: Mapping[str, Any], key: str, mistakes: Mistakes) -> Mapping[str, Any]:
    table = content[key]
    if isinstance(table, dict) and table:
        return table
    mistakes.add([key], "no_table", key=key)
    return {}


def _entries(kind: Any, content: Mapping[str, Any], key: str, mistakes: Mistakes) -> dict[str, Any]:
    """Build every entry of a table that may be absent."""
    table = content.get(key, {})
    if not isinstance(table, dict):
        mistakes.add([key], "no_table", key=key)
        return {}
    made = {name: _made(kind, body, [key, name], mistakes) for name, body in table.items()}
    return {name: each for name, each in made.items() if each is not None}


def _made(kind: Any, body: Any, where: list[str | int], mistakes: Mistakes) -> Any:
    try:
        return TypeAdapter(kind).validate_python(body)
    except ValidationError as error:
        mistakes.add_invalid(where, error, _keys(kind))
        return None


def _keys(kind: Any) -> Iterable[str]:
    return kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else ()


def _steps(
    table: Mapping[str, Any], mistakes: Mistakes
) -> tuple[dict[str, Step], dict[str, StepHandlers], dict[str, str]]:
    steps: dict[str, Step] = {}
    overrides: dict[str, StepHandlers] = {}
    languages: dict[str, str] = {}
    for name, body in table.items():
        where: list[str | int] = ["steps", name]
        if not isinstance(body, dict):
            mistakes.add(where, "no_verb", verbs=", ".join(VERBS))
            continue
        verbs = [key for key in body if key in VERBS]
        for key in body:
            if key not in VERBS and key not in STEP_KEYS:
                mistakes.add_unknown([*where, key], "verb", key, VERBS)
        if len(verbs) != 1:
            mistakes.add(where, "verbs", count=len(verbs), verbs=", ".join(verbs or VERBS))
            continue
        verb, arguments = VERBS[verbs[0]], body[verbs[0]]
        if verb.short is not None and isinstance(arguments, str):
            arguments = {verb.short: arguments}
        made = _made(verb, arguments, [*where, verbs[0]], mistakes)
        if made is not None:
            steps[name] = made
        if "language" in body:
            languages[name] = str(body["language"])
        if "on" in body:
            handlers = _made(StepHandlers, body["on"], [*where, "on"], mistakes)
            if handlers is not None:
                overrides[name] = handlers
    return steps, overrides, languages


def _prompts(table: Mapping[str, Any], file: YamlFile, mistakes: Mistakes) -> dict[str, Prompt]:
    prompts: dict[str, Prompt] = {}
    for key, value in table.items():
        by_language = isinstance(value, dict) and "text" not in value and not set(value) & _PROMPT_KEYS
        body = value if isinstance(value, dict) and not by_language else {"text": value}
        entry: PromptEntry | None = _made(PromptEntry, body, ["prompts", key], mistakes)
        if entry is not None:
            written_in = str(file.owner(["prompts", key]).content.get("language"))
            prompts[key] = _prompt(key, entry, written_in, str(file.content["language"]))
    return prompts


_PROMPT_KEYS = set(PromptEntry.model_fields)


def _prompt(key: str, entry: PromptEntry, written_in: str, main: str) -> Prompt:
    texts = entry.text if isinstance(entry.text, Mapping) else {written_in: entry.text}
    again = entry.again if isinstance(entry.again, Mapping) else {written_in: entry.again}
    audio = entry.audio if isinstance(entry.audio, Mapping) else {written_in: entry.audio}
    wordings: dict[str, tuple[Wording, ...]] = {}
    for language, text in texts.items():
        first = Wording(_parts(text), _parts(audio.get(language) or ()), language)
        others = (Wording(_parts(other), (), language) for other in again.get(language, ()))
        wordings[language] = (first, *others)
    own = wordings.pop(main if main in wordings else next(iter(wordings), main), (Wording(("",)),))
    return Prompt(
        key=key,
        parts=own[0].parts,
        audio=own[0].audio,
        barge_in=entry.barge_in,
        tells=tuple((topic, _parts(word)) for topic, word in entry.tells.items()),
        max_syllables=entry.max_syllables,
        again=own[1:],
        others=wordings,
        language=own[0].language,
    )


def _parts(text: _Texts) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def _version(file: YamlFile, lexicons: list[Path]) -> str:
    digest = hashlib.sha256(b"".join(file.sources()))
    _add(digest, lexicons)
    return digest.hexdigest()[:12]


def _add(digest: hashlib._Hash, lexicons: list[Path]) -> None:
    for path in (each for lexicon in lexicons for each in sorted(lexicon.glob("*.yaml"))):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
