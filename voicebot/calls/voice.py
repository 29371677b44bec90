"""The sentences of a dialog as audio: recordings beside the dialog, everything else synthesised."""

from __future__ import annotations

from pathlib import Path

import structlog

from voicebot import dialog
from voicebot.errors import SetupError, SpeechFailed
from voicebot.speech.synthesiser import Clip, Synthesiser

log = structlog.get_logger(__name__)

LAST_RESORT = "dead_man"
"""The sentence that is played when another one has no audio: silence is the worst answer."""


class DialogVoice:
    """Turns prompts into clips. `prepare` must have run once."""

    def __init__(self, script: dialog.Dialog, folder: Path, synthesiser: Synthesiser) -> None:
        self.synthesiser = synthesiser
        self._script = script
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
        self._last_resort = await self._render(LAST_RESORT, self._script.prompts[LAST_RESORT].text)
        for prompt in dialog.static_prompts(self._script):
            await self._render(prompt.key, prompt.text)
        return self._last_resort

    async def clip(self, prompt: str, text: str) -> Clip:
        """Return the audio of a sentence; when it cannot be made, that of the last resort."""
        try:
            return await self._render(prompt, text)
        except (SpeechFailed, SetupError) as error:
            log.warning("prompt has no voice", prompt=prompt, error=str(error))
            return self.last_resort

    async def _render(self, prompt: str, text: str) -> Clip:
        recording = self._script.prompts[prompt].audio
        if recording is not None:
            return await self.synthesiser.recording(self._folder / recording)
        return await self.synthesiser.speech(text)
