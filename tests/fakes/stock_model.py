"""Builds a tiny model of the stock shape: byte-level BPE, a padded 30 s window, many special tokens.

Whatever it hears, it says one sentence: each decoder position is made to point at one token.
"""

import json
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import tokenizers
from tokenizers import decoders, models, pre_tokenizers

WIDTH, POSITIONS, WINDOW_FRAMES = 64, 448, 3000
SPECIALS = [
    *("<|endoftext|>", "<|startoftranscript|>", "<|ko|>", "<|transcribe|>", "<|startofprev|>"),
    *("<|nospeech|>", "<|notimestamps|>"),
]
PROMPT_TOKENS = 4
_TIMESTAMPS = 4000
_STRENGTH = 8.0


def build(directory: Path, says: str, mels: int = 80) -> None:
    """Write a CTranslate2 Whisper directory as ``ct2-transformers-converter`` does."""
    tokenizer = _tokenizer()
    vocabulary = sorted(tokenizer.get_vocab(), key=lambda piece: tokenizer.get_vocab()[piece])
    vocabulary += [f"<|{number / 50:.2f}|>" for number in range(_TIMESTAMPS)]
    ids = {piece: index for index, piece in enumerate(vocabulary)}
    spoken = [*tokenizer.encode(says, add_special_tokens=False).ids, ids["<|endoftext|>"]]
    spec = _spec(mels, len(vocabulary), spoken)
    spec.register_vocabulary(vocabulary)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [ids["<|ko|>"]]
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    directory.mkdir(parents=True, exist_ok=True)
    spec.save(str(directory))
    tokenizer.save(str(directory / "tokenizer.json"))
    preprocessor = {"feature_size": mels, "nb_max_frames": WINDOW_FRAMES, "sampling_rate": 16_000}
    (directory / "preprocessor_config.json").write_text(json.dumps(preprocessor), encoding="utf-8")


def _tokenizer() -> tokenizers.Tokenizer:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = tokenizers.Tokenizer(
        models.BPE(vocab={letter: index for index, letter in enumerate(letters)}, merges=[])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer


def _spec(mels: int, tokens: int, spoken: list[int]) -> Any:
    rng = np.random.default_rng(1)
    spec = ctranslate2.specs.WhisperSpec(1, 1, 1, 1)

    def random(*shape: int) -> Any:
        return rng.normal(0, 0.1, shape).astype(np.float32)

    def zeros(*shape: int) -> Any:
        return np.zeros(shape, np.float32)

    for conv, channels in ((spec.encoder.conv1, mels), (spec.encoder.conv2, WIDTH)):
        conv.weight, conv.bias = random(WIDTH, channels, 3), zeros(WIDTH)
    spec.encoder.position_encodings.encodings = random(WINDOW_FRAMES // 2, WIDTH)
    spec.decoder.position_encodings.encodings = zeros(POSITIONS, WIDTH)
    embeddings = random(tokens, WIDTH) * 0.1
    for place, token in enumerate(dict.fromkeys(spoken)):
        embeddings[token] = 0
        embeddings[token, place] = 1
    for place, token in enumerate(spoken):
        spec.decoder.position_encodings.encodings[PROMPT_TOKENS - 1 + place] = _STRENGTH * embeddings[token]
    spec.decoder.embeddings.weight = embeddings
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    spec.decoder.scale_embeddings = False
    for norm in (spec.encoder.layer_norm, spec.decoder.layer_norm):
        norm.gamma, norm.beta = np.ones(WIDTH, np.float32), zeros(WIDTH)
    for layer in (spec.encoder.layer[0], spec.decoder.layer[0]):
        attentions: list[tuple[Any, tuple[int, ...]]] = [(layer.self_attention, (3, 1))]
        if layer is spec.decoder.layer[0]:
            attentions.append((layer.attention, (1, 2, 1)))
        for attention, sizes in attentions:
            attention.layer_norm.gamma = np.ones(WIDTH, np.float32)
            attention.layer_norm.beta = zeros(WIDTH)
            for linear, size in zip(attention.linear, sizes, strict=True):
                linear.weight, linear.bias = random(size * WIDTH, WIDTH), zeros(size * WIDTH)
            attention.linear[-1].weight = zeros(WIDTH, WIDTH)  # attends, but adds nothing
        layer.ffn.layer_norm.gamma, layer.ffn.layer_norm.beta = np.ones(WIDTH, np.float32), zeros(WIDTH)
        layer.ffn.linear_0.weight, layer.ffn.linear_0.bias = zeros(WIDTH, WIDTH), zeros(WIDTH)
        layer.ffn.linear_1.weight, layer.ffn.linear_1.bias = zeros(WIDTH, WIDTH), zeros(WIDTH)
    return spec
