"""What a model's directory says about its input: tokens of the prompt and the text, and its window."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.errors import ModelError
from voicebot.speech.tokens import Tokens, load_tokens

_FRAMES_PER_S = 100
"""A feature frame is 10 ms (`voicebot.audio.log_mel`)."""
_STOCK_FRAMES = 3_000
"""The window of stock Whisper, 30 s, where a directory says nothing."""
_SHORTEST_FRAMES = 50
"""As in `voicebot.speech.recogniser`."""


@dataclass(frozen=True)
class Prompt:
    """How a text is written for the decoder."""

    start: list[int]
    """``<|startoftranscript|><|ko|><|transcribe|><|notimestamps|>``, as the recogniser begins."""
    end: int
    tokens: Tokens

    def ids(self, text: str) -> list[int]:
        """Return the tokens of a text, which begins with a blank as all of Whisper's do; none for none."""
        return self.tokens.encode(f" {text}") if text else []


def prompt_of(directory: Path, language: str) -> Prompt:
    """Read tokenizer and vocabulary. Raises `ModelError` if they are not there or lack the special tokens."""
    vocabulary = _vocabulary(directory)
    ids = {token: index for index, token in enumerate(vocabulary)}
    start = ["<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>"]
    end = "<|endoftext|>"
    missing = [name for name in (*start, end) if name not in ids]
    if missing:
        raise ModelError(
            f"{directory}: its vocabulary lacks {', '.join(missing)}, so it is no Whisper that writes "
            f"{language!r}. Give another as --model, or another --language."
        )
    return Prompt([ids[name] for name in start], ids[end], load_tokens(directory, vocabulary))


def _vocabulary(directory: Path) -> list[str]:
    new, old = directory / "vocabulary.json", directory / "vocabulary.txt"
    try:
        if new.exists():
            return [str(token) for token in json.loads(new.read_text(encoding="utf-8"))]
        return old.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{directory}: neither vocabulary.json nor vocabulary.txt can be read ({error}), so this is no "
            "whole Whisper directory. Copy the model again."
        ) from error


@dataclass(frozen=True)
class Window:
    """How many frames of 10 ms the recogniser gives the encoder."""

    longest: int
    """Frames of the whole window."""
    padding_s: float | None
    """Silence after a clip, whose window is then as short as that; None means always the whole window."""

    def frames(self, seconds: float, padding_s: float | None) -> int:
        """Return the window for a clip with this much silence after it."""
        if padding_s is None:
            return self.longest
        return min(self.longest, max(_SHORTEST_FRAMES, math.ceil((seconds + padding_s) * _FRAMES_PER_S)))


def window_of(directory: Path, audio_positions: int) -> Window:
    """Read ``preprocessor_config.json``; without one the window is stock Whisper's. Raises `ModelError`."""
    path = directory / "preprocessor_config.json"
    try:
        settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        longest = min(int(settings.get("nb_max_frames", _STOCK_FRAMES)), 2 * audio_positions)
        padding_ms = settings.get("voicebot", {}).get("window_padding_ms")
        if padding_ms is None and settings.get("variable_length"):
            padding_ms = 0
        return Window(longest, None if padding_ms is None else float(padding_ms) / 1000)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: cannot be read ({error}). Copy the model again.") from error
