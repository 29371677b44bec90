"""A model's own window and guard, with a model of the stock shape that is built on the spot."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.fakes import stock_model as stock
from voicebot.errors import ModelError
from voicebot.speech.confidence import Curve
from voicebot.speech.decoding import Decoding, read_decoding
from voicebot.speech.recogniser import Recogniser

PREPARED = {
    "window_padding_ms": 3000,
    "beam_size": 2,
    "patience": 1.0,
    "repetition_penalty": 1.1,
    "no_repeat_ngram_size": 4,
    "tokens_per_second": 24,
    "language": "ko",
}


def prepared(directory: Path, says: str, **decoding: Any) -> Recogniser:
    """Build a model that says one sentence and load it as `voicebot model prepare` leaves it."""
    stock.build(directory, says)
    path = directory / "preprocessor_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(settings | {"voicebot": PREPARED | decoding}), encoding="utf-8")
    return Recogniser(directory)


def clip(duration_ms: int) -> npt.NDArray[np.int16]:
    """Make something that is not silence."""
    return np.random.default_rng(1).integers(-3000, 3000, duration_ms * 8).astype(np.int16)


def test_the_window_is_the_clip_and_its_padding(tmp_path: Path) -> None:
    """A short clip is not encoded as 30 s, and clips of unlike length are no batch."""
    recogniser = prepared(tmp_path, "불이 났어")
    assert recogniser.encoded([clip(1500)]).frames == 450
    assert recogniser.encoded([clip(29_000)]).frames == stock.WINDOW_FRAMES, "never more than the model's"
    assert recogniser.padded(8000) != recogniser.padded(4 * 8000)
    assert recogniser.longest_ms == 30_000
    assert recogniser.transcribe([clip(1500)])[0].text == "불이 났어"


@pytest.mark.parametrize("said", ["네 네 네", "빨리 빨리", "살려줘 살려줘 살려줘"])
def test_what_callers_repeat_is_not_lost_to_the_guard(tmp_path: Path, said: str) -> None:
    """These have the same four tokens several times, and stay as they were said."""
    assert prepared(tmp_path, said).transcribe([clip(3000)])[0].text == said


def test_a_text_that_would_not_end_is_broken_by_the_guard(tmp_path: Path) -> None:
    """No four tokens stand twice in it, and without the guard there is no text at all."""
    runaway = "불" * 19  # 57 tokens in 2 s, for which 54 are possible
    guarded = prepared(tmp_path / "guarded", runaway)
    encoded = guarded.encoded([clip(2000)])
    (result,) = guarded._searched(encoded.audio, [2.0], guarded._whole)
    said = result.sequences_ids[0]
    runs = [tuple(said[at : at + 4]) for at in range(len(said) - 3)]
    assert len(runs) == len(set(runs))
    unguarded = prepared(tmp_path / "plain", runaway, repetition_penalty=1.0, no_repeat_ngram_size=0)
    assert unguarded.transcribe([clip(2000)])[0].text == ""


def test_what_was_said_fast_is_not_believed_twice(tmp_path: Path) -> None:
    """A model with a short window says sentences twice; there is no time for that in the audio."""
    assert prepared(tmp_path, "살려줘 살려줘").transcribe([clip(1500)])[0].text != "살려줘 살려줘"


def test_clips_of_any_length_are_heard_in_order(tmp_path: Path) -> None:
    """Those of like length go together; silence has its place."""
    recogniser = prepared(tmp_path, "가나다라")
    heard = recogniser.transcribe_all([clip(4000), clip(1000), clip(4000) * 0, clip(4100)])
    assert [each.text for each in heard] == ["가나다라", "가나다라", "", "가나다라"]


def test_confidence_is_as_the_model_is_calibrated(tmp_path: Path) -> None:
    """The model's own probability goes through the curve; without one it stays."""
    curves = {"word": {"scale": 1.0, "shift": -1.0}, "text": {"scale": 1.0, "shift": -2.0}}
    (plain,) = prepared(tmp_path / "plain", "불이 났어").transcribe([clip(1500)])
    (heard,) = prepared(tmp_path / "curves", "불이 났어", confidence=curves).transcribe([clip(1500)])
    assert plain.calibrated == plain.confidence == pytest.approx(math.exp(plain.avg_logprob))
    assert heard.avg_logprob == plain.avg_logprob
    assert heard.confidence == pytest.approx(Curve(scale=1.0, shift=-2.0).probability(plain.confidence))
    assert heard.words[0].confidence < plain.words[0].confidence


def test_a_curve_moves_log_odds() -> None:
    """Even odds become the shift; certainty stays finite; the default changes nothing."""
    assert Curve(scale=2.0, shift=0.0).probability(0.5) == 0.5
    assert Curve(scale=1.0, shift=math.log(3.0)).probability(0.5) == pytest.approx(0.75)
    assert 0.0 < Curve(scale=2.0).probability(0.0) < Curve(scale=2.0).probability(1.0) < 1.0
    assert Curve().probability(0.1) == 0.1


def test_a_stock_directory_decides_nothing() -> None:
    """Without the key, and with keys of others in it, everything is as Whisper has it."""
    assert read_decoding("here", {}) == Decoding()
    assert read_decoding("here", {"voicebot": {"language": "ko", "new": 1}}) == Decoding()
    assert not Decoding().is_guarded


@pytest.mark.parametrize(
    ("decoding", "name"),
    [({"beam_size": 0}, "beam_size"), ({"window_padding_ms": "long"}, "window_padding_ms"), ([], "voicebot")],
)
def test_wrong_decoding_is_named_with_its_file(decoding: object, name: str) -> None:
    """One sentence with the file, the key and what to do."""
    with pytest.raises(ModelError, match=rf"p\.json: .*{name}.*prepare"):
        read_decoding("p.json", {"voicebot": decoding})
