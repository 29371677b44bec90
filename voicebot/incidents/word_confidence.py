"""How sure the recogniser was of the words that filled a part of the record."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.incidents.model import Evidence, Utterance


def lowest_confidence(transcript: Sequence[Utterance], said: str) -> float | None:
    """Return the confidence of the least sure word of ``said``; None when no caller's words are known.

    ``said`` may be put together from words that did not stand side by side or in one utterance; each is
    looked up where it was said last. Blanks do not matter, since a recogniser sets them freely.
    """
    spoken = [_letters(each) for each in reversed(transcript) if each.speaker == "caller" and each.words]
    whole = _found(spoken, _bare(said))
    parts = [whole] if whole is not None else [_found(spoken, _bare(part)) for part in said.split()]
    return min((part for part in parts if part is not None), default=None)


def lowest_of_last_utterance(transcript: Sequence[Utterance]) -> float | None:
    """Return the confidence of the least sure word that the caller said last; None when there is none."""
    last = next((each for each in reversed(transcript) if each.speaker == "caller"), None)
    return None if last is None else min((word.confidence for word in last.words), default=last.confidence)


def with_word_confidence(
    transcript: Sequence[Utterance], evidence: Sequence[Evidence]
) -> tuple[Evidence, ...]:
    """Return the evidence with the confidence of its own words instead of that of the whole utterance."""
    confidences = [lowest_confidence(transcript, item.words) for item in evidence]
    return tuple(
        item if value is None else item.model_copy(update={"confidence": value})
        for item, value in zip(evidence, confidences, strict=True)
    )


def _bare(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def _letters(utterance: Utterance) -> tuple[str, list[float]]:
    """Return the letters of an utterance and the confidence of the word that each belongs to."""
    words = [(_bare(word.text), word.confidence) for word in utterance.words]
    return "".join(text for text, _ in words), [confidence for text, confidence in words for _ in text]


def _found(spoken: Sequence[tuple[str, list[float]]], bare: str) -> float | None:
    """Return the least confidence of the latest place where ``bare`` was said."""
    for letters, confidences in spoken:
        at = letters.rfind(bare) if bare else -1
        if at >= 0:
            return min(confidences[at : at + len(bare)])
    return None
