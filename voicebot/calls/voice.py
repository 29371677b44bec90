"""The sentences of a dialog as audio: recordings beside the dialog, everything else synthesised."""

from __future__ import annotations

from pathlib import Path

import structlog

from voicebot import dialog
from voicebot.errors import SetupError, SpeechFailed
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice

log = structlog.get_logger(__name__)

LAST_RESORT = "dead_man"
"""The sentence that is played when another one has no audio: silence is the worst answer."""


class DialogVoice:
    """Turns sentences into clips. `prepare` must have run once."""

    def __init__(self, spoken: dialog.Dialog, folder: Path, synthesiser: Synthesiser) -> None:
        self.synthesiser = synthesiser
        self._dialog = spoken
        self._folder = folder
        self._last_resort: Clip | None = None

    @property
    def last_resort(self) -> Clip:
        """The sentence for when nothing else can be said; there once `prepare` has run."""
        assert self._last_resort is not None
        return self._last_resort

    async def prepare(self) -> Clip:
        """Render all sentences that never change; return the one of last resort.

        Raises `SetupError` or `SpeechFailed`: without a voice there is no service.
        """
        for prompt in dialog.static_prompts(self._dialog):
            clip = await self._piece(dialog.Piece(prompt.text, prompt.audio), prompt.language)
            self.synthesiser.protect(clip)
            if prompt.key == LAST_RESORT and self._last_resort is None:
                self._last_resort = clip
        return self.last_resort

    async def clip(self, said: dialog.Say) -> Clip:
        """Return the audio of a sentence; when it cannot be made, that of the last resort."""
        try:
            return await self.rendered(said)
        except (SpeechFailed, SetupError) as error:
            log.warning("prompt has no voice", prompt=said.prompt, error=str(error))
            return self.last_resort

    async def rendered(self, said: dialog.Say) -> Clip:
        """Return the audio of a sentence, its pieces joined; raises `SpeechFailed` or `SetupError`."""
        pieces = said.pieces or (dialog.Piece(said.text),)
        return await self.synthesiser.joined([await self._piece(piece, said.language) for piece in pieces])

    async def _piece(self, piece: dialog.Piece, language: str) -> Clip:
        if piece.audio is not None:
            return await self.synthesiser.recording(self._folder / piece.audio)
        return await self.synthesiser.speech(piece.text, Voice(language))
