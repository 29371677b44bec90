"""Checks of the bundled vocabulary and of the ids that CTranslate2 relies on."""

from pathlib import Path

import pytest

from models.train.batches import IGNORED, token_rows
from models.train.command import MODEL_DIRECTORY
from models.train.sentences import corpus, word_lists
from models.train.sentences.word_forms import spoken_place
from models.train.vocabulary import SPECIAL_TOKENS, TOKENIZER_FILE, Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load(Path(MODEL_DIRECTORY) / TOKENIZER_FILE)


def test_every_name_and_demo_sentence_can_be_spelled(vocabulary: Vocabulary) -> None:
    """No dong, gu or sentence of the first run needs the unknown piece."""
    texts = [
        *corpus.DEMO_SENTENCES,
        *(spoken_place(name) for pair in word_lists.gu_and_dong() for name in pair),
    ]
    assert all(0 not in vocabulary.encode(text) for text in texts)
    assert [vocabulary.decode(vocabulary.encode(text)) for text in texts] == texts


def test_prompt_ids_lie_between_start_and_no_timestamps(vocabulary: Vocabulary) -> None:
    """CTranslate2 counts the tokens from the start token to the one without timestamps as the prompt."""
    first, *middle, last = vocabulary.prompt
    assert first == vocabulary.special("<|startoftranscript|>")
    assert last == vocabulary.special("<|notimestamps|>") == vocabulary.size - 1
    assert all(first < index < last for index in middle)
    assert vocabulary.tokens()[-len(SPECIAL_TOKENS) :] == list(SPECIAL_TOKENS)


def test_speech_and_silence_have_their_targets(vocabulary: Vocabulary) -> None:
    """After the start comes the language or no-speech; the text follows the prompt, then the end."""
    tokens, targets, ids = token_rows(vocabulary, ["네 맞아요", ""])
    assert tokens[:, :4].tolist() == [vocabulary.prompt] * 2
    assert targets[0, 0] == vocabulary.special("<|ko|>")
    assert targets[1, 0] == vocabulary.special("<|nospeech|>")
    assert targets[0, 1:3].tolist() == [IGNORED, IGNORED]
    assert targets[0, 3:].tolist() == [*ids[0], vocabulary.special("<|endoftext|>")]
    assert targets[1, 3] == vocabulary.special("<|endoftext|>")
    assert set(targets[1, 4:].tolist()) == {IGNORED}
