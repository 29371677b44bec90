"""An agency's recordings: a manifest of JSON lines, the audio, and who is held out."""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voicebot.audio.g711 import decode_a_law, encode_a_law
from voicebot.audio.resample import to_telephone
from voicebot.audio.wav import read_wav
from voicebot.errors import UserError

Int16 = npt.NDArray[np.int16]

_LINE = 'a line is {"file": "a.wav", "text": "what is said", "speaker": "anna"}'


@dataclass(frozen=True, slots=True)
class Recording:
    """One utterance; ``text`` is empty where nobody speaks."""

    file: Path
    text: str
    speaker: str
    seconds: float


def read_manifest(manifest: Path) -> list[Recording]:
    """Read ``file, text, speaker`` of each line; paths are relative to the manifest. Raises `UserError`."""
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{manifest}: the manifest cannot be read ({error}). Give a file of JSON lines as --data."
        ) from error
    recordings = [_recording(manifest, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not recordings:
        raise UserError(f"{manifest}: no recording is named in it; {_LINE}.")
    return recordings


def _recording(manifest: Path, number: int, line: str) -> Recording:
    try:
        fields = json.loads(line)
        file, text, speaker = (str(fields[name]) for name in ("file", "text", "speaker"))
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{manifest}:{number}: not a recording ({error!r}); {_LINE}.") from error
    path = manifest.parent / file
    try:
        return Recording(path, text.strip(), speaker, _seconds(path))
    except FileNotFoundError as error:
        raise UserError(f"{manifest}:{number}: there is no file {path}. Mend the path.") from error


def _seconds(path: Path) -> float:
    """Return the length of a file by its header alone."""
    if path.suffix.lower() == ".wav":
        try:
            with wave.open(str(path)) as file:
                return file.getnframes() / file.getframerate()
        except (wave.Error, EOFError) as error:
            raise _unreadable(path, error) from error
    if not path.exists():
        raise FileNotFoundError(path)
    soundfile = _soundfile(path)
    try:
        return float(soundfile.info(str(path)).duration)
    except soundfile.SoundFileError as error:
        raise _unreadable(path, error) from error


def samples_of(recording: Recording) -> Int16:
    """Read the audio: int16 at 8 kHz, mixed to one channel. Raises `UserError` if it cannot be decoded."""
    path = recording.file
    if path.suffix.lower() == ".wav":
        try:
            return read_wav(path)
        except (OSError, EOFError, ValueError, wave.Error) as error:
            raise _unreadable(path, error) from error
    soundfile = _soundfile(path)
    try:
        samples, rate_hz = soundfile.read(str(path), dtype="int16", always_2d=True)
    except soundfile.SoundFileError as error:
        raise _unreadable(path, error) from error
    return to_telephone(np.rint(samples.mean(axis=1)).astype(np.int16), int(rate_hz))


def as_called(recording: Recording) -> Int16:
    """Read the audio as a call brings it: through A-law. Raises `UserError` if it cannot be decoded."""
    return decode_a_law(encode_a_law(samples_of(recording)))


def _soundfile(path: Path) -> Any:
    try:
        return importlib.import_module("soundfile")
    except (ImportError, OSError) as error:  # OSError: the package is there, its library is not
        raise UserError(
            f"{path}: only WAV is read here; for FLAC and others `pip install soundfile`, or convert to WAV."
        ) from error


def _unreadable(path: Path, error: Exception) -> UserError:
    why = str(error) or "it ends too early"
    return UserError(f"{path}: the audio cannot be read ({why}). Give 16-bit PCM WAV.")


def split(recordings: Sequence[Recording], share: float) -> tuple[list[Recording], list[Recording]]:
    """Return those to train on and those of the speakers held out, at least one of each kind of speaker.

    Whom it falls on is decided by a hash of the speaker's name: it stays so when other speakers join. Raises
    `UserError` if one speaker says everything.
    """
    speakers = sorted({each.speaker for each in recordings}, key=_draw)
    if len(speakers) < 2:
        raise UserError(
            f"All {len(recordings)} recordings are of one speaker ({speakers[0]}). Another must be held out "
            "to see whether training helps people who were not in it: add recordings of others."
        )
    count = min(len(speakers) - 1, max(1, math.floor(share * len(speakers))))
    kept_out = set(speakers[:count])
    return (
        [each for each in recordings if each.speaker not in kept_out],
        [each for each in recordings if each.speaker in kept_out],
    )


def _draw(speaker: str) -> bytes:
    return hashlib.sha256(speaker.encode()).digest()
