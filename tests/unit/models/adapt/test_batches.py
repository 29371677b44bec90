"""Checks of what a network is fed in training."""

import json
from itertools import islice
from pathlib import Path

import pytest
import torch

from models.adapt.batches import Feed, usable
from models.adapt.prompt import Window, prompt_of, window_of
from models.adapt.recordings import read_recordings
from models.train.batches import IGNORED
from tests.unit.models.adapt.made_up import SPEAKERS, TEXTS, bundled, recordings, stock
from voicebot.errors import ModelError


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stock")
    stock(made)
    return made


@pytest.fixture(scope="module")
def feed(directory: Path) -> Feed:
    return Feed(prompt_of(directory, "ko"), Window(3000, None), 128, batch_s=3.0)


def test_the_prompt_is_the_recognisers(directory: Path) -> None:
    """Start, language, task, no timestamps; a text begins with a blank, as Whisper's do, and none is none."""
    prompt = prompt_of(directory, "ko")
    pieces = ["<|startoftranscript|>", "<|ko|>", "<|transcribe|>", "<|notimestamps|>"]
    assert [_token(directory, index) for index in prompt.start] == pieces
    assert _token(directory, prompt.end) == "<|endoftext|>"
    assert _token(directory, prompt.ids("네")[0]) == "Ġ"
    assert prompt.tokens.text(prompt.ids("불이 났어요")) == "불이 났어요"
    assert prompt.ids("") == []


def test_a_language_that_a_model_lacks_is_told(directory: Path, tmp_path: Path) -> None:
    """A Korean vocabulary cannot be adapted to English, nor a directory without one to anything."""
    with pytest.raises(ModelError, match=r"<\|en\|>"):
        prompt_of(directory, "en")
    with pytest.raises(ModelError, match="vocabulary"):
        prompt_of(tmp_path, "ko")


def test_windows_are_those_of_the_recogniser(directory: Path, tmp_path: Path) -> None:
    """Stock: always whole; prepared: clip and padding; bundled: the clip; never more than the positions."""
    assert window_of(directory, 1500) == Window(3000, None)
    (tmp_path / "preprocessor_config.json").write_text('{"voicebot": {"window_padding_ms": 2500}}')
    prepared = window_of(tmp_path, 1500)
    assert prepared == Window(3000, 2.5)
    assert prepared.frames(1.234, 2.5) == 374
    assert prepared.frames(29.0, 2.5) == 3000
    bundled(tmp_path)
    assert window_of(tmp_path, 500) == Window(1000, 0.0)
    (tmp_path / "preprocessor_config.json").write_text("[]")
    with pytest.raises(ModelError, match=r"preprocessor_config\.json"):
        window_of(tmp_path, 500)


def test_training_is_decided_by_its_seeds_and_has_short_and_whole_windows(feed: Feed, tmp_path: Path) -> None:
    """The same seeds give the same batches; windows vary, and some are whole where the model is used so."""
    named = read_recordings(recordings(tmp_path, dict.fromkeys(SPEAKERS[:2], TEXTS)))
    one, other = (list(islice(feed.training(named, (1, 0, 0)), 40)) for _ in range(2))
    for ours, theirs in zip(one, other, strict=True):
        assert torch.equal(ours.features, theirs.features)
        assert torch.equal(ours.targets, theirs.targets)
    frames = [batch.features.shape[2] for batch in one]
    assert 3000 in frames
    assert len({each for each in frames if each < 800}) > 10
    assert {batch.features.shape[1] for batch in one} == {128}


def test_targets_are_the_text_and_its_end_alone(feed: Feed, tmp_path: Path) -> None:
    """Language and no-speech are not trained: adapting shall leave the model's judgement of both alone."""
    named = read_recordings(recordings(tmp_path, {"anna": ("네", "")}))
    [batch] = feed.held_out(named)
    start = len(feed.prompt.start)
    for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
        said = [token for token in targets if token != IGNORED]
        assert targets[: start - 1] == [IGNORED] * (start - 1)
        assert said[-1] == feed.prompt.end
        assert said[:-1] == tokens[start : start + len(said) - 1]
    assert sorted(len(row[row != IGNORED]) for row in batch.targets) == [1, 1 + len(feed.prompt.ids("네"))]


def test_recordings_that_do_not_fit_are_left_out(feed: Feed, tmp_path: Path) -> None:
    """Too long for the window, too short for a syllable, too much text for the positions."""
    named = read_recordings(recordings(tmp_path, {"anna": ("네", "가" * 12, "")}))
    fitting = usable(named, feed.prompt, Window(100, None), most_tokens=448)
    assert [each.text for each in fitting] == ["네"]
    assert usable(named, feed.prompt, Window(3000, None), most_tokens=10) == [named[0]]


def _token(directory: Path, index: int) -> str:
    return str(json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))[index])
