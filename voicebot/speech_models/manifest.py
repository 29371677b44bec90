"""Recordings of people with what they say: JSON lines, one clip each, to measure a speech model with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile  # type: ignore[import-untyped]  # ships no types

from voicebot.errors import UserError

GROUPS = ("sex", "age", "dialect", "group", "source")
"""Keys of a line that name a group of speakers; those that a manifest has become rows of the table."""


@dataclass(frozen=True, slots=True)
class SpokenClip:
    """A line of a manifest."""

    file: Path
    text: str
    speaker: str
    """Empty when it is not told."""
    groups: Mapping[str, str]
    """Of the keys in `GROUPS` those that the line has."""


def read_manifest(path: Path) -> list[SpokenClip]:
    """Read a manifest; files count from its folder. Raises `UserError` that names the wrong line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: cannot be read ({error}). Give a manifest of JSON lines, docs/hearing.md."
        ) from error
    clips = [_clip(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not clips:
        raise UserError(f"{path}: no clip is in it. Give a manifest of JSON lines, docs/hearing.md.")
    return clips


def _clip(path: Path, number: int, line: str) -> SpokenClip:
    try:
        row: dict[str, Any] = json.loads(line)
        file, text = Path(path.parent, str(row["file"])), str(row["text"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path}, line {number}: not a clip ({error!r}); it must be a JSON object with file and text."
        ) from error
    groups = {key: str(row[key]) for key in GROUPS if row.get(key)}
    return SpokenClip(file, text, str(row.get("speaker", "")), groups)


def seconds_of(file: Path) -> float:
    """Return the length of a WAV or FLAC file, by its header alone. Raises `UserError`."""
    _check_there(file)
    try:
        return float(soundfile.info(file).duration)
    except (OSError, RuntimeError) as error:
        raise _unreadable(file, error) from error


def read_audio(file: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Return a WAV or FLAC file as float32[n] in -1..1, mixed to one channel, and its rate in Hz.

    Raises `UserError`.
    """
    _check_there(file)
    try:
        samples, rate_hz = soundfile.read(file, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise _unreadable(file, error) from error
    return np.ascontiguousarray(samples.mean(axis=1)), int(rate_hz)


def _check_there(file: Path) -> None:
    if not file.is_file():
        raise UserError(f"{file}: there is no such file. Give the path of a WAV or FLAC file.")


def _unreadable(file: Path, error: Exception) -> UserError:
    return UserError(f"{file}: not audio that can be read ({error}). Give WAV or FLAC.")
