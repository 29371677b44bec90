"""Loading and decoding with a model of the stock shape that is built on the spot."""

import json
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.fakes import stock_model as stock
from voicebot.errors import ModelError
from voicebot.speech.recogniser import Recogniser

SAYS = "불이 났어"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stock directory that always says the same."""
    folder = tmp_path_factory.mktemp("stock")
    stock.build(folder, SAYS)
    return folder


def clip(duration_ms: int = 1500) -> npt.NDArray[np.int16]:
    """Make something that is not silence."""
    return np.random.default_rng(1).integers(-3000, 3000, duration_ms * 8).astype(np.int16)


def test_a_stock_directory_is_heard_through_its_own_tokenizer(directory: Path) -> None:
    """Bytes of several tokens become syllables, and each word has a confidence."""
    recogniser = Recogniser(directory)
    (heard,) = recogniser.transcribe([clip()])
    assert heard.text == SAYS
    assert [word.text for word in heard.words] == SAYS.split()
    assert all(0 < word.confidence <= 1 for word in heard.words)
    assert recogniser.longest_ms == 30_000
    assert recogniser.padded(800) == recogniser.padded(80_000), "always the whole window"


def test_128_mels_are_taken_from_the_model_itself(tmp_path: Path) -> None:
    """A large-v3 shape needs no setting; an old conversion without preprocessor file loads as well."""
    stock.build(tmp_path, SAYS, mels=128)
    (tmp_path / "preprocessor_config.json").unlink()
    assert Recogniser(tmp_path).transcribe([clip()])[0].text == SAYS


def test_silence_is_not_decoded(directory: Path) -> None:
    """A model that always says something says nothing of silence, in its place of the batch."""
    texts = [heard.text for heard in Recogniser(directory).transcribe([clip(), clip() * 0, clip()])]
    assert texts == [SAYS, "", SAYS]


def test_hotwords_stand_before_the_start(directory: Path) -> None:
    """They shift the sentence that this model ties to positions, so they have reached it."""
    assert Recogniser(directory, hotwords="역삼동").transcribe([clip()])[0].text != SAYS


def test_more_than_anybody_could_say_is_not_believed(tmp_path: Path) -> None:
    """Eight syllables for a sound of 200 ms were invented."""
    stock.build(tmp_path, "가나다라마바사아")
    recogniser = Recogniser(tmp_path)
    assert recogniser.transcribe([clip(200)])[0].text == ""
    assert recogniser.transcribe([clip(2000)])[0].text == "가나다라마바사아"


def test_texts_can_be_scored_against_the_audio(directory: Path) -> None:
    """What the model hears is likelier than anything else."""
    recogniser = Recogniser(directory)
    encoded = recogniser.encoded([clip() * 0, clip()])
    said, other = recogniser.scores(encoded, 1, [SAYS, "역삼동이"])
    assert said > other
    assert recogniser.scores(encoded, 0, [SAYS]) == [-math.inf], "a silent clip says nothing"


def test_a_draft_says_the_same_without_words(directory: Path) -> None:
    """It is told how sure the whole is, not each word."""
    (heard,) = Recogniser(directory).draft([clip()])
    assert (heard.text, heard.words) == (SAYS, ())
    assert 0 < heard.confidence <= 1


def test_what_is_missing_is_named(directory: Path, tmp_path: Path) -> None:
    """Each incomplete directory gets one sentence that says what to do."""
    stock.build(tmp_path, SAYS)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        Recogniser(tmp_path)
    vocabulary = json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))
    other = tmp_path / "other"
    stock.build(other, SAYS)
    swapped = [piece.replace("<|notimestamps|>", "<|other|>") for piece in vocabulary]
    (other / "vocabulary.json").write_text(json.dumps(swapped), encoding="utf-8")
    with pytest.raises(ModelError, match="notimestamps"):
        Recogniser(other)
