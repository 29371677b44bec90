"""Prompts as audio: recorded WAV files where there are some, espeak-ng for every other text.

Audio is kept in a cache as headerless 16-bit 8 kHz mono PCM, which the line process maps and plays. A
file's name is the hash of everything that makes its content, so the cache never goes stale.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voicebot.audio.wav import read_wav
from voicebot.errors import SetupError, SpeechFailed
from voicebot.vocabulary.audio_format import BYTES_PER_SAMPLE, TELEPHONE_RATE_HZ

_PEAK = 20_000
"""Loudest sample, -4 dB of full scale. Chosen: loud on the telephone, with room before it clips."""
_LIMIT_S = 10.0
"""For a sentence of espeak-ng, which speaks far faster than one listens. Chosen: a caller waits for it."""
_MOST_GAIN = 4.0
"""12 dB. Chosen: more would make the noise of a very soft recording speech."""
_CACHE_BYTES = 200_000_000
"""For sentences that are said once, about three hours; those of the dialog itself are kept besides."""
_PRUNE_EVERY = 200
"""New sentences; listing the cache for each of them would cost more than what they take."""


@dataclass(frozen=True, slots=True)
class Voice:
    """An espeak-ng voice: ``name`` as in ``espeak-ng --voices``, words per minute, pitch 0 to 99."""

    name: str = "ko"
    words_per_minute: int = 165
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class Clip:
    """Audio ready to play."""

    file: Path
    duration_ms: int


class Synthesiser:
    """Text or recordings to cached PCM. Equal requests at the same time are rendered once."""

    def __init__(self, cache: Path, voice: Voice | None = None, program: str = "espeak-ng") -> None:
        self._cache = cache
        self._voice = voice or Voice()
        self._program = program
        self._protected: set[Path] = set()
        self._rendered = 0
        self._under_way: dict[str, asyncio.Task[Clip]] = {}
        cache.mkdir(parents=True, exist_ok=True)

    async def speech(self, text: str, voice: Voice | None = None) -> Clip:
        """Return ``text`` spoken; raises `SpeechFailed` or, without espeak-ng, `SetupError`."""
        voice = voice or self._voice
        key = _key("espeak-ng", voice.name, str(voice.words_per_minute), str(voice.pitch), text)
        return await self._cached(key, text=text, voice=voice)

    async def recording(self, path: Path) -> Clip:
        """Return a recorded WAV file (any rate, mono or stereo); raises `SpeechFailed` when unreadable."""
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise SpeechFailed(f"{path}: the recording cannot be read ({error}).") from error
        return await self._cached(_key("wav", hashlib.sha256(content).hexdigest()), wav=content)

    async def joined(self, clips: Sequence[Clip]) -> Clip:
        """Return clips one after the other as one."""
        if len(clips) == 1:
            return clips[0]
        file = self._cache / f"{_key('joined', *(clip.file.name for clip in clips))}.pcm"
        try:
            if not file.exists():
                temporary = file.with_suffix(".part")
                temporary.write_bytes(b"".join(clip.file.read_bytes() for clip in clips))
                temporary.replace(file)
        except OSError as error:
            raise SpeechFailed(f"a prompt cannot be kept ({error}).") from error
        return Clip(file, file.stat().st_size * 1000 // (BYTES_PER_SAMPLE * TELEPHONE_RATE_HZ))

    async def _cached(self, key: str, **source: object) -> Clip:
        file = self._cache / f"{key}.pcm"
        if file.exists():
            return Clip(file, file.stat().st_size * 1000 // (BYTES_PER_SAMPLE * TELEPHONE_RATE_HZ))
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._render(file, **source))  # type: ignore[arg-type]
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        try:
            return await asyncio.shield(task)
        except OSError as error:  # a full disk, no more processes, or (TimeoutError) too slow
            raise SpeechFailed(f"a prompt cannot be made ({error!r}).") from error

    def protect(self, clip: Clip) -> None:
        """Keep ``clip`` for ever; others are deleted, the oldest first, when the cache grows too large."""
        self._protected.add(clip.file)

    def _prune(self) -> None:
        files = [file for file in self._cache.glob("*.pcm") if file not in self._protected]
        sized = sorted(((file.stat().st_mtime, file.stat().st_size, file) for file in files), reverse=True)
        total = 0
        for _, size, file in sized:
            total += size
            if total > _CACHE_BYTES:
                file.unlink(missing_ok=True)

    async def _render(
        self, file: Path, text: str | None = None, voice: Voice | None = None, wav: bytes | None = None
    ) -> Clip:
        if wav is None:
            wav = await self._speak(text or "", voice or self._voice)
        try:
            pcm = await asyncio.to_thread(_to_pcm, wav)
        except (ValueError, EOFError, wave.Error) as error:
            raise SpeechFailed(f"the audio of a prompt is not a WAV file ({error}).") from error
        temporary = file.with_suffix(".part")
        temporary.write_bytes(pcm.tobytes())
        temporary.replace(file)
        self._rendered += 1
        if self._rendered % _PRUNE_EVERY == 0:
            await asyncio.to_thread(self._prune)
        return Clip(file, len(pcm) * 1000 // TELEPHONE_RATE_HZ)

    async def _speak(self, text: str, voice: Voice) -> bytes:
        arguments = ["-v", voice.name, "-s", str(voice.words_per_minute), "-p", str(voice.pitch), "--stdout"]
        try:
            process = await asyncio.create_subprocess_exec(
                self._program,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise SetupError(
                f"{self._program} is not installed, so prompts without a recording have no voice. "
                "Install it: apt-get install espeak-ng."
            ) from error
        try:
            async with asyncio.timeout(_LIMIT_S):
                wav, complaint = await process.communicate(text.encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise SpeechFailed(
                f"{self._program} failed on a sentence: {complaint.decode(errors='replace').strip()}"
            )
        return wav


def _key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def _to_pcm(wav: bytes) -> npt.NDArray[np.int16]:
    pcm = read_wav(io.BytesIO(wav))
    peak = int(np.abs(pcm.astype(np.int32)).max(initial=1))
    gain = min(_MOST_GAIN, _PEAK / max(peak, 1))
    louder: npt.NDArray[np.int16] = (pcm * gain).astype(np.int16)
    return louder
