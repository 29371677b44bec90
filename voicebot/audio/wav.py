"""WAV files in and out: 16-bit linear samples for the telephone (8 kHz, one channel)."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from voicebot.audio.resample import to_telephone
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

Int16 = npt.NDArray[np.int16]


def read_wav(source: Path | str | IO[bytes]) -> Int16:
    """All samples of a WAV file or binary file object, mixed to one channel and brought to 8 kHz: int16[n].

    Takes PCM of 8, 16, 24 or 32 bits at any rate. Raises OSError if the path cannot be opened, wave.Error
    or EOFError if it is no such file.
    """
    with wave.open(str(source) if isinstance(source, Path) else source, "rb") as file:
        channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
        raw = file.readframes(file.getnframes())
    frame_bytes = channels * width
    linear = _linear(raw[: len(raw) // frame_bytes * frame_bytes], width)
    mono = linear.reshape(-1, channels).mean(axis=1)
    return to_telephone(np.rint(mono).astype(np.int16), rate_hz)


def write_wav(target: Path | str | IO[bytes], samples: Int16, rate_hz: int = TELEPHONE_RATE_HZ) -> None:
    """Writes int16[n] as a 16-bit WAV file of one channel; raises OSError if the path cannot be written."""
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise TypeError(f"a WAV file here takes int16[n], not {samples.dtype}{list(samples.shape)}")
    with wave.open(str(target) if isinstance(target, Path) else target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.astype("<i2", copy=False).tobytes())


def _linear(raw: bytes, width: int) -> npt.NDArray[np.float64]:
    """PCM of any width in the range of 16 bits; 8-bit PCM is unsigned, the others signed little-endian."""
    if width == 1:
        return (np.frombuffer(raw, dtype=np.uint8).astype(np.float64) - 128.0) * 256.0
    if width == 2:
        return np.frombuffer(raw, dtype="<i2").astype(np.float64)
    octets = np.frombuffer(raw, dtype=np.uint8).reshape(-1, width)
    return octets[:, -2:].copy().view("<i2").ravel().astype(np.float64)
