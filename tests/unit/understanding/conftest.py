from collections.abc import Callable
from pathlib import Path

import pytest

from voicebot.understanding import Knowledge, Understanding, load_knowledge, understand

LEXICON = Path(__file__).parents[3] / "dialogs" / "lexicon"

Hear = Callable[..., Understanding]


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The shipped lexicon and gazetteer."""
    return load_knowledge(LEXICON)


@pytest.fixture(scope="session")
def hear(knowledge: Knowledge) -> Hear:
    """Understand one text that was recognised well."""

    def one(text: str, *, partial: bool = False) -> Understanding:
        return understand(text, confidence=1.0, utterance=0, knowledge=knowledge, partial=partial)

    return one
