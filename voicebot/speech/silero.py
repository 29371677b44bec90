"""Silero VAD's network as plain matrix products, for many legs at once.

The package ships it as a script of convolutions over a few frames, which torch computes a third slower
for a batch and three times slower for a few legs. Here are the same weights in the same order: short-time
spectrum of four frames, four convolutions with ReLU (strides 1, 2, 2, 1), one LSTM cell, one output. Both
networks of silero-vad 6 have this form, with filters of 128 samples at 8 kHz and 256 at 16 kHz; tests
compare them with the originals.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_FRAMES = 4
"""Of the spectrum of context and window, half a filter apart."""
WIDTH = 128
"""Of the hidden state and of the cell."""


class SileroNetwork:
    """One of the networks inside ``silero_vad.load_silero_vad()``; to be called in inference mode."""

    def __init__(self, original: Any) -> None:
        weights = dict(original.named_parameters())
        basis: Tensor = dict(original.named_buffers())["stft.forward_basis_buffer"][:, 0]
        self._taps = basis.shape[1]
        self._bins = basis.shape[0] // 2
        self._basis = basis.T.contiguous()
        convolutions = [weights[f"encoder.{layer}.reparam_conv.weight"] for layer in range(4)]
        first, second, third, fourth = (each.permute(2, 1, 0) for each in convolutions)
        self._biases = [weights[f"encoder.{layer}.reparam_conv.bias"] for layer in range(4)]
        self._first = first.flatten(0, 1).contiguous()
        self._second = second.flatten(0, 1).contiguous()
        self._third = third[1:].flatten(0, 1).contiguous()  # its first tap lies in the padding
        self._fourth = fourth[1].contiguous()  # one frame is left: so do both its outer taps
        rnn = [weights[f"decoder.rnn.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        self._gates = torch.cat([rnn[0], rnn[1]], dim=1).T.contiguous()
        self._gates_bias = rnn[2] + rnn[3]
        self._out = weights["decoder.decoder.2.weight"].flatten()
        self._out_bias = weights["decoder.decoder.2.bias"]

    def __call__(self, samples: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Take float32[legs, context and window], states [legs, 128]; return probabilities, new states."""
        legs = len(samples)
        encoded = self._encoded(self._spectrum(samples), legs)
        gates = torch.addmm(self._gates_bias, torch.cat([encoded, hidden], dim=1), self._gates)
        take, keep, new, show = gates.chunk(4, dim=1)
        cell = keep.sigmoid() * cell + take.sigmoid() * new.tanh()
        hidden = show.sigmoid() * cell.tanh()
        return (hidden.relu() @ self._out + self._out_bias).sigmoid(), hidden, cell

    def _spectrum(self, samples: Tensor) -> Tensor:
        """Return magnitudes [legs, frames and one empty one on each side, bins]."""
        mirrored = samples[:, -self._taps // 4 - 1 : -1].flip(1)
        joined = torch.cat([samples, mirrored], dim=1)
        frames = joined.unfold(1, self._taps, self._taps // 2).reshape(-1, self._taps)
        power = (frames @ self._basis).square_()
        magnitudes = torch.zeros(len(samples), _FRAMES + 2, self._bins)
        summed = power[:, : self._bins] + power[:, self._bins :]
        magnitudes[:, 1:-1] = summed.sqrt_().view(-1, _FRAMES, self._bins)
        return magnitudes

    def _encoded(self, magnitudes: Tensor, legs: int) -> Tensor:
        """Return [legs, 128]; neighbouring frames lie side by side, so a stride is a view."""
        row, bins = magnitudes.shape[1] * self._bins, self._bins
        windows = magnitudes.as_strided((legs, _FRAMES, 3 * bins), (row, bins, 1))
        first = torch.addmm(self._biases[0], windows.reshape(-1, 3 * bins), self._first).relu_()
        padded = torch.zeros(legs, _FRAMES + 1, WIDTH)
        padded[:, 1:] = first.view(legs, _FRAMES, WIDTH)
        windows = padded.as_strided((legs, 2, 3 * WIDTH), ((_FRAMES + 1) * WIDTH, 2 * WIDTH, 1))
        second = torch.addmm(self._biases[1], windows.reshape(-1, 3 * WIDTH), self._second).relu_()
        third = torch.addmm(self._biases[2], second.view(legs, -1), self._third).relu_()
        return torch.addmm(self._biases[3], third, self._fourth).relu_()
