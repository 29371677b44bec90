"""``model.bin`` of CTranslate2, format 6: read and written bit for bit.

The layout is that of ``ModelSpec._serialize`` in CTranslate2's ``specs/model_spec.py``: format, name of the
specification, revision; then name, shape, type and bytes of each variable; then pairs of names that share
one.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from voicebot.errors import ModelError

_FORMAT = 6
"""``CURRENT_BINARY_VERSION`` of CTranslate2 since 2020."""
_TYPES: tuple[type[np.generic], ...] = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""By number. Number 5 is bfloat16, which numpy does not have."""
_INT8_TOP = 127.0
"""The largest value of a row becomes this, as in ``LayerSpec._quantize``."""

Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False)
class ModelFile:
    """What a ``model.bin`` holds."""

    specification: str
    """``WhisperSpec`` for the models here."""
    revision: int
    variables: Mapping[str, Array]
    """By name such as ``decoder/embeddings/weight``, in the order of the file."""
    aliases: tuple[tuple[str, str], ...] = ()
    """Second names of variables: (alias, name)."""


def read_model(path: Path) -> ModelFile:
    """Read a file; arrays are views of it that are paged in when they are used. Raises `ModelError`."""
    try:
        return _Reader(path).model()
    except FileNotFoundError as error:
        raise ModelError(f"{path}: there is no such file. Give a CTranslate2 Whisper directory.") from error
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise ModelError(
            f"{path}: not a model file of CTranslate2 that can be read ({error}). Copy or convert the "
            "model again."
        ) from error


class _Reader:
    """Goes through a mapped file from its beginning."""

    def __init__(self, path: Path) -> None:
        self._bytes = np.memmap(path, np.uint8, "r")
        self._at = 0

    def model(self) -> ModelFile:
        (form,) = self._unpacked("<I")
        if form != _FORMAT:
            raise ValueError(f"its format is {form}, known is {_FORMAT}")
        specification, (revision,) = self._text(), self._unpacked("<I")
        (count,) = self._unpacked("<I")
        variables = dict(self._variable() for _ in range(count))
        (count,) = self._unpacked("<I")
        aliases = tuple((self._text(), self._text()) for _ in range(count))
        if self._at != len(self._bytes):
            raise ValueError(f"{len(self._bytes) - self._at} bytes are left over")
        return ModelFile(specification, revision, variables, aliases)

    def _variable(self) -> tuple[str, Array]:
        name = self._text()
        (dimensions,) = self._unpacked("<B")
        shape = self._unpacked(f"<{dimensions}I")
        kind, size = self._unpacked("<BI")
        if kind >= len(_TYPES):
            raise ValueError(f"{name} has numbers of type {kind}; convert with --quantization float16")
        return name, self._take(size).view(_TYPES[kind]).reshape(shape)

    def _text(self) -> str:
        (length,) = self._unpacked("<H")
        return self._take(length).tobytes()[:-1].decode()

    def _unpacked(self, form: str) -> tuple[int, ...]:
        return struct.unpack(form, self._take(struct.calcsize(form)).tobytes())

    def _take(self, count: int) -> npt.NDArray[np.uint8]:
        taken = self._bytes[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError("it ends too early")
        self._at += count
        return taken


def write_model(path: Path, model: ModelFile) -> None:
    """Write a file. Raises OSError, and ValueError for numbers of a type that the format does not have."""
    with path.open("wb") as file:
        file.write(struct.pack("<I", _FORMAT))
        _write_text(file, model.specification)
        file.write(struct.pack("<II", model.revision, len(model.variables)))
        for name, array in model.variables.items():
            _write_text(file, name)
            kind = _TYPES.index(array.dtype.type)
            header = (array.ndim, *array.shape, kind, array.nbytes)
            file.write(struct.pack(f"<B{array.ndim}IBI", *header))
            file.write(np.ascontiguousarray(array).tobytes())
        file.write(struct.pack("<I", len(model.aliases)))
        for pair in model.aliases:
            for name in pair:
                _write_text(file, name)


def _write_text(file: BinaryIO, text: str) -> None:
    encoded = text.encode() + b"\0"
    file.write(struct.pack("<H", len(encoded)) + encoded)


def quantised(model: ModelFile) -> ModelFile:
    """Return the model with its weights in int8, a scale for each row, and all other numbers in float32.

    Convolutions are weights too: where one of them is left in float32, CTranslate2 computes the whole model
    so. What is int8 or int16 already stays. float32 beside int8 is what a processor computes with; of
    float16 CTranslate2 warns at each load that it converts it.
    """
    variables: dict[str, Array] = {}
    for name, array in model.variables.items():
        if not np.issubdtype(array.dtype, np.floating):
            variables[name] = array
        elif array.ndim > 1 and name.endswith("/weight"):
            variables[name], variables[f"{name}_scale"] = quantised_rows(array.astype(np.float32))
        else:
            variables[name] = array.astype(np.float32)
    scales = tuple(
        (f"{alias}_scale", f"{name}_scale")
        for alias, name in model.aliases
        if f"{name}_scale" in variables and f"{name}_scale" not in model.variables
    )
    return replace(model, variables=variables, aliases=(*model.aliases, *scales))


def quantised_rows(weights: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return weights in int8 and the scale of each row, which is all that one output is made of."""
    rows = weights.reshape(len(weights), -1)
    largest = np.abs(rows).max(axis=1)
    largest[largest == 0] = _INT8_TOP
    scales = (np.float32(_INT8_TOP) / largest).astype(np.float32)
    return np.rint(rows * scales[:, None]).astype(np.int8).reshape(weights.shape), scales
