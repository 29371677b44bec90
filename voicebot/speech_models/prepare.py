"""A stock Whisper model made ready for the telephone: vocabulary cut, int8, short window, guarded search."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from voicebot.errors import ModelError
from voicebot.speech_models.folder import whole_or_not, write_card
from voicebot.speech_models.model_file import ModelFile, quantised, read_model, write_model
from voicebot.speech_models.vocabulary_cut import cut_config, cut_tokenizer, kept_for_korean

CUT_LANGUAGE = "ko"
"""The language whose vocabulary is known how to cut; every other one keeps the whole."""
_EMBEDDING = "decoder/embeddings/weight"
_SPECIFICATION = "WhisperSpec"
DECODING: Mapping[str, int | float] = {
    "window_padding_ms": 5000,
    "beam_size": 5,
    "patience": 1.0,
    "repetition_penalty": 1.1,
    "no_repeat_ngram_size": 4,
    "tokens_per_second": 24,
}
"""How the recogniser decodes these models. Measured on 185 utterances of people at telephone quality, cut as
calls cut them (docs/performance.md, "Hearing people"): with 5 s of padding 19.7 % of syllables wrong, with
3 s 20.9 %, with 8 s 19.8 %; with 5 s and no guard against repetition 20.4 %, with 3 s and none 25.2 %.
Whisper's Korean has up to 24 tokens in a second of fast speech, twice its syllables."""
_STOCK_FEATURES: Mapping[str, int] = {
    "sampling_rate": 16000,
    "hop_length": 160,
    "n_fft": 400,
    "nb_max_frames": 3000,
    "n_samples": 480000,
    "chunk_length": 30,
}
"""Those of all of OpenAI's Whisper models (``whisper/audio.py``)."""


def prepare(
    source: Path, target: Path, *, language: str = CUT_LANGUAGE, card: Mapping[str, Any] | None = None
) -> None:
    """Make ``target`` from the stock CTranslate2 Whisper directory ``source``, which stays as it is.

    ``card`` is added to what is noted of the origin. ``target`` appears at once and whole, or not at all.
    Raises `ModelError` when ``source`` is no stock Whisper or ``target`` is there, OSError when the disk
    refuses.
    """
    if target.exists():
        raise ModelError(f"{target}: is there already; remove it first, or give another --name.")
    vocabulary = _vocabulary(source)
    model = _checked(source, vocabulary, language)
    config, tokenizer = _object(source, "config.json"), _object(source, "tokenizer.json")
    stock = source / "preprocessor_config.json"
    mels = int(model.variables["encoder/conv1/weight"].shape[1])
    preprocessor = {
        "feature_size": mels,
        **_STOCK_FEATURES,
        **({} if not stock.exists() else _without_filters(_object(source, stock.name))),
        "voicebot": {**DECODING, "language": language},
    }
    kept = kept_for_korean(vocabulary) if language == CUT_LANGUAGE else list(range(len(vocabulary)))
    if len(kept) < len(vocabulary):
        model = _with_rows(model, kept)
        config, tokenizer = cut_config(config, kept), cut_tokenizer(tokenizer, kept)
    with whole_or_not(target) as part:
        write_model(part / "model.bin", quantised(model))
        _write(part / "config.json", config)
        _write(part / "tokenizer.json", tokenizer)
        _write(part / "vocabulary.json", [vocabulary[index] for index in kept])
        _write(part / "preprocessor_config.json", preprocessor)
        if (source / "LICENSE").exists():
            (part / "LICENSE").write_bytes((source / "LICENSE").read_bytes())
        origin = {
            "prepared_from": str(source),
            "model_sha256": sha256(source / "model.bin"),
            "language": language,
            "tokens": len(kept),
        }
        write_card(part, {**origin, **(card or {})})


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(source: Path, vocabulary: list[str], language: str) -> ModelFile:
    model = read_model(source / "model.bin")
    embedding = model.variables.get(_EMBEDDING)
    if model.specification != _SPECIFICATION or embedding is None:
        raise ModelError(
            f"{source}: it holds a {model.specification}, not a Whisper model. Give a CTranslate2 Whisper "
            "directory."
        )
    if len(embedding) != len(vocabulary):
        raise ModelError(
            f"{source}: {len(vocabulary)} tokens are in its vocabulary and {len(embedding)} in its "
            "model.bin, which do "
            "not belong together. Copy or convert the model again."
        )
    if f"<|{language}|>" not in vocabulary or "<|notimestamps|>" not in vocabulary:
        raise ModelError(
            f"{source}: its vocabulary does not have the language {language!r}. Give a multilingual "
            "Whisper model "
            "that was not prepared before."
        )
    return model


def _with_rows(model: ModelFile, kept: list[int]) -> ModelFile:
    """Return the model with these tokens only; a stored scale of each row goes with its row."""
    variables = dict(model.variables)
    for name in (_EMBEDDING, f"{_EMBEDDING}_scale"):
        if name in variables and variables[name].ndim:
            variables[name] = np.ascontiguousarray(variables[name][kept])
    return replace(model, variables=variables)


def _without_filters(stock: dict[str, Any]) -> dict[str, Any]:
    """Return stock settings without the table of mel filters, 300 kB that the recogniser computes itself."""
    return {key: value for key, value in stock.items() if key != "mel_filters"}


def _vocabulary(source: Path) -> list[str]:
    old = source / "vocabulary.txt"
    if old.exists() and not (source / "vocabulary.json").exists():
        return old.read_text(encoding="utf-8").rstrip("\n").split("\n")
    vocabulary = _read(source, "vocabulary.json")
    if not isinstance(vocabulary, list):
        raise ModelError(f"{source / 'vocabulary.json'}: not a list of tokens. Copy the model again.")
    return list(map(str, vocabulary))


def _object(source: Path, name: str) -> dict[str, Any]:
    found = _read(source, name)
    if not isinstance(found, dict):
        raise ModelError(f"{source / name}: not a JSON object. Copy the model again.")
    return found


def _read(source: Path, name: str) -> Any:
    try:
        return json.loads((source / name).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{source / name}: there is no such file, so {source} is not a complete CTranslate2 Whisper "
            "directory; "
            "ct2-transformers-converter makes one with --copy_files tokenizer.json preprocessor_config.json."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{source / name}: cannot be read ({error}). Copy the model again.") from error


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
