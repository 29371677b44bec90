"""Where the speech models of a machine live, which are there, and which of them calls are answered with."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from voicebot.errors import ModelError, SetupError
from voicebot.settings import PROJECT_FOLDER, SpeechSettings

LANGUAGE = "ko"
"""Of the callers; a model that was prepared for another language is taken by name only."""
BUNDLED = PROJECT_FOLDER / "models" / "ko-119-mini"
"""The synthetic model of the checkout: for the demonstration and the tests."""
CARD = "card.json"
"""In a model's folder: what it was made of, its licence, its hashes, what it was measured to hear."""
_PARTS = ".part-"
_LARGEST_FOR_A_PROCESSOR = 100_000_000
"""Bytes of ``model.bin``: Whisper base in int8 has 51 MB cut to Korean and 76 MB whole; small has four
times its operations, more than the 24 ms per second of speech at which two cores hear 100 callers."""
_BUNDLED_CARD: Mapping[str, Any] = {
    "measured": {
        "text": "96 % of the syllables of people wrong, 57 % of free sentences in its own synthetic voice",
    },
}
"""Of 100 utterances of people at telephone quality; of 120 sentences of callers by its own synthesiser."""


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A model directory and what is known of it."""

    directory: Path
    language: str
    """The language that it was prepared for; empty for a stock model, which has them all."""
    size_bytes: int
    card: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What commands call it: the name of its folder."""
        return self.directory.name

    @property
    def synthetic(self) -> bool:
        """Whether it hears synthetic voices only, wherever the checkout lies that it is from."""
        return self.name == BUNDLED.name

    @property
    def measured(self) -> str:
        """What it was measured to hear, in words."""
        return str(self.card.get("measured", {}).get("text", "")) or "not measured: `voicebot model evaluate`"

    @property
    def summary(self) -> str:
        """One line: for which language it is, its size, what it was measured to hear."""
        return f"{self.language or 'all languages'}, {self.size_bytes / 1e6:.0f} MB, {self.measured}"


def models_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Return the folder of models, whether it is there or not.

    ``$VOICEBOT_MODELS``; for a service of systemd ``models`` in its state directory; for a user
    ``voicebot/models`` in ``$XDG_DATA_HOME`` or ``~/.local/share``.
    """
    environ = os.environ if environ is None else environ
    if chosen := environ.get("VOICEBOT_MODELS"):
        return Path(chosen).expanduser().absolute()
    if state := environ.get("STATE_DIRECTORY", "").split(":")[0]:
        return Path(state, "models")
    try:
        data = environ.get("XDG_DATA_HOME") or Path("~", ".local", "share").expanduser()
    except RuntimeError:  # an account without a home
        data = "/var/lib"
    return Path(data, "voicebot", "models").absolute()


def installed(folder: Path | None = None) -> list[SpeechModel]:
    """Return the models of a folder by name; empty when there is none. The bundled one is not among them."""
    folder = models_folder() if folder is None else folder
    try:
        names = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
    except OSError:
        return []
    return [described(folder / name) for name in names if (folder / name / "model.bin").is_file()]


def described(directory: Path) -> SpeechModel:
    """Return what is known of a model directory, whether it loads or not."""
    language = str(_json(directory / "preprocessor_config.json").get("voicebot", {}).get("language", ""))
    model = SpeechModel(directory, language, _size(directory), _json(directory / CARD))
    return replace(model, language=LANGUAGE, card=_BUNDLED_CARD) if model.synthetic else model


def named(name: str, folder: Path | None = None) -> SpeechModel:
    """Return the model of this name, or the one at this path. Raises `ModelError`."""
    if name == BUNDLED.name:
        return described(BUNDLED)
    models = installed(folder)
    if found := next((model for model in models if model.name == name), None):
        return found
    if (Path(name) / "model.bin").is_file():
        return described(Path(name).absolute())
    have = ", ".join([*(model.name for model in models), BUNDLED.name])
    raise ModelError(
        f"{name}: neither an installed model ({have}) nor a CTranslate2 Whisper directory. "
        "`voicebot model list` shows what is here, `voicebot model install whisper-base` gets one."
    )


def chosen(speech: SpeechSettings, *, on_a_card: bool = False, folder: Path | None = None) -> SpeechModel:
    """Return the model that the settings ask for.

    ``auto`` is the best one that is installed: prepared for Korean before stock, then the largest that the
    device can keep up with. With none, or with ``synthetic_voices_only``, it is the bundled one.
    """
    if speech.model is not None:
        return described(speech.model)
    if speech.synthetic_voices_only:
        return described(BUNDLED)
    models = [model for model in installed(folder) if model.language in ("", LANGUAGE)]
    return _best(models, on_a_card=on_a_card) if models else described(BUNDLED)


def _best(models: Sequence[SpeechModel], *, on_a_card: bool) -> SpeechModel:
    def rank(model: SpeechModel) -> tuple[bool, bool, int]:
        fits = on_a_card or model.size_bytes <= _LARGEST_FOR_A_PROCESSOR
        return model.language == LANGUAGE, fits, model.size_bytes if fits else -model.size_bytes

    return max(models, key=rank)


def why_deaf(speech: SpeechSettings, model: SpeechModel) -> str:
    """Return why people who call are not heard with this model, and how to mend it; empty when they are."""
    if not model.synthetic or speech.synthetic_voices_only:
        return ""
    here = f"speech.model names {model.name}" if speech.model else f"{models_folder()} has no speech model"
    return (
        f"{here}, and the bundled {model.name} hears synthetic voices only, of people it gets 96 % of the "
        "syllables wrong: run `voicebot model install whisper-base`, or set speech.synthetic_voices_only to "
        "true where no human being calls."
    )


def keep_measured(model: SpeechModel, measured: Mapping[str, Any]) -> None:
    """Write what a model was measured to hear into its card, where that can be written."""
    if model.synthetic or model.directory.parent != models_folder():
        return
    with contextlib.suppress(OSError):
        write_card(model.directory, {**model.card, "measured": dict(measured)})


def write_card(directory: Path, card: Mapping[str, Any]) -> None:
    """Write a model's card. Raises OSError."""
    text = json.dumps(card, ensure_ascii=False, indent=2) + "\n"
    new = directory / f".{CARD}"
    new.write_text(text, encoding="utf-8")
    new.replace(directory / CARD)


@contextlib.contextmanager
def changing(folder: Path) -> Iterator[None]:
    """Hold the folder for one installation at a time, and clear away what a killed one left.

    Raises `SetupError` when another one is under way, and for an OSError of the body.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SetupError(
                    f"{folder}: another installation of a model is under way; wait for its end."
                ) from error
            for left in folder.glob(f"{_PARTS}*"):
                shutil.rmtree(left, ignore_errors=True)
            yield
    except OSError as error:
        raise SetupError(
            f"{folder}: the model cannot be written there ({error.strerror or error}). "
            "Make room, or name another folder in VOICEBOT_MODELS."
        ) from error


@contextlib.contextmanager
def whole_or_not(target: Path) -> Iterator[Path]:
    """Lend an empty folder that becomes ``target`` at the end, in one step; after an exception it is gone."""
    part = Path(tempfile.mkdtemp(prefix=f"{_PARTS}{target.name}-", dir=target.parent))
    try:
        yield part
        part.chmod(0o755)  # readable for the account of a service, whoever installed it
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _size(directory: Path) -> int:
    with contextlib.suppress(OSError):
        return (directory / "model.bin").stat().st_size
    return 0


def _json(path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}
