"""Author tests: conversations written in YAML.

A turn does one thing and may expect what follows from it; docs/dialogs.md lists both. Playing never
raises for a conversation that goes otherwise than expected: it returns what was different.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from voicebot.dialog.authoring.conversation import ACTS, Conversation
from voicebot.dialog.authoring.yaml_file import YamlFile, read_yaml
from voicebot.dialog.conditions import is_span
from voicebot.dialog.events import TransferFailure
from voicebot.dialog.model import Dialog
from voicebot.dialog.state import Context
from voicebot.errors import DialogError

EXPECTATIONS = (
    "says", "text", "transfer", "mode", "group", "brief", "rerank", "closed", "listens", "step", "urgency",
    "category", "code", "flags", "place", "confirmed", "slots", "language", "cut", "within_ms",
)  # fmt: skip
_BESIDE = ("expect", "confidence", "note")
_AUDIBLE = ("caller", "barge_in", "key", "silence", "transfer")
_PLACE = ("position", "expected_wait_s")
_TOP = ("dialog", "tests", "note")
_IN_TEST = ("test", "begins", "turns", "load", "time", "audio", "note")


@dataclass(frozen=True, slots=True)
class AuthorTest:
    """One conversation of a test file."""

    name: str
    path: Path
    line: int
    dialog: Path
    """The dialog it is written for."""
    begins: Mapping[str, Any]
    turns: tuple[Mapping[str, Any], ...]
    lines: tuple[int, ...]
    """Line of each turn."""
    context: Context = field(default_factory=Context)
    audio: bool = False
    """May also be played as a call with sound."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What went otherwise than its author expected."""

    path: Path
    line: int
    key: str
    expected: Any
    seen: Any

    def text(self, language: str = "en") -> str:
        """Return one line that says where and what."""
        where = f"{self.path}:{self.line}: {self.key}: "
        if language == "ko":
            return f"{where}기대한 값 {_shown(self.expected)}, 나온 값 {_shown(self.seen)}."
        return f"{where}expected {_shown(self.expected)}, got {_shown(self.seen)}."


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return "null" if value is None else repr(value) if isinstance(value, str) else str(value)


def read_author_tests(path: Path) -> tuple[AuthorTest, ...]:
    """Return the tests of one file; raise DialogError with line and remedy when it is not well formed."""
    file = read_yaml(path)
    _known(file, [], file.content, _TOP)
    tests = file.content.get("tests")
    if "dialog" not in file.content or not isinstance(tests, list):
        raise DialogError(f"{path}:1: a test file needs 'dialog' and a list 'tests'. Add them.")
    dialog = path.parent / str(file.content["dialog"])
    return tuple(_author_test(file, number, entry, dialog) for number, entry in enumerate(tests))


def _author_test(file: YamlFile, number: int, entry: Any, dialog: Path) -> AuthorTest:
    where: list[str | int] = ["tests", number]
    if not isinstance(entry, dict) or "test" not in entry or not isinstance(entry.get("turns", []), list):
        raise DialogError(
            f"{file.path}:{file.line(where)}: a test needs 'test' (its name) and 'turns'. Add them."
        )
    _known(file, where, entry, _IN_TEST)
    turns = entry.get("turns", [])
    lines = [file.line([*where, "turns", index]) for index in range(len(turns))]
    for index, turn in enumerate(turns):
        _check_turn(file, [*where, "turns", index], turn)
    if entry.get("audio", False) and ("load" in entry or "time" in entry):
        raise DialogError(
            f"{file.path}:{file.line(where)}: a real call has the load and the time of its moment. "
            "Remove 'audio: true', or 'load' and 'time'."
        )
    if entry.get("audio", False):
        _check_audible(file, where, turns)
    _known(file, [*where, "begins"], entry.get("begins", {}), EXPECTATIONS)
    return AuthorTest(
        name=str(entry["test"]),
        path=file.path,
        line=file.line(where),
        dialog=dialog,
        begins=entry.get("begins", {}),
        turns=tuple(turns),
        lines=tuple(lines),
        context=_context(file, where, entry),
        audio=bool(entry.get("audio", False)),
    )


