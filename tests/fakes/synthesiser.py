"""Synthesisers that need no espeak-ng and no time."""

from pathlib import Path

from voicebot.errors import SpeechFailed
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice


class NamedClips(Synthesiser):
    """Makes a clip named after each text, as long as it is told to: there is no such file; or fails."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.broken = False
        self.asked: list[tuple[str, int]] = []

    @property
    def texts(self) -> list[str]:
        """All that was spoken so far."""
        return [text for text, _ in self.asked]

    async def speech(self, text: str, voice: Voice | None = None) -> Clip:
        """Return a clip named after the text: 100 ms a character at 190 words a minute."""
        if self.broken:
            raise SpeechFailed("no voice")
        pace = voice.words_per_minute if voice is not None else 190
        self.asked.append((text, pace))
        return Clip(Path(text), len(text) * 100 * 190 // pace)


class SilentClips(Synthesiser):
    """Makes a file with 1 ms of silence of each text."""

    async def speech(self, text: str, voice: Voice | None = None) -> Clip:
        """Return its clip."""
        file = self._cache / f"{abs(hash((text, voice)))}.pcm"
        file.write_bytes(b"\0" * 16)
        return Clip(file, 1)
