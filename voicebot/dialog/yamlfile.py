"""A YAML file with its line numbers, so that a mistake can be shown where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from voicebot.errors import DialogError

Where = Sequence[str | int]
"""Keys and list positions from the top of the file down to the value meant."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The content of one file as plain values, and the line of each."""

    path: Path
    content: Mapping[str, Any]
    source: bytes
    _tree: CommentedMap

    def line(self, where: Where) -> int:
        """Return the line, from 1, of the deepest part of ``where`` that exists."""
        node: Any = self._tree
        line = 1
        for part in where:
            if isinstance(node, CommentedMap) and part in node:
                line = node.lc.key(part)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line = node.lc.item(part)[0] + 1
            else:
                break
            node = node[part]
        return line


def read_yaml(path: Path) -> YamlFile:
    """Read a YAML file whose top level is a mapping; raise DialogError otherwise."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise DialogError(
            f"{path}: the file cannot be read ({error.strerror}). Give the path of a dialog file."
        ) from error
    try:
        tree = YAML(typ="rt").load(source)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = re.sub(r"\s+", " ", str(error.problem or error.context))
        raise DialogError(f"{path}:{line}: not valid YAML: {problem}. Mend the line.") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise DialogError(f"{path}:1: not valid YAML in UTF-8. Save the file as UTF-8 text.") from error
    if not isinstance(tree, CommentedMap):
        raise DialogError(f"{path}:1: the file holds no table of keys. Begin with 'dialog: NAME'.")
    return YamlFile(path, _plain(tree), source, tree)


def _plain(node: Any) -> Any:
    """Return the node as plain dicts, lists and scalars; a key that is not text becomes text."""
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
