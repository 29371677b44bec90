"""What the product's recogniser hears in recordings, and how far that is from what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.adapt.recordings import Int16
from voicebot.speech.recogniser import Recogniser
from voicebot.speech_models.scoring import syllable_errors
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS


@dataclass(frozen=True, slots=True)
class Errors:
    """Mistakes in syllables by their reading, as `voicebot.speech_models.scoring` counts them."""

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
    counted = [syllable_errors(said, got) for said, got in zip(texts, heard, strict=True)]
    return Errors(
        mistakes=sum(wrong for wrong, _ in counted),
        syllables=sum(all_said for _, all_said in counted),
        clips=len(texts),
        right=sum(not wrong for wrong, _ in counted),
    )
