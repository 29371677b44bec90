"""Reads a CTranslate2 Whisper directory back into a network, for training that goes on without a checkpoint.

The CTC head of the mini model is not part of an export and begins anew; `train.ctc_reach` lets it learn
before the encoder hears from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from models.train.network import MAX_TOKENS, Attention, Block, MiniWhisper, Shape, Whisper
from voicebot.speech_models.model_file import ModelFile, read_model

Float32 = npt.NDArray[np.float32]
Parts = tuple[Tensor | None, ...]


def network_of(directory: Path) -> MiniWhisper:
    """The mini model's network whose export ``directory`` holds, int8 weights as floats again.

    Raises `ModelError` for a file that cannot be read, ValueError if its tensors are not those of a
    `MiniWhisper`.
    """
    model = read_model(directory / "model.bin")
    network = MiniWhisper(replace(shape_of(model), text_positions=MAX_TOKENS))
    fill(network, model)
    return network


def shape_of(model: ModelFile) -> Shape:
    """The sizes of a Whisper; raises KeyError if it is none."""
    tokens, width = model.variables["decoder/embeddings/weight"].shape
    encoder_layers, decoder_layers = (
        sum(
            re.fullmatch(rf"{side}/layer_\d+/ffn/linear_0/weight", name) is not None
            for name in model.variables
        )
        for side in ("encoder", "decoder")
    )
    return Shape(
        vocabulary=tokens,
        width=width,
        heads=int(model.variables["encoder/num_heads"]),
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        mels=model.variables["encoder/conv1/weight"].shape[1],
        audio_positions=len(model.variables["encoder/position_encodings/encodings"]),
        text_positions=len(model.variables["decoder/position_encodings/encodings"]),
    )


def fill(network: Whisper, model: ModelFile) -> None:
    """Copies the file's numbers into the network; raises KeyError or ValueError where they do not fit it."""
    with torch.no_grad():
        for name, parts in stored_tensors(network):
            values = floats(model, name)
            if "position_encodings" in name:  # an export may have more rows than training uses
                values = values[: network.shape.text_positions if "decoder" in name else None]
            for part, piece in zip(parts, np.split(values, len(parts)), strict=True):
                _copy(name, part, piece)


def _copy(name: str, part: Tensor | None, values: Float32) -> None:
    shape = values.shape if part is None else tuple(part.shape)
    if values.shape != shape or (part is None and values.any()):
        raise ValueError(f"{name} has a tensor of {values.shape} where the network has {shape}")
    if part is not None:
        part.copy_(torch.from_numpy(np.array(values)))


def floats(model: ModelFile, name: str) -> Float32:
    """One variable as float32, by its name or an alias; quantised rows are scaled back."""
    name = dict(model.aliases).get(name, name)
    values = model.variables[name].astype(np.float32)
    scale = model.variables.get(f"{name}_scale")
    if scale is None:
        return values
    return values / scale.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))


def stored_tensors(network: Whisper) -> Iterator[tuple[str, Parts]]:
    """Each variable that holds weights, with the network's tensors that lie in it one below the other.

    None stands where the network has nothing: the bias of a key, which is zeros in the file.
    """
    yield "encoder/position_encodings/encodings", (network.encoder_positions,)
    yield "decoder/position_encodings/encodings", (network.decoder_positions,)
    yield "decoder/embeddings/weight", (network.embedding.weight,)
    yield from _stacked("encoder/conv1", network.conv1)
    yield from _stacked("encoder/conv2", network.conv2)
    yield from _norm("encoder/layer_norm", network.encoder_norm)
    yield from _norm("decoder/layer_norm", network.decoder_norm)
    for side, blocks in (("encoder", network.encoder), ("decoder", network.decoder)):
        for number, block in enumerate(blocks):
            assert isinstance(block, Block)
            yield from _block(f"{side}/layer_{number}", block)


def _block(name: str, block: Block) -> Iterator[tuple[str, Parts]]:
    own: Attention = block.self_attention
    yield from _norm(f"{name}/self_attention/layer_norm", block.self_norm)
    yield from _stacked(f"{name}/self_attention/linear_0", own.query, own.key, own.value)
    yield from _stacked(f"{name}/self_attention/linear_1", own.out)
    crossed = block.cross_attention
    if crossed is not None and block.cross_norm is not None:
        yield from _norm(f"{name}/attention/layer_norm", block.cross_norm)
        yield from _stacked(f"{name}/attention/linear_0", crossed.query)
        yield from _stacked(f"{name}/attention/linear_1", crossed.key, crossed.value)
        yield from _stacked(f"{name}/attention/linear_2", crossed.out)
    yield from _norm(f"{name}/ffn/layer_norm", block.ffn_norm)
    yield from _stacked(f"{name}/ffn/linear_0", block.expand)
    yield from _stacked(f"{name}/ffn/linear_1", block.contract)


def _norm(name: str, norm: nn.LayerNorm) -> Iterator[tuple[str, Parts]]:
    yield f"{name}/gamma", (norm.weight,)
    yield f"{name}/beta", (norm.bias,)


def _stacked(name: str, *layers: nn.Linear | nn.Conv1d) -> Iterator[tuple[str, Parts]]:
    yield f"{name}/weight", tuple(layer.weight for layer in layers)
    yield f"{name}/bias", tuple(layer.bias for layer in layers)
