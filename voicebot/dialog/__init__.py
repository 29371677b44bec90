"""The conversation: a YAML dialog, loaded and checked, and a pure engine that leads it."""

from voicebot.dialog.authoring.loader import Examined, examine, load_dialog
from voicebot.dialog.authoring.mistakes import Mistake
from voicebot.dialog.effects import (
    CloseIncident,
    Effect,
    Listen,
    RequestTransfer,
    Rerank,
    Say,
    TransferReason,
    UpdateIncident,
)
from voicebot.dialog.engine import begin, step
from voicebot.dialog.events import (
    CalledAgain,
    Event,
    Heard,
    KeyPressed,
    PromptFinished,
    QueueMoved,
    RecogniserFailed,
    SilencePassed,
    TimeLimitReached,
    TransferConnected,
    TransferDelayed,
    TransferFailed,
    TransferFailure,
    UnclearHeard,
)
from voicebot.dialog.model import Dialog, StaticPrompt, static_prompts
from voicebot.dialog.prompt_fields import render_brief
from voicebot.dialog.prompts import Piece, Prompt
from voicebot.dialog.state import Context, State

__all__ = [
    "CalledAgain",
    "CloseIncident",
    "Context",
    "Dialog",
    "Effect",
    "Event",
    "Examined",
    "Heard",
    "KeyPressed",
    "Listen",
    "Mistake",
    "Piece",
    "Prompt",
    "PromptFinished",
    "QueueMoved",
    "RecogniserFailed",
    "RequestTransfer",
    "Rerank",
    "Say",
    "SilencePassed",
    "State",
    "StaticPrompt",
    "TimeLimitReached",
    "TransferConnected",
    "TransferDelayed",
    "TransferFailed",
    "TransferFailure",
    "TransferReason",
    "UnclearHeard",
    "UpdateIncident",
    "begin",
    "examine",
    "load_dialog",
    "render_brief",
    "static_prompts",
    "step",
]
