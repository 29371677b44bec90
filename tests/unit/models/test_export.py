"""Checks that the exported directory computes what the trained network computes."""

import json
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import torch

from models.train.command import MODEL_DIRECTORY
from models.train.export import export
from models.train.network import MAX_FRAMES, MiniWhisper, Shape
from models.train.restore import network_of
from models.train.vocabulary import TOKENIZER_FILE, Vocabulary
from voicebot.errors import ModelError

TOKENIZER = MODEL_DIRECTORY / TOKENIZER_FILE


def _greedy(
    network: MiniWhisper, features: torch.Tensor, prompt: list[int], unspoken: list[int]
) -> list[int]:
    memory = network.encode(features)
    tokens = list(prompt)
    for _ in range(6):
        logits = network.decode(torch.tensor([tokens]), memory)[0, -1]
        logits[unspoken] = -1e9
        logits[-6:] = -1e9
        tokens.append(int(logits.argmax()))
    return tokens[len(prompt) :]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[MiniWhisper, Path]:
    torch.manual_seed(1)
    vocabulary = Vocabulary.load(TOKENIZER)
    shape = Shape(vocabulary.size, width=32, heads=2, encoder_layers=2, decoder_layers=2)
    network = MiniWhisper(shape).eval()
    directory = tmp_path_factory.mktemp("exported")
    export(network, TOKENIZER, directory, quantization="float32")
    return network, directory


def test_ctranslate2_agrees_with_torch(exported: tuple[MiniWhisper, Path]) -> None:
    """Same tokens and the same probability of no speech, for random weights and random sound."""
    network, directory = exported
    vocabulary = Vocabulary.load(TOKENIZER)
    features = np.random.default_rng(1).uniform(-1, 1, (1, 80, 150)).astype(np.float32)
    special = list(range(vocabulary.pieces, vocabulary.size))
    result = ctranslate2.models.Whisper(str(directory), compute_type="float32").generate(
        ctranslate2.StorageView.from_array(features),
        [vocabulary.prompt],
        beam_size=1,
        max_length=12,
        suppress_tokens=[*vocabulary.unspoken(), *special],
        return_no_speech_prob=True,
    )[0]
    with torch.inference_mode():
        ours = _greedy(network, torch.from_numpy(features), vocabulary.prompt, vocabulary.unspoken())
        memory = network.encode(torch.from_numpy(features))
        first = network.decode(torch.tensor([vocabulary.prompt[:1]]), memory)[0, 0].softmax(-1)
    assert result.sequences_ids[0] == ours
    no_speech = vocabulary.special("<|nospeech|>")
    assert result.no_speech_prob == pytest.approx(float(first[no_speech]), rel=1e-3)


@pytest.mark.parametrize("quantization", ["float32", "int8"])
def test_an_export_becomes_the_same_network_again(
    exported: tuple[MiniWhisper, Path], tmp_path: Path, quantization: str
) -> None:
    """Training can go on from the directory alone: all but the CTC head comes back, to the step of int8."""
    network, directory = exported
    if quantization == "int8":
        directory = tmp_path
        export(network, TOKENIZER, directory, quantization=quantization)
    again = network_of(directory)
    assert again.shape == network.shape
    for (name, ours), theirs in zip(network.named_parameters(), again.parameters(), strict=True):
        if not name.startswith("ctc."):
            coarse = float(ours.detach().abs().max()) / 127 if quantization == "int8" else 1e-7
            assert float((ours - theirs).detach().abs().max()) <= coarse, name


def test_a_model_of_another_version_is_refused(tmp_path: Path) -> None:
    """A file that cannot be read rightly is named, with its version."""
    (tmp_path / "model.bin").write_bytes(bytes([99, 0, 0, 0]))
    with pytest.raises(ModelError, match="format is 99"):
        network_of(tmp_path)


def test_the_directory_says_how_to_feed_it(exported: tuple[MiniWhisper, Path]) -> None:
    """Generic loaders find mels, rate, hop and the longest input; the vocabulary has a row per token."""
    _, directory = exported
    preprocessor = json.loads((directory / "preprocessor_config.json").read_text())
    assert preprocessor["feature_size"] == 80
    assert preprocessor["sampling_rate"] == 16_000
    assert preprocessor["nb_max_frames"] == MAX_FRAMES
    assert preprocessor["guards"]["no_speech_prob"] < 0.6
    tokens = json.loads((directory / "vocabulary.json").read_text())
    assert len(tokens) == Vocabulary.load(TOKENIZER).size
    assert tokens[-1] == "<|notimestamps|>"
