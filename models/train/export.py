"""Writes a trained network as a CTranslate2 Whisper directory that any loader of such directories takes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import ctranslate2.specs
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from models.train.network import MAX_FRAMES, Attention, Block, MiniWhisper, Whisper
from models.train.vocabulary import TOKENIZER_FILE, Vocabulary
from voicebot.audio.log_mel import HOP_SAMPLES, WINDOW_SAMPLES
from voicebot.vocabulary.audio_format import RECOGNISER_RATE_HZ

EXPORTED_POSITIONS = 256
"""Decoder positions in the exported model; training uses `network.MAX_TOKENS` of them."""

GUARDS = {"no_speech_prob": 0.1, "avg_logprob": -0.7}
"""A text with more and less than this was invented: so seen on noise and on speech at 3 dB of the dev split.

The model was trained on noise, so it doubts earlier than stock Whisper, whose thresholds are 0.6 and -1.
"""


def export(network: MiniWhisper, tokenizer: Path, directory: Path, quantization: str = "int8") -> None:
    """Writes the model, its configuration, vocabulary, tokenizer and preprocessor settings.

    The files appear one after the other: a reader that loads meanwhile may see an old neighbour.
    """
    vocabulary = Vocabulary.load(tokenizer)
    spec = spec_of(network)
    spec.register_vocabulary(vocabulary.tokens())
    spec.config.suppress_ids = vocabulary.unspoken()
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [vocabulary.special("<|ko|>")]
    spec.config.alignment_heads = [
        [network.shape.decoder_layers - 1, head] for head in range(network.shape.heads)
    ]
    spec.validate()
    spec.optimize(quantization=quantization)
    directory.mkdir(parents=True, exist_ok=True)
    spec.save(str(directory))
    if tokenizer.resolve() != (directory / TOKENIZER_FILE).resolve():
        shutil.copyfile(tokenizer, directory / TOKENIZER_FILE)
    preprocessor = {
        "feature_size": network.shape.mels,
        "sampling_rate": RECOGNISER_RATE_HZ,
        "hop_length": HOP_SAMPLES,
        "n_fft": WINDOW_SAMPLES,
        "nb_max_frames": MAX_FRAMES,
        "n_samples": MAX_FRAMES * HOP_SAMPLES,
        "chunk_length": MAX_FRAMES * HOP_SAMPLES // RECOGNISER_RATE_HZ,
        "variable_length": True,
        "guards": GUARDS,
    }
    text = json.dumps(preprocessor, indent=2) + "\n"
    (directory / "preprocessor_config.json").write_text(text, encoding="utf-8")


def spec_of(network: Whisper) -> Any:
    """What CTranslate2 writes as ``model.bin``, without vocabulary and configuration."""
    shape = network.shape
    spec = ctranslate2.specs.WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    for target, layer in ((spec.encoder.conv1, network.conv1), (spec.encoder.conv2, network.conv2)):
        _copy_affine(target, layer)
    spec.encoder.position_encodings.encodings = _array(network.encoder_positions)
    _copy_norm(spec.encoder.layer_norm, network.encoder_norm)
    spec.decoder.embeddings.weight = _array(network.embedding.weight)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    spec.decoder.scale_embeddings = False
    spec.decoder.position_encodings.encodings = _lengthened(_array(network.decoder_positions))
    _copy_norm(spec.decoder.layer_norm, network.decoder_norm)
    layers = [*zip(spec.encoder.layer, network.encoder, strict=True)]
    layers += [*zip(spec.decoder.layer, network.decoder, strict=True)]
    for target, block in layers:
        _copy_block(target, block)
    return spec


def _copy_block(target: Any, block: nn.Module) -> None:
    assert isinstance(block, Block)
    own = block.self_attention
    _copy_norm(target.self_attention.layer_norm, block.self_norm)
    _copy_fused(target.self_attention.linear[0], own, ("query", "key", "value"))
    _copy_affine(target.self_attention.linear[1], own.out)
    if block.cross_attention is not None and block.cross_norm is not None:
        _copy_norm(target.attention.layer_norm, block.cross_norm)
        _copy_affine(target.attention.linear[0], block.cross_attention.query)
        _copy_fused(target.attention.linear[1], block.cross_attention, ("key", "value"))
        _copy_affine(target.attention.linear[2], block.cross_attention.out)
    _copy_norm(target.ffn.layer_norm, block.ffn_norm)
    _copy_affine(target.ffn.linear_0, block.expand)
    _copy_affine(target.ffn.linear_1, block.contract)


def _copy_fused(target: Any, attention: Attention, names: tuple[str, ...]) -> None:
    """Several projections stacked into one; the key's missing bias becomes zeros."""
    layers = [getattr(attention, name) for name in names]
    biases = [torch.zeros(layer.out_features) if layer.bias is None else layer.bias for layer in layers]
    target.weight = _array(torch.cat([layer.weight for layer in layers]))
    target.bias = _array(torch.cat(biases))


def _copy_affine(target: Any, layer: nn.Linear | nn.Conv1d) -> None:
    target.weight = _array(layer.weight)
    if layer.bias is not None:
        target.bias = _array(layer.bias)


def _copy_norm(target: Any, norm: nn.LayerNorm) -> None:
    target.gamma, target.beta = _array(norm.weight), _array(norm.bias)


def _lengthened(positions: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Repeats the last position, because CTranslate2 raises where a runaway text outruns the table."""
    missing = max(0, EXPORTED_POSITIONS - len(positions))
    return np.pad(positions, ((0, missing), (0, 0)), mode="edge")


def _array(tensor: torch.Tensor) -> npt.NDArray[np.float32]:
    # A copy: quantisation scales some arrays in place, which must not reach the network.
    return tensor.detach().float().numpy().copy()
