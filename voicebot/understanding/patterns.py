"""How the patterns of the lexicon are written.

They are regular expressions with shorthands, because a recogniser sets spaces freely and callers put words
in between: a space matches any or no space, ``<`` the beginning and ``>`` the end of a word, ``~`` up to
four words of the same clause (no denial, no ending of a sentence), ``{person}`` a class of ``words.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from voicebot.errors import DialogError

WORDS = "words.yaml"

_WORD_START = re.compile(r"(?<!\(\?)<(?![=!])")
_WORD_END = re.compile(r"(?<!\(\?)>")
_CLASS = re.compile(r"\{([a-z_]+)\}")
_OPEN = r"(?<![요다데죠])"
_NO_DENIAL = r"(?!안\s|안[나났보]|아니|아닌|없)"
_GAP = rf"\S{{0,4}}?{_OPEN}(?:\s+(?:다(?=\s)|{_NO_DENIAL}\S{{1,9}}{_OPEN}(?=\s))){{0,4}}?\s*"


def pattern(source: str, words: Mapping[str, str]) -> re.Pattern[str]:
    """Return a pattern of the lexicon compiled; raise re.error when it is wrong."""
    whole = _CLASS.sub(lambda match: _class(match[1], words), source)
    return re.compile(with_borders(whole).replace(" ", r"\s*").replace("~", _GAP))


def with_borders(source: str) -> str:
    """Return a pattern with ``<`` and ``>`` written out as the borders of a word."""
    return _WORD_START.sub(r"(?<!\\S)", _WORD_END.sub(r"(?!\\S)", source))


def load_words(path: Path) -> dict[str, str]:
    """Read the word classes of a lexicon, each as one alternative; a missing file has none."""
    if not path.is_file():
        return {}
    entries = read_yaml(path)
    if not isinstance(entries, Mapping):
        raise DialogError(f"{path}: not a table of word classes. Write 'name: [word, word]'.")
    classes: dict[str, str] = {}
    for name, listed in entries.items():
        if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
            raise DialogError(f"{path}: class '{name}' is not a list of words. Write '{name}: [word, word]'.")
        expanded = [_CLASS.sub(lambda match: _class(match[1], classes), word) for word in listed]
        classes[str(name)] = "(?:" + "|".join(expanded) + ")"
    return classes


def read_yaml(path: Path) -> Any:
    """Read a YAML file with its line numbers; raise DialogError that names the file."""
    return _read(path, "rt")


def _read(path: Path, kind: str) -> Any:
    try:
        return YAML(typ=kind).load(path.read_bytes())
    except (OSError, YAMLError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[-1].strip()
        raise DialogError(f"{path}: not readable as YAML ({first}). Mend the file.") from error


def read_plain(path: Path) -> Any:
    """Read a YAML file as plain values, without line numbers; raise DialogError that names the file."""
    return _read(path, "safe")


def _class(name: str, words: Mapping[str, str]) -> str:
    if name not in words:
        raise re.error(f"no class '{name}' in {WORDS}", name)
    return words[name]
