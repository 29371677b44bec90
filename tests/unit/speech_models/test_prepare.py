import json
from pathlib import Path

import ctranslate2
import numpy as np
import pytest

from tests.fakes.stock_model import build
from voicebot.errors import ModelError
from voicebot.speech.recogniser import Recogniser
from voicebot.speech_models.folder import described
from voicebot.speech_models.model_file import read_model
from voicebot.speech_models.prepare import prepare

SAYS = "여기요"
NOISE = (np.random.default_rng(3).normal(0, 3000, 8000)).astype(np.int16)


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny stock model."""
    folder = tmp_path_factory.mktemp("stock") / "tiny"
    build(folder, SAYS)
    return folder


def test_a_prepared_model_says_what_the_stock_one_says(stock: Path, tmp_path: Path) -> None:
    """Cut, in int8 and renumbered, and still the same words; the original is not touched."""
    before = {path.name: path.read_bytes() for path in stock.iterdir()}
    prepare(stock, tmp_path / "tiny-ko")
    [stock_heard] = Recogniser(stock).transcribe([NOISE])
    [heard] = Recogniser(tmp_path / "tiny-ko").transcribe([NOISE])
    assert heard.text == stock_heard.text == SAYS
    assert {path.name: path.read_bytes() for path in stock.iterdir()} == before


def test_what_is_stored(stock: Path, tmp_path: Path) -> None:
    """int8, no time stamps, the window and the search for the recogniser, and where it came from."""
    prepare(stock, tmp_path / "tiny-ko", card={"licence": "MIT"})
    model = read_model(tmp_path / "tiny-ko" / "model.bin")
    vocabulary = json.loads((tmp_path / "tiny-ko" / "vocabulary.json").read_text())
    assert model.variables["decoder/embeddings/weight"].dtype == np.int8
    assert len(model.variables["decoder/embeddings/weight"]) == len(vocabulary)
    assert vocabulary[-1] == "<|notimestamps|>"
    preprocessor = json.loads((tmp_path / "tiny-ko" / "preprocessor_config.json").read_text())
    assert preprocessor["feature_size"] == 80
    assert preprocessor["voicebot"] == {
        "window_padding_ms": 5000,
        "beam_size": 5,
        "patience": 1.0,
        "repetition_penalty": 1.1,
        "no_repeat_ngram_size": 4,
        "tokens_per_second": 24,
        "language": "ko",
    }
    loaded = ctranslate2.models.Whisper(str(tmp_path / "tiny-ko"))
    assert loaded.compute_type == "int8_float32", "not turned back into float32 when it is loaded"
    found = described(tmp_path / "tiny-ko")
    assert (found.language, found.card["licence"], found.card["tokens"]) == ("ko", "MIT", len(vocabulary))


def test_another_language_keeps_the_whole_vocabulary(tmp_path: Path) -> None:
    """Only Korean has a cut of its own."""
    build(tmp_path / "tiny", SAYS)
    vocabulary = json.loads((tmp_path / "tiny" / "vocabulary.json").read_text())
    renamed = ["<|en|>" if token == "<|ko|>" else token for token in vocabulary]
    (tmp_path / "tiny" / "vocabulary.json").write_text(json.dumps(renamed))
    prepare(tmp_path / "tiny", tmp_path / "tiny-en", language="en")
    assert json.loads((tmp_path / "tiny-en" / "vocabulary.json").read_text()) == renamed
    assert described(tmp_path / "tiny-en").language == "en"


def test_what_was_prepared_is_not_prepared_again(stock: Path, tmp_path: Path) -> None:
    """A target that is there stays as it is."""
    prepare(stock, tmp_path / "tiny-ko")
    with pytest.raises(ModelError, match="is there already"):
        prepare(stock, tmp_path / "tiny-ko")


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_an_incomplete_directory_is_refused_and_leaves_nothing(
    stock: Path, tmp_path: Path, missing: str
) -> None:
    """The missing file is named, and no half model is left behind."""
    source = tmp_path / "source"
    source.mkdir()
    for path in stock.iterdir():
        if path.name != missing:
            (source / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ModelError, match=missing):
        prepare(source, tmp_path / "made" / "tiny-ko")
    assert not (tmp_path / "made").exists()


def test_a_vocabulary_of_another_model_is_refused(stock: Path, tmp_path: Path) -> None:
    """Texts would be nonsense."""
    source = tmp_path / "source"
    source.mkdir()
    for path in stock.iterdir():
        (source / path.name).write_bytes(path.read_bytes())
    vocabulary = json.loads((source / "vocabulary.json").read_text())
    (source / "vocabulary.json").write_text(json.dumps(vocabulary[:-1]))
    with pytest.raises(ModelError, match="do not belong together"):
        prepare(source, tmp_path / "tiny-ko")
    with pytest.raises(ModelError, match="does not have the language 'fr'"):
        prepare(stock, tmp_path / "tiny-fr", language="fr")
