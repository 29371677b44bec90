"""Checks that a CTranslate2 directory becomes a network and comes back."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import pytest
import torch

from models.adapt.weights import opened, written
from models.train.export import spec_of
from models.train.network import Whisper
from models.train.restore import stored_tensors
from tests.unit.models.adapt.made_up import bundled, stock
from voicebot.errors import ModelError
from voicebot.speech_models.model_file import read_model, write_model

KINDS = [
    (stock, "float16"),
    (stock, "float32"),
    (stock, "int8"),
    (bundled, "int8"),
    (bundled, "int8_float16"),
]


@pytest.mark.parametrize(("make", "quantization"), KINDS)
def test_untrained_comes_back_bit_for_bit(
    make: Callable[[Path, str], Whisper], quantization: str, tmp_path: Path
) -> None:
    """Whatever its size, positions, mels, heads and numbers: reading and writing changes no bit."""
    made = make(tmp_path, quantization)
    model, network = opened(tmp_path)
    assert network.shape.mels == made.shape.mels
    assert network.shape.heads == made.shape.heads
    assert len(network.encoder_positions) == made.shape.audio_positions
    write_model(tmp_path / "again.bin", written(model, network))
    assert (tmp_path / "again.bin").read_bytes() == (tmp_path / "model.bin").read_bytes()


@pytest.mark.parametrize("quantization", ["float32", "float16", "int8"])
def test_trained_weights_are_stored_as_ctranslate2_would(quantization: str, tmp_path: Path) -> None:
    """CTranslate2's own specification makes the same tensors and scales; int8 may be the next step."""
    stock(tmp_path, quantization)
    model, network = opened(tmp_path)
    _shake(network)
    spec: Any = spec_of(network)
    spec.register_vocabulary([str(index) for index in range(network.shape.vocabulary)])
    spec.validate()
    spec.optimize(quantization=quantization)
    theirs = {name: value.numpy() for name, value in spec.variables().items() if not isinstance(value, str)}
    ours = written(model, network)
    assert set(ours.variables) == set(theirs)
    for name, value in ours.variables.items():
        assert value.dtype == theirs[name].dtype, name
        far = value.astype(np.float32) - theirs[name]
        assert np.abs(far).max() <= (1 if value.dtype == np.int8 and value.ndim else 0), name
    assert dict(ours.aliases) == {"decoder/projection/weight": "decoder/embeddings/weight"}


@pytest.mark.parametrize("make", [stock, bundled])
def test_torch_and_ctranslate2_compute_the_same(make: Callable[[Path, str], Whisper], tmp_path: Path) -> None:
    """A trained network and the directory written from it give each token of a text the same probability."""
    make(tmp_path, "float32")
    model, network = opened(tmp_path)
    _shake(network)
    write_model(tmp_path / "new.bin", written(model, network))
    (tmp_path / "new.bin").replace(tmp_path / "model.bin")
    shape = network.shape
    frames = 2 * shape.audio_positions
    features = np.random.default_rng(1).uniform(-1, 1, (1, shape.mels, frames)).astype(np.float32)
    end = shape.vocabulary - (5 if make is stock else 6)
    start, text = [end + 1, end + 2, end + 3], [5, 17, 40, 17]
    whisper = ctranslate2.models.Whisper(str(tmp_path), compute_type="float32")
    encoded = whisper.encode(ctranslate2.StorageView.from_array(features))
    [aligned] = whisper.align(encoded, start, [text], [frames], median_filter_width=1)
    with torch.inference_mode():
        memory = network.eval().encode(torch.from_numpy(features))
        # align() puts <|notimestamps|> after the start, and weighs a text's tokens against all below <|endoftext|>
        tokens = [*start, shape.vocabulary - 1, *text]
        logits = network.decode(torch.tensor([tokens]), memory)[0]
    ours = logits[:, :end].softmax(-1)[len(start) : -1].gather(1, torch.tensor(text)[:, None])[:, 0]
    assert np.allclose(np.asarray(encoded)[0], memory[0].numpy(), atol=1e-4)
    assert aligned.text_token_probs == pytest.approx(ours.tolist(), rel=1e-3)


def test_what_training_changes_by_less_than_a_step_is_not_lost_in_int8(tmp_path: Path) -> None:
    """A tenth of a step more for every weight is a step more for every tenth weight."""
    name = "decoder/layer_0/ffn/linear_0/weight"
    stock(tmp_path, "int8")
    model, network = opened(tmp_path)
    before = model.variables[name].astype(np.float32)
    step = 1 / model.variables[f"{name}_scale"].astype(np.float32)[:, None]
    with torch.no_grad():
        dict(stored_tensors(network))[name][0].add_(torch.from_numpy(0.1 * step))  # type: ignore[union-attr]
    moved = written(model, network).variables[name].astype(np.float32) - before
    assert np.isin(moved[np.abs(before) < 100], (0, 1)).all()
    assert 0.05 < moved.mean() < 0.12


def test_second_names_part_when_their_tensors_do(tmp_path: Path) -> None:
    """Layer norms that began alike share one tensor in the file, until training tells them apart."""
    stock(tmp_path, "float32")
    model, network = opened(tmp_path)
    shared = "decoder/layer_norm/beta"
    assert shared in {name for pair in model.aliases for name in pair}
    with torch.no_grad():
        network.decoder_norm.bias.add_(1)
    write_model(tmp_path / "model.bin.new", written(model, network))
    (tmp_path / "model.bin.new").replace(tmp_path / "model.bin")
    again = opened(tmp_path)[1]
    for (name, ours), theirs in zip(network.named_parameters(), again.parameters(), strict=True):
        assert torch.equal(ours, theirs), name


def test_other_models_are_refused_by_name(tmp_path: Path) -> None:
    """A translation model, a Whisper with a tensor missing, one in int16: one sentence each."""
    stock(tmp_path, "float32")
    whole = read_model(tmp_path / "model.bin")

    for model, why in (
        (replace(whole, specification="TransformerSpec"), "no Whisper"),
        (replace(whole, variables={k: v for k, v in whole.variables.items() if "conv1" not in k}), "conv1"),
        (replace(whole, variables={**whole.variables, "x": np.zeros(3, np.int16)}), "int16"),
    ):
        other = tmp_path / "other"
        other.mkdir(exist_ok=True)
        write_model(other / "model.bin", model)
        with pytest.raises(ModelError, match=why):
            opened(other)


def _shake(network: Whisper) -> None:
    torch.manual_seed(9)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.05)