def _check_audible(file: YamlFile, where: list[str | int], turns: Sequence[Mapping[str, Any]]) -> None:
    for index, turn in enumerate(turns):
        act = next(key for key in ACTS if key in turn)
        if act not in _AUDIBLE or (act == "transfer" and turn[act] != "connected"):
            raise DialogError(
                f"{file.path}:{file.line([*where, 'turns', index])}: a caller's phone cannot do "
                f"'{act}: {turn[act]}'. Remove 'audio: true', or keep to 'caller', 'barge_in', 'key', "
                "'silence' and 'transfer: connected'."
            )


def _check_turn(file: YamlFile, where: list[str | int], turn: Any) -> None:
    acts = [key for key in turn if key in ACTS] if isinstance(turn, dict) else []
    if len(acts) != 1:
        raise DialogError(
            f"{file.path}:{file.line(where)}: a turn does exactly one thing. Use one of: {', '.join(ACTS)}."
        )
    _known(file, where, turn, (*ACTS, *_BESIDE))
    _known(file, [*where, "expect"], turn.get("expect", {}), EXPECTATIONS)
    if acts[0] == "transfer" and turn["transfer"] not in ("connected", *get_args(TransferFailure)):
        outcomes = ", ".join(("connected", *get_args(TransferFailure)))
        raise DialogError(
            f"{file.path}:{file.line(where)}: no such outcome of a transfer. Use one of: {outcomes}."
        )
    if acts[0] == "queue":
        _check_queue(file, [*where, "queue"], turn["queue"])
    if acts[0] in ("silence", "noise") and not isinstance(turn[acts[0]], int):
        raise DialogError(
            f"{file.path}:{file.line(where)}: '{acts[0]}' takes a number of times. Write 1 or more."
        )


def _check_queue(file: YamlFile, where: list[str | int], place: Any) -> None:
    table = place if isinstance(place, dict) else {"position": place}
    _known(file, where, table, _PLACE)
    if "position" not in table or not all(isinstance(value, int) for value in table.values()):
        raise DialogError(
            f"{file.path}:{file.line(where)}: 'queue' takes a place in whole numbers. "
            "Write 'queue: 3' or 'queue: {position: 3, expected_wait_s: 120}'."
        )


def _known(file: YamlFile, where: list[str | int], keys: Any, known: Sequence[str]) -> None:
    for key in keys:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            remedy = f"Did you mean '{near[0]}'" if near else f"Known are: {', '.join(known)}"
            raise DialogError(f"{file.path}:{file.line([*where, key])}: unknown key '{key}'. {remedy}.")


def _context(file: YamlFile, where: list[str | int], test: Mapping[str, Any]) -> Context:
    load, clock = test.get("load", 0), str(test.get("time", "12:00"))
    if not isinstance(load, int):
        line = file.line([*where, "load"])
        raise DialogError(f"{file.path}:{line}: 'load' is a number of calls. Write a whole number.")
    if not is_span(f"{clock}-{clock}"):
        line = file.line([*where, "time"])
        raise DialogError(
            f"{file.path}:{line}: '{clock}' is no time. Write it like '23:30', in quotation marks."
        )
    hours, minutes = map(int, clock.split(":"))
    return Context(load=load, minute_of_day=hours * 60 + minutes)


def play(dialog: Dialog, test: AuthorTest) -> tuple[Difference, ...]:
    """Play all turns; return every difference, none when it went as expected."""
    talk = Conversation.begun(dialog, test.context)
    found = list(differences(talk, test.begins, test.path, test.line, talk.call_ms))
    for turn, line in zip(test.turns, test.lines, strict=True):
        before_ms = talk.call_ms
        talk.act(turn)
        found += differences(talk, turn.get("expect", {}), test.path, line, talk.call_ms - before_ms)
    return tuple(found)


def differences(
    talk: Conversation, expected: Mapping[str, Any], path: Path, line: int, took_ms: int
) -> tuple[Difference, ...]:
    """Compare what is with what is expected; ``text`` and ``brief`` need only contain it."""
    seen = talk.seen() | {"within_ms": took_ms}
    return tuple(
        Difference(path, line, key, value, seen[key])
        for key, value in expected.items()
        if not _fits(key, value, seen[key])
    )


def _fits(key: str, expected: Any, seen: Any) -> bool:
    if key in ("text", "brief"):
        return all(part in seen for part in ([expected] if isinstance(expected, str) else expected))
    if key == "flags":
        return set(expected) <= set(seen)
    if key == "slots":
        return all(str(seen.get(slot)) == str(value) for slot, value in expected.items())
    if key == "within_ms":
        return bool(seen <= expected)
    return bool(seen == expected)
