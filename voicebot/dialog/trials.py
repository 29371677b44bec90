"""Author tests: conversations written in YAML, played as text on a virtual clock.

A turn does one thing and may expect what follows from it; docs/dialogs.md lists both. Playing never
raises for a conversation that goes otherwise than expected: it returns what was different.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast, get_args

from voicebot.dialog import engine
from voicebot.dialog.effects import CloseReport, Effect, Listen, Rerank, Say, Transfer
from voicebot.dialog.events import (
    Event,
    Heard,
    KeyPressed,
    QueueMoved,
    RecogniserFailed,
    SilencePassed,
    TimeLimitReached,
    TransferConnected,
    TransferFailed,
    TransferFailure,
    UnclearHeard,
)
from voicebot.dialog.model import Dialog
from voicebot.dialog.state import Context, State
from voicebot.dialog.yamlfile import YamlFile, read_yaml
from voicebot.errors import DialogError

MS_PER_SYLLABLE = 180
"""Korean speech has 5 to 6 syllables a second."""

ACTS = (
    "caller", "partial", "barge_in", "key", "silence", "noise", "recogniser", "transfer", "queue",
    "time_limit",
)  # fmt: skip
EXPECTATIONS = (
    "says", "text", "transfer", "mode", "group", "brief", "rerank", "closed", "listens", "step", "urgency",
    "category", "code", "flags", "place", "confirmed", "slots", "language", "cut", "within_ms",
)  # fmt: skip
_BESIDE = ("expect", "confidence", "note")
_PLACE = ("position", "expected_wait_s")
_TOP = ("dialog", "tests", "note")
_IN_TEST = ("test", "begins", "turns", "load", "time", "audio", "note")


@dataclass(frozen=True, slots=True)
class Trial:
    """One conversation of a test file."""

    name: str
    path: Path
    line: int
    dialog: Path
    """The flow it is written for."""
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


@dataclass
class Conversation:
    """One call as it is played; ``now_ms`` is media time since the answer."""

    dialog: Dialog
    state: State
    effects: tuple[Effect, ...]
    now_ms: int = 0
    silence_ms: int = 0
    cut: bool = False
    """Whether the sentence that the caller spoke into could be cut."""

    @classmethod
    def begun(cls, dialog: Dialog, context: Context | None = None) -> Conversation:
        """Answer a call."""
        state, effects = engine.begin(dialog, context)
        talk = cls(dialog, state, effects)
        talk._pass_time()
        return talk

    def send(self, event: Event) -> None:
        """Take one event and let its sentences pass on the clock."""
        self.state, self.effects = engine.step(self.dialog, self.state, event)
        self._pass_time()

    def hear(self, text: str, confidence: float = 0.9, *, partial: bool = False) -> None:
        """Let the caller speak."""
        start_ms = self.now_ms
        self.now_ms += MS_PER_SYLLABLE * len(text.replace(" ", ""))
        self.send(Heard(text, confidence, start_ms, self.now_ms, partial=partial))

    def barge_in(self, text: str, confidence: float = 0.9) -> None:
        """Let the caller speak into the last sentence: what is heard first is judged, then the whole."""
        said = self.state.last_said
        self.cut = said is not None and said.barge_in
        self.hear(text, confidence, partial=True)
        first = self.effects
        self.send(Heard(text, confidence, self.now_ms, self.now_ms))
        self.effects = (*first, *self.effects)

    def be_silent(self) -> None:
        """Let the silence of the last Listen pass."""
        self.now_ms += self.silence_ms
        self.send(SilencePassed(self.now_ms))

    def act(self, turn: Mapping[str, Any]) -> None:
        """Do what one turn of a test says."""
        confidence = turn.get("confidence", 0.9)
        key, value = next((key, turn[key]) for key in ACTS if key in turn)
        match key:
            case "caller" | "partial":
                self.hear(str(value), confidence, partial=key == "partial")
            case "barge_in":
                self.barge_in(str(value), confidence)
            case "silence":
                for _ in range(value):
                    self.be_silent()
            case "noise":
                for _ in range(value):
                    self.send(UnclearHeard())
            case _:
                self.send(_event(key, value))

    def seen(self) -> dict[str, Any]:
        """Return all that a test may expect, as it is now."""
        said = [effect for effect in self.effects if isinstance(effect, Say)]
        transfers = [effect for effect in self.effects if isinstance(effect, Transfer)]
        known = self.state.assessment
        return {
            "says": [sentence.prompt for sentence in said],
            "text": " ".join(sentence.text for sentence in said),
            "transfer": transfers[0].reason if transfers else None,
            "mode": transfers[0].mode if transfers else None,
            "group": transfers[0].group if transfers else None,
            "brief": transfers[0].brief if transfers else "",
            "rerank": next((each.urgency for each in self.effects if isinstance(each, Rerank)), None),
            "closed": any(isinstance(effect, CloseReport) for effect in self.effects),
            "listens": any(isinstance(effect, Listen) for effect in self.effects),
            "step": self.state.step,
            "urgency": known.urgency,
            "category": known.category,
            "code": known.code,
            "flags": list(known.flags),
            "place": known.location.spoken() if known.location else None,
            "confirmed": self.state.place_confirmed,
            "slots": dict(self.state.slots),
            "language": self.state.language or self.dialog.language,
            "cut": self.cut,
        }

    def _pass_time(self) -> None:
        for effect in self.effects:
            if isinstance(effect, Say):
                self.now_ms += MS_PER_SYLLABLE * sum(char.isalnum() for char in effect.text)
            elif isinstance(effect, Listen):
                self.silence_ms = effect.silence_ms


def _event(act: str, value: Any) -> Event:
    """Return the event that a turn of a test stands for."""
    match act:
        case "key":
            return KeyPressed(str(value))
        case "queue":
            return QueueMoved(**value) if isinstance(value, dict) else QueueMoved(value)
        case "recogniser":
            return RecogniserFailed()
        case "transfer" if value == "connected":
            return TransferConnected("op1")
        case "transfer":
            return TransferFailed(cast("TransferFailure", value))
        case _:
            return TimeLimitReached()


def read_trials(path: Path) -> tuple[Trial, ...]:
    """Return the tests of one file; raise DialogError with line and remedy when it is not well formed."""
    file = read_yaml(path)
    _known(file, [], file.content, _TOP)
    tests = file.content.get("tests")
    if "dialog" not in file.content or not isinstance(tests, list):
        raise DialogError(f"{path}:1: a test file needs 'dialog' and a list 'tests'. Add them.")
    flow = path.parent / str(file.content["dialog"])
    return tuple(_trial(file, number, test, flow) for number, test in enumerate(tests))


def _trial(file: YamlFile, number: int, test: Any, flow: Path) -> Trial:
    where: list[str | int] = ["tests", number]
    if not isinstance(test, dict) or "test" not in test or not isinstance(test.get("turns", []), list):
        raise DialogError(
            f"{file.path}:{file.line(where)}: a test needs 'test' (its name) and 'turns'. Add them."
        )
    _known(file, where, test, _IN_TEST)
    turns = test.get("turns", [])
    lines = [file.line([*where, "turns", index]) for index in range(len(turns))]
    for index, turn in enumerate(turns):
        _check_turn(file, [*where, "turns", index], turn)
    _known(file, [*where, "begins"], test.get("begins", {}), EXPECTATIONS)
    return Trial(
        name=str(test["test"]),
        path=file.path,
        line=file.line(where),
        dialog=flow,
        begins=test.get("begins", {}),
        turns=tuple(turns),
        lines=tuple(lines),
        context=Context(load=int(test.get("load", 0)), minute_of_day=_minute(str(test.get("time", "12:00")))),
        audio=bool(test.get("audio", False)),
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


def _minute(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes or 0)


def play(dialog: Dialog, trial: Trial) -> tuple[Difference, ...]:
    """Play all turns; return every difference, none when it went as expected."""
    talk = Conversation.begun(dialog, trial.context)
    found = list(differences(talk, trial.begins, trial.path, trial.line, talk.now_ms))
    for turn, line in zip(trial.turns, trial.lines, strict=True):
        before_ms = talk.now_ms
        talk.act(turn)
        found += differences(talk, turn.get("expect", {}), trial.path, line, talk.now_ms - before_ms)
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
