"""The network in torch, piece for piece what CTranslate2 runs as Whisper: pre-norm, audio without masks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

MAX_FRAMES = 1_000
"""Longest input, in 10 ms frames: 10 s, twice the encoder's positions."""

MAX_TOKENS = 96
"""Decoder positions, prompt included."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; heads divide the width; positions are encoder steps and decoder tokens."""

    vocabulary: int
    width: int = 192
    heads: int = 4
    encoder_layers: int = 5
    decoder_layers: int = 2
    mels: int = 80
    audio_positions: int = MAX_FRAMES // 2
    text_positions: int = MAX_TOKENS


class Attention(nn.Module):
    """Multi-head attention; the key projection has no bias, as in Whisper.

    Written out on a CPU, where two batched products and a softmax take a third less time than torch's fused
    kernel and its backward pass at the mini model's lengths.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.scale = (shape.width // shape.heads) ** -0.5
        self.query = nn.Linear(shape.width, shape.width)
        self.key = nn.Linear(shape.width, shape.width, bias=False)
        self.value = nn.Linear(shape.width, shape.width)
        self.out = nn.Linear(shape.width, shape.width)

    def _split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

    def forward(self, x: Tensor, memory: Tensor | None = None, *, causal: bool = False) -> Tensor:
        """float[batch, length, width], of itself or over ``memory``; ``causal`` looks back only."""
        source = x if memory is None else memory
        query, key, value = (
            self._split(part) for part in (self.query(x), self.key(source), self.value(source))
        )
        if x.is_cuda:
            mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        else:
            mixed = self._mixed(query, key, value, causal=causal)
        return self.out(mixed.transpose(1, 2).reshape(x.shape))

    def _mixed(self, query: Tensor, key: Tensor, value: Tensor, *, causal: bool) -> Tensor:
        scores = (query * self.scale) @ key.transpose(2, 3)
        if causal:
            length = query.shape[2]
            scores = scores + torch.full((length, length), -1e4, dtype=scores.dtype).triu(1)
        with torch.autocast("cpu", enabled=False):
            weights = scores.softmax(-1)
        return weights @ value


class Block(nn.Module):
    """One pre-norm layer; ``crossed`` adds attention over the encoder's output."""

    def __init__(self, shape: Shape, *, crossed: bool) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(shape.width)
        self.self_attention = Attention(shape)
        self.cross_norm = nn.LayerNorm(shape.width) if crossed else None
        self.cross_attention = Attention(shape) if crossed else None
        self.ffn_norm = nn.LayerNorm(shape.width)
        self.expand = nn.Linear(shape.width, 4 * shape.width)
        self.contract = nn.Linear(4 * shape.width, shape.width)

    def forward(self, x: Tensor, memory: Tensor | None = None, *, causal: bool = False) -> Tensor:
        """float[batch, length, width] of the same shape as ``x``."""
        x = x + self.self_attention(self.self_norm(x), causal=causal)
        if self.cross_attention is not None and self.cross_norm is not None:
            x = x + self.cross_attention(self.cross_norm(x), memory)
        return x + self.contract(functional.gelu(self.expand(self.ffn_norm(x))))


class Whisper(nn.Module):
    """Encoder and decoder of any Whisper, tiny to large."""

    encoder_positions: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.conv1 = nn.Conv1d(shape.mels, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.register_buffer("encoder_positions", _sinusoids(shape.audio_positions, shape.width))
        self.encoder = nn.ModuleList(Block(shape, crossed=False) for _ in range(shape.encoder_layers))
        self.encoder_norm = nn.LayerNorm(shape.width)
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        nn.init.normal_(self.embedding.weight, std=0.05)
        self.decoder_positions = nn.Parameter(torch.randn(shape.text_positions, shape.width) * 0.02)
        self.decoder = nn.ModuleList(Block(shape, crossed=True) for _ in range(shape.decoder_layers))
        self.decoder_norm = nn.LayerNorm(shape.width)

    def encode(self, features: Tensor) -> Tensor:
        """float[batch, mels, frames] -> float[batch, ceil(frames / 2), width]; padding counts as silence."""
        x = functional.gelu(self.conv1(features))
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.encoder_positions[: x.shape[1]]
        for block in self.encoder:
            x = block(x)
        return self.encoder_norm(x)

    def decode(self, tokens: Tensor, memory: Tensor) -> Tensor:
        """int[batch, length] and the encoder's output -> logits float[batch, length, vocabulary]."""
        x = self.embedding(tokens) + self.decoder_positions[: tokens.shape[1]]
        for block in self.decoder:
            x = block(x, memory, causal=True)
        return functional.linear(self.decoder_norm(x), self.embedding.weight)


class MiniWhisper(Whisper):
    """A `Whisper` with a CTC head on the encoder, which exists only in training."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        self.ctc = nn.Linear(shape.width, shape.vocabulary)


def _sinusoids(length: int, width: int) -> Tensor:
    scale = torch.exp(torch.arange(width // 2) * (-math.log(10_000.0) / (width // 2 - 1)))
    angles = torch.arange(length)[:, None] * scale[None, :]
    return torch.cat([angles.sin(), angles.cos()], dim=1)
