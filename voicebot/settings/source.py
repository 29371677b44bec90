"""Where settings come from: a YAML file whose line numbers are kept, and the environment over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from voicebot.errors import SettingsError

ENVIRONMENT_PREFIX = "VOICEBOT_"
_NOT_SETTINGS = {"VOICEBOT_CONFIG", "VOICEBOT_MODELS"}
"""The settings file itself, and the folder of speech models."""
_NEAR_ENOUGH_PERCENT = 60
"""Of `fuzz.ratio`: a key with one letter wrong in three is still meant. Chosen: lower guesses wildly."""

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Source:
    """Plain data, and where each part of it was written."""

    data: Mapping[str, Any]
    file: str | None
    lines: Mapping[Loc, int]
    """1-based line of each key or list item of the file."""
    variables: Mapping[Loc, str]
    """The environment variable behind each key that the environment set."""

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str]) -> Source:
        """Read a YAML file and lay the environment over it; raises `SettingsError`."""
        document = _parse(path)
        lines: dict[Loc, int] = {}
        data = _plain(document, (), lines)
        return cls._overlaid(data, str(path), lines, environ)

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Source:
        """Take settings from the environment alone."""
        return cls._overlaid({}, None, {}, environ)

    @classmethod
    def _overlaid(
        cls, data: dict[str, Any], file: str | None, lines: Mapping[Loc, int], environ: Mapping[str, str]
    ) -> Source:
        variables: dict[Loc, str] = {}
        for name in sorted(environ):
            if not name.startswith(ENVIRONMENT_PREFIX) or name in _NOT_SETTINGS:
                continue
            loc = tuple(name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"))
            _put(data, loc, _environment_value(name, environ[name]))
            variables[loc] = name
        return cls(data, file, lines, variables)

    def place(self, loc: Loc) -> str:
        """Say where ``loc`` was written: ``FILE, line 3``, or the environment variable."""
        for end in range(len(loc), 0, -1):
            if loc[:end] in self.variables:
                return f"environment variable {self.variables[loc[:end]]}"
            if loc[:end] in self.lines:
                return f"{self.file}, line {self.lines[loc[:end]]}"
        return self.file or "settings"

    def order(self, loc: Loc) -> int:
        """Return a sort key that puts mistakes in the order of the file, those of the environment last."""
        if any(loc[:end] in self.variables for end in range(1, len(loc) + 1)):
            return 1 << 30
        return max((self.lines.get(loc[:end], 0) for end in range(1, len(loc) + 1)), default=0)

    def shown(self, loc: Loc, fallback: object) -> str:
        """Return what was written at ``loc``, short enough for a sentence."""
        value: Any = self.data
        for part in loc:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                value = fallback
                break
        if value is None or value == "":
            return "empty"
        text = repr(str(value)) if isinstance(value, str | Path) else str(value)
        return text if len(text) <= 80 else text[:77] + "..."


def nearest_key(key: str, siblings: Sequence[str], everything: Sequence[str]) -> str:
    """Return the end of a sentence that names the known key nearest to ``key``.

    A key of the same section that is spelled much alike comes first, then one of the same name in another
    section, then whatever looks most alike.
    """
    leaf = key.rpartition(".")[2]
    alike = process.extract(key, siblings, scorer=fuzz.ratio, score_cutoff=_NEAR_ENOUGH_PERCENT, limit=1)
    elsewhere = [known for known in everything if known.rpartition(".")[2] == leaf]
    for candidate in (*(match[0] for match in alike), *elsewhere):
        return f"did you mean {candidate}?"
    nearest = process.extract(key, everything, scorer=fuzz.WRatio, limit=1)
    return f"the nearest known key is {nearest[0][0]}."


def _parse(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{path}: there is no such settings file."
        raise SettingsError(message) from None
    except UnicodeDecodeError as error:
        message = f"{path}: byte {error.start} is not UTF-8; save the settings file as UTF-8."
        raise SettingsError(message) from None
    except OSError as error:
        message = f"{path}: the settings file cannot be read: {error.strerror}."
        raise SettingsError(message) from None
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}, line {mark.line + 1}" if mark is not None else str(path)
        problem = " ".join((error.problem or error.context or "it cannot be read").split())
        message = f"{where}: this is not valid YAML: {problem}."
        raise SettingsError(message) from None
    except YAMLError as error:
        message = f"{path}: this is not valid YAML: {' '.join(str(error).split())}."
        raise SettingsError(message) from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        message = f"{path}, line 1: settings are keys with values, such as `dialog: dialogs/119.yaml`."
        raise SettingsError(message)
    return document


def _plain(node: Any, loc: Loc, lines: dict[Loc, int]) -> Any:
    """Strip the YAML library's own types from ``node`` and note the line of each part."""
    if isinstance(node, dict):
        result = {}
        for key, value in node.items():
            below = (*loc, str(key))
            position = node.lc.data.get(key) if hasattr(node, "lc") and node.lc.data else None
            if position is not None:
                lines[below] = position[0] + 1
            result[str(key)] = _plain(value, below, lines)
        return result
    if isinstance(node, list):
        items = []
        for index, value in enumerate(node):
            below = (*loc, index)
            position = node.lc.data.get(index) if hasattr(node, "lc") and node.lc.data else None
            if position is not None:
                lines[below] = position[0] + 1
            items.append(_plain(value, below, lines))
        return items
    if node is None or isinstance(node, bool):
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return str(node)


def _environment_value(name: str, text: str) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        message = f"environment variable {name}: {text!r} cannot be read as a YAML value."
        raise SettingsError(message) from None


def _put(data: dict[str, Any], loc: Loc, value: Any) -> None:
    for part in loc[:-1]:
        below = data.get(str(part))
        if not isinstance(below, dict):
            below = {}
            data[str(part)] = below
        data = below
    data[str(loc[-1])] = value
