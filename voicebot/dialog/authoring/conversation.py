"""One call as text on a virtual clock: what an author test does in a turn, and what may be expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from voicebot.dialog import engine
from voicebot.dialog.effects import CloseIncident, Effect, Listen, RequestTransfer, Rerank, Say
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
from voicebot.dialog.prompts import MS_PER_SYLLABLE
from voicebot.dialog.state import Context, State

ACTS = (
    "caller", "partial", "barge_in", "key", "silence", "noise", "recogniser", "transfer", "queue",
    "time_limit",
)  # fmt: skip
"""What a turn may do; each does one of them."""


@dataclass
class Conversation:
    """One call as it is played; ``call_ms`` is media time since the answer."""

    dialog: Dialog
    state: State
    effects: tuple[Effect, ...]
    call_ms: int = 0
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
        start_ms = self.call_ms
        self.call_ms += MS_PER_SYLLABLE * len(text.replace(" ", ""))
        self.send(Heard(text, confidence, start_ms, self.call_ms, partial=partial))

    def barge_in(self, text: str, confidence: float = 0.9) -> None:
        """Let the caller speak into the last sentence: what is heard first is judged, then the whole."""
        said = self.state.last_said
        self.cut = said is not None and said.barge_in
        self.hear(text, confidence, partial=True)
        first = self.effects
        self.send(Heard(text, confidence, self.call_ms, self.call_ms))
        self.effects = (*first, *self.effects)

    def be_silent(self) -> None:
        """Let the silence of the last Listen pass."""
        self.call_ms += self.silence_ms
        self.send(SilencePassed(self.call_ms))

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
        transfers = [effect for effect in self.effects if isinstance(effect, RequestTransfer)]
        known = self.state.assessment
        return {
            "says": [sentence.prompt for sentence in said],
            "text": " ".join(sentence.text for sentence in said),
            "transfer": transfers[0].reason if transfers else None,
            "mode": transfers[0].mode if transfers else None,
            "group": transfers[0].group if transfers else None,
            "brief": transfers[0].brief if transfers else "",
            "rerank": next((each.urgency for each in self.effects if isinstance(each, Rerank)), None),
            "closed": any(isinstance(effect, CloseIncident) for effect in self.effects),
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
                self.call_ms += MS_PER_SYLLABLE * sum(char.isalnum() for char in effect.text)
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
