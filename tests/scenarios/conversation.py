"""Plays a conversation that is written in YAML against a dialog, on a virtual clock.

A turn does one thing (``caller``, ``partial``, ``key``, ``silence``, ``noise``, ``recogniser``,
``transfer``, ``time_limit``) and may expect what follows from it; see docs/dialogs.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from voicebot.dialog import (
    CloseReport,
    Dialog,
    Effect,
    Event,
    Heard,
    KeyPressed,
    Listen,
    RecogniserFailed,
    Say,
    SilencePassed,
    State,
    TimeLimitReached,
    Transfer,
    TransferConnected,
    TransferFailed,
    TransferFailure,
    UnclearHeard,
    begin,
    step,
)

MS_PER_SYLLABLE = 180
"""Korean speech has 5 to 6 syllables a second."""


@dataclass
class Conversation:
    """One call as it is played; ``now_ms`` is media time since the answer."""

    dialog: Dialog
    state: State
    effects: tuple[Effect, ...]
    now_ms: int = 0
    silence_ms: int = 0
    turns: list[str] = field(default_factory=list)

    def send(self, event: Event) -> None:
        """Take one event and let its sentences pass on the clock."""
        self.state, self.effects = step(self.dialog, self.state, event)
        self.pass_time()

    def pass_time(self) -> None:
        """Advance the clock by what is said and note how long the caller may be silent."""
        for effect in self.effects:
            if isinstance(effect, Say):
                self.now_ms += MS_PER_SYLLABLE * sum(char.isalnum() for char in effect.text)
            elif isinstance(effect, Listen):
                self.silence_ms = effect.silence_ms

    def hear(self, text: str, confidence: float, *, partial: bool) -> None:
        """Let the caller speak."""
        start_ms = self.now_ms
        self.now_ms += MS_PER_SYLLABLE * len(text.replace(" ", ""))
        self.send(Heard(text, confidence, start_ms, self.now_ms, partial=partial))

    def be_silent(self) -> None:
        """Let the silence of the last Listen pass."""
        self.now_ms += self.silence_ms
        self.send(SilencePassed(self.now_ms))


def load_scenarios(path: Path) -> list[dict[str, Any]]:
    """Return the scenarios of one file."""
    return cast("list[dict[str, Any]]", YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def play(dialog: Dialog, scenario: Mapping[str, Any]) -> Conversation:
    """Play all turns; raise AssertionError at the first that goes otherwise than expected."""
    state, effects = begin(dialog)
    talk = Conversation(dialog, state, effects)
    talk.pass_time()
    _check(talk, scenario.get("begins", {}), "begin")
    for number, turn in enumerate(scenario["turns"], 1):
        expected = turn.get("expect", {})
        before = talk.now_ms
        _act(talk, turn)
        label = f"turn {number}: { {key: value for key, value in turn.items() if key != 'expect'} }"
        _check(talk, expected, label)
        if "within_ms" in expected:
            assert talk.now_ms - before <= expected["within_ms"], f"{label}: took {talk.now_ms - before} ms"
    return talk


def _act(talk: Conversation, turn: Mapping[str, Any]) -> None:
    match next(iter(turn.items())):
        case ("caller", text):
            talk.hear(text, turn.get("confidence", 0.9), partial=False)
        case ("partial", text):
            talk.hear(text, turn.get("confidence", 0.9), partial=True)
        case ("key", key):
            talk.send(KeyPressed(str(key)))
        case ("silence", times):
            for _ in range(times):
                talk.be_silent()
        case ("noise", times):
            for _ in range(times):
                talk.send(UnclearHeard())
        case ("recogniser", "failed"):
            talk.send(RecogniserFailed())
        case ("transfer", "connected"):
            talk.send(TransferConnected("op1"))
        case ("transfer", reason):
            talk.send(TransferFailed(cast("TransferFailure", reason)))
        case ("time_limit", _):
            talk.send(TimeLimitReached())
        case unknown:
            raise AssertionError(f"no such turn: {unknown}")


def _check(talk: Conversation, expected: Mapping[str, Any], label: str) -> None:
    seen = _seen(talk)
    for key, value in expected.items():
        if key == "within_ms":
            continue
        if key in ("text", "brief"):
            assert value in seen[key], f"{label}: {key} is {seen[key]!r}, without {value!r}"
        elif key == "flags":
            assert set(value) <= set(seen[key]), f"{label}: flags are {seen[key]}"
        else:
            assert seen[key] == value, f"{label}: {key} is {seen[key]!r}, not {value!r}"


def _seen(talk: Conversation) -> dict[str, Any]:
    said = [effect for effect in talk.effects if isinstance(effect, Say)]
    transfers = [effect for effect in talk.effects if isinstance(effect, Transfer)]
    known = talk.state.assessment
    return {
        "says": [sentence.prompt for sentence in said],
        "text": " ".join(sentence.text for sentence in said),
        "transfer": transfers[0].reason if transfers else None,
        "brief": transfers[0].brief if transfers else "",
        "closed": any(isinstance(effect, CloseReport) for effect in talk.effects),
        "listens": any(isinstance(effect, Listen) for effect in talk.effects),
        "step": talk.state.step,
        "urgency": known.urgency,
        "category": known.category,
        "flags": known.flags,
        "place": known.location.spoken() if known.location else None,
        "confirmed": talk.state.place_confirmed,
    }
