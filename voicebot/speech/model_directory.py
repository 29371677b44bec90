"""What a CTranslate2 Whisper directory says of itself: vocabulary, features, guards, decoding."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from voicebot.errors import ModelError
from voicebot.speech.plausibility import Plausibility


def start_of_prompt(directory: Path, ids: dict[str, int], language: str) -> list[int]:
    """Return the ids that ask for text in ``language`` without timestamps. Raises `ModelError`."""
    names = ["<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>"]
    missing = [name for name in (names[0], names[3]) if name not in ids]
    if missing:
        raise ModelError(
            f"{directory}: its vocabulary lacks {', '.join(missing)}, so this is no Whisper model. "
            "Convert one with ct2-transformers-converter."
        )
    return [ids[name] for name in names if name in ids]


def read_preprocessor(directory: Path) -> dict[str, Any]:
    """Return the settings of the features; old conversions have none and are of the stock form."""
    if not (directory / "preprocessor_config.json").exists() and (directory / "tokenizer.json").exists():
        return {}
    settings: dict[str, Any] = _read_json(directory, "preprocessor_config.json")
    return settings


def read_plausibility(directory: Path, preprocessor: dict[str, Any]) -> Plausibility:
    """Return the thresholds that a model brings along, those of stock Whisper where it has none."""
    try:
        return Plausibility(**{name: float(value) for name, value in preprocessor.get("guards", {}).items()})
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelError(
            f"{directory / 'preprocessor_config.json'}: guards is wrong ({error}). "
            "It maps no_speech_prob, avg_logprob and hopeless_logprob to numbers; or leave it out."
        ) from error


def read_vocabulary(directory: Path) -> list[str]:
    """Return the tokens by id, of ``vocabulary.json`` or its old form. Raises `ModelError`."""
    old = directory / "vocabulary.txt"
    if old.exists() and not (directory / "vocabulary.json").exists():
        return old.read_text(encoding="utf-8").rstrip("\n").split("\n")
    vocabulary: list[str] = _read_json(directory, "vocabulary.json")
    return vocabulary


def _read_json(directory: Path, name: str) -> Any:
    path = directory / name
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"{path}: there is no such file, so {directory} is not a complete CTranslate2 Whisper "
            "directory. Give one as speech.model; ct2-transformers-converter makes it "
            "(--copy_files tokenizer.json preprocessor_config.json)."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({error}). Copy the model again.") from error
