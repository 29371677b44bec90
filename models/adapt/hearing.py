"""What the product's recogniser hears in recordings, and how far that is from what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.adapt.recordings import Int16
from models.train.evaluate import edit_distance
from voicebot.speech.recogniser import Recogniser
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS


@dataclass(frozen=True, slots=True)
class Errors:
    """Mistakes in syllables (or letters and digits), blanks and punctuation left out."""

    mistakes: int
    syllables: int
    clips: int
    right: int
    """Clips without a mistake."""

    @property
    def rate(self) -> float:
        """Mistakes per syllable said; can pass 1 where more is invented than was said."""
        return self.mistakes / max(1, self.syllables)


def errors(
    directory: Path, clips: Sequence[Int16], texts: Sequence[str], device: str, language: str
) -> Errors:
    """Hear 8 kHz clips with a model directory as calls are heard; longer ones are cut at its window."""
    recogniser = Recogniser(directory, device=device, language=language)
    order = sorted(range(len(clips)), key=lambda index: len(clips[index]))
    heard = [""] * len(clips)
    longest = recogniser.longest_ms * SAMPLES_PER_MS
    for first in range(0, len(order), recogniser.best_batch):
        chosen = order[first : first + recogniser.best_batch]
        transcripts = recogniser.transcribe([clips[index][:longest] for index in chosen])
        for index, transcript in zip(chosen, transcripts, strict=True):
            heard[index] = transcript.text
    mistakes = [edit_distance(_bare(said), _bare(got)) for said, got in zip(texts, heard, strict=True)]
    return Errors(
        mistakes=sum(mistakes),
        syllables=sum(len(_bare(said)) for said in texts),
        clips=len(texts),
        right=mistakes.count(0),
    )


def _bare(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
