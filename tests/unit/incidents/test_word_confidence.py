"""From the words of the transcript to the confidence of what they told."""

import pytest

from voicebot.incidents import Evidence, Utterance
from voicebot.incidents.model import Word
from voicebot.incidents.word_confidence import (
    lowest_confidence,
    lowest_of_last_utterance,
    with_word_confidence,
)


def said(*words: tuple[str, float], speaker: str = "caller") -> Utterance:
    """Make an utterance of words with their confidences."""
    return Utterance.model_validate(
        {
            "speaker": speaker,
            "text": " ".join(text for text, _ in words),
            "start_ms": 0,
            "end_ms": 1000,
            "confidence": 0.8,
            "words": [Word(text=text, confidence=sure) for text, sure in words],
        }
    )


TALK = (
    said(("역삼동", 0.4), ("불이", 0.9), ("났어요", 0.7)),
    said(("역삼동", 1.0), speaker="bot"),
    said(("테헤란로", 0.95), ("백오십이", 0.6), ("역삼동이에요", 0.8)),
)


@pytest.mark.parametrize(
    ("words", "sure"),
    [
        ("불이 났", 0.7),
        ("불이났어요", 0.7),
        ("불이", 0.9),
        ("역삼동", 0.8),
        ("역삼동 테헤란로 백오십이", 0.6),
        ("테헤란로, 불이", 0.9),
        ("강남구", None),
        ("", None),
    ],
)
def test_words_are_found_where_they_were_said_last(words: str, sure: float | None) -> None:
    """Blanks do not matter, parts count one by one, and what the bot said does not."""
    assert lowest_confidence(TALK, words) == sure


def test_evidence_gets_the_confidence_of_its_own_words() -> None:
    """Evidence that is in no words, such as a key, keeps what it had."""
    evidence = [
        Evidence(rule="fire/1", words="불이 났", utterance=0, confidence=0.85),
        Evidence(rule="keypad/cannot_speak", words="5", utterance=1, confidence=1.0),
    ]
    assert [item.confidence for item in with_word_confidence(TALK, evidence)] == [0.7, 1.0]


def test_an_answer_is_as_sure_as_its_least_sure_word() -> None:
    """The last words of the caller count, or the utterance where there are none."""
    assert lowest_of_last_utterance(TALK) == 0.6
    assert lowest_of_last_utterance([*TALK, said()]) == 0.8
    assert lowest_of_last_utterance(TALK[1:2]) is None
