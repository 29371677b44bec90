"""What operators are told by voice: the brief, how to accept, and that the caller has gone.

Everything is made while the phone rings, so that the operator hears it at once when they pick up.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import structlog

from voicebot.errors import SetupError, SpeechFailed
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice

log = structlog.get_logger(__name__)

BRIEF_LIMIT_MS = 6_000
"""The caller waits meanwhile, and the rest stands on the operator's screen. Chosen, not measured."""
_WORDS_PER_MINUTE, _FASTEST = 190, 280
"""Of espeak-ng, whose usual pace is 175; callers hear 165. Set by ear, not measured."""
BRIEF_VOICE = Voice(words_per_minute=_WORDS_PER_MINUTE)
"""Operators are trained listeners, and each second of the brief is one that the caller waits."""
_SENTENCE_END = re.compile(r"(?<=\.)\s+")


class Briefing:
    """The sentences for the operators of one call. ``text`` is asked each time: more may be known by then."""

    def __init__(
        self, synthesiser: Synthesiser, text: Callable[[], str], accept: str, caller_left: str
    ) -> None:
        self.farewell: str | None = None
        """File of the sentence that the caller has gone; None until it is made."""
        self._synthesiser = synthesiser
        self._text = text
        self._accept = accept
        self._caller_left = caller_left

    async def prepare(self) -> None:
        """Make all sentences, so that they can be played at once. Cancelled, those made by then can be."""
        await self.brief(accept=True)
        clip = await self._clip(self._caller_left)
        self.farewell = str(clip.file) if clip is not None else None

    async def brief(self, *, accept: bool) -> tuple[str, ...]:
        """Return the files of the brief, and of how to accept it; empty when there is no voice.

        A brief that would take longer than `BRIEF_LIMIT_MS` is read faster, and loses its last sentences if
        that is not enough: the most important one comes first.
        """
        clips = [await self._quick(self._text()), await self._clip(self._accept) if accept else None]
        return tuple(str(clip.file) for clip in clips if clip is not None)

    async def _quick(self, text: str) -> Clip | None:
        clip = await self._clip(text)
        if clip is None or clip.duration_ms <= BRIEF_LIMIT_MS:
            return clip
        faster = min(_FASTEST, _WORDS_PER_MINUTE * clip.duration_ms // BRIEF_LIMIT_MS + 10)
        *before, last = _SENTENCE_END.split(text)
        while clip is not None and clip.duration_ms > BRIEF_LIMIT_MS:
            clip = await self._clip(" ".join((*before, last)), Voice(words_per_minute=faster))
            if not before:
                break
            *before, last = before
        return clip

    async def _clip(self, text: str, voice: Voice = BRIEF_VOICE) -> Clip | None:
        if not text.strip():
            return None
        try:
            return await self._synthesiser.speech(text, voice)
        except (SpeechFailed, SetupError) as error:
            log.warning("an operator's sentence has no voice", error=str(error))
            return None
