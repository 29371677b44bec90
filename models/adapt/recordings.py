"""An agency's recordings: which they are, how they sound in a call, and who is held out."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebot.audio.resample import to_telephone
from voicebot.audio.telephone import through_a_telephone
from voicebot.errors import UserError
from voicebot.speech_models.manifest import read_audio, read_manifest, seconds_of

Int16 = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Recording:
    """One utterance; ``text`` is empty where nobody speaks."""

    file: Path
    text: str
    speaker: str
    seconds: float


def read_recordings(manifest: Path) -> list[Recording]:
    """Read a manifest whose lines have ``file``, ``text`` and ``speaker``. Raises `UserError`."""
    clips = read_manifest(manifest)
    nameless = [each.file.name for each in clips if not each.speaker]
    if nameless:
        raise UserError(
            f"{manifest}: of {len(nameless)} recordings no speaker is told ({nameless[0]} first). Give each "
            "line a speaker: some are held out to see whether others are heard better."
        )
    return [Recording(each.file, each.text.strip(), each.speaker, seconds_of(each.file)) for each in clips]


def samples_of(recording: Recording) -> Int16:
    """Read the audio: int16 at 8 kHz, mixed to one channel. Raises `UserError` if it cannot be decoded."""
    samples, rate_hz = read_audio(recording.file)
    return to_telephone(np.clip(np.rint(samples * 32_768), -32_768, 32_767).astype(np.int16), rate_hz)


def as_called(recording: Recording) -> Int16:
    """Read the audio as a call brings it. Raises `UserError` if it cannot be decoded."""
    return through_a_telephone(*read_audio(recording.file))


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
