"""Reads an exported directory back into a network, for training that goes on without a checkpoint.

The CTC head is not part of an export and begins anew; `train.ctc_reach` lets it learn before the encoder
hears from it.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from models.train.network import MAX_TOKENS, Attention, Block, MiniWhisper, Shape

Weights = dict[str, npt.NDArray[np.float32]]

_BINARY_VERSION = 6  # of CTranslate2's model files
_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""In the order of the type numbers in the file."""


def network_of(directory: Path) -> MiniWhisper:
    """The network whose export ``directory`` holds, int8 weights as floats again.

    Raises ValueError if its tensors are not those of a `MiniWhisper`.
    """
    weights = read_weights(directory / "model.bin")
    network = MiniWhisper(_shape(weights))
    with torch.no_grad():
        for source, layer in (("conv1", network.conv1), ("conv2", network.conv2)):
            _affine(weights, f"encoder/{source}", layer)
        _norm(weights, "encoder/layer_norm", network.encoder_norm)
        _norm(weights, "decoder/layer_norm", network.decoder_norm)
        _fill(network.embedding.weight, weights["decoder/embeddings/weight"])
        _fill(network.decoder_positions, weights["decoder/position_encodings/encodings"][:MAX_TOKENS])
        for side, blocks in (("encoder", network.encoder), ("decoder", network.decoder)):
            for number, block in enumerate(blocks):
                assert isinstance(block, Block)
                _block(weights, f"{side}/layer_{number}", block)
    return network


def _shape(weights: Weights) -> Shape:
    tokens, width = weights["decoder/embeddings/weight"].shape
    encoder_layers, decoder_layers = (
        sum(re.fullmatch(rf"{side}/layer_\d+/ffn/linear_0/weight", name) is not None for name in weights)
        for side in ("encoder", "decoder")
    )
    return Shape(
        vocabulary=tokens,
        width=width,
        heads=int(weights["encoder/num_heads"]),
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        mels=weights["encoder/conv1/weight"].shape[1],
    )


def read_weights(model: Path) -> Weights:
    """All tensors of a CTranslate2 ``model.bin`` as float32 by name; quantised ones are scaled back.

    Raises ValueError if the file has another version.
    """
    with model.open("rb") as file:
        (version,) = _unpack(file, "I")
        if version != _BINARY_VERSION:
            raise ValueError(f"{model} is a CTranslate2 file of version {version}, not {_BINARY_VERSION}")
        _string(file)
        _, count = _unpack(file, "II")
        stored = dict(_variable(file) for _ in range(count))
        (aliases,) = _unpack(file, "I")
        for _ in range(aliases):
            name, same_as = _string(file), _string(file)
            stored[name] = stored[same_as]
    return {
        name: _scaled_back(values, stored.get(f"{name}_scale"))
        for name, values in stored.items()
        if not name.endswith("_scale")
    }


def _unpack(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(f"<{form}", file.read(struct.calcsize(f"<{form}")))


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "H")
    return file.read(length)[:-1].decode()


def _variable(file: BinaryIO) -> tuple[str, npt.NDArray[np.generic]]:
    name = _string(file)
    (rank,) = _unpack(file, "B")
    sizes = _unpack(file, f"{rank}I")
    kind, length = _unpack(file, "BI")
    return name, np.frombuffer(file.read(length), dtype=_TYPES[kind]).reshape(sizes)


def _scaled_back(
    values: npt.NDArray[np.generic], scale: npt.NDArray[np.generic] | None
) -> npt.NDArray[np.float32]:
    as_float = values.astype(np.float32)
    if scale is None:
        return as_float
    return as_float / scale.astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))


def _fill(target: torch.Tensor, values: npt.NDArray[np.float32]) -> None:
    if tuple(target.shape) != values.shape:
        raise ValueError(
            f"the model has a tensor of {values.shape} where the network has {tuple(target.shape)}"
        )
    target.copy_(torch.from_numpy(np.array(values)))


def _affine(weights: Weights, name: str, layer: nn.Linear | nn.Conv1d) -> None:
    _fill(layer.weight, weights[f"{name}/weight"])
    if layer.bias is not None:
        _fill(layer.bias, weights[f"{name}/bias"])


def _norm(weights: Weights, name: str, norm: nn.LayerNorm) -> None:
    _fill(norm.weight, weights[f"{name}/gamma"])
    _fill(norm.bias, weights[f"{name}/beta"])


def _fused(weights: Weights, name: str, layers: list[nn.Linear]) -> None:
    """One stacked projection into its parts; the key's zeros for a bias are dropped."""
    parts = [np.split(weights[f"{name}/{kind}"], len(layers)) for kind in ("weight", "bias")]
    for layer, weight, bias in zip(layers, *parts, strict=True):
        _fill(layer.weight, weight)
        if layer.bias is not None:
            _fill(layer.bias, bias)


def _block(weights: Weights, name: str, block: Block) -> None:
    own: Attention = block.self_attention
    _norm(weights, f"{name}/self_attention/layer_norm", block.self_norm)
    _fused(weights, f"{name}/self_attention/linear_0", [own.query, own.key, own.value])
    _affine(weights, f"{name}/self_attention/linear_1", own.out)
    crossed = block.cross_attention
    if crossed is not None and block.cross_norm is not None:
        _norm(weights, f"{name}/attention/layer_norm", block.cross_norm)
        _affine(weights, f"{name}/attention/linear_0", crossed.query)
        _fused(weights, f"{name}/attention/linear_1", [crossed.key, crossed.value])
        _affine(weights, f"{name}/attention/linear_2", crossed.out)
    _norm(weights, f"{name}/ffn/layer_norm", block.ffn_norm)
    _affine(weights, f"{name}/ffn/linear_0", block.expand)
    _affine(weights, f"{name}/ffn/linear_1", block.contract)
