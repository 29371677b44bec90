"""A YAML file with its line numbers, so that a mistake can be shown where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    """With the content of the file that this one extends; what stands here wins, entry by entry."""
    source: bytes
    _tree: CommentedMap
    base: YamlFile | None = None
    """The file that this one extends."""

    def locate(self, where: Where) -> tuple[Path, int]:
        """Return the file and the line, from 1, of the deepest part of ``where`` that exists."""
        if self.base is not None and not self.owns(where):
            return self.base.locate(where)
        return self.path, self.line(where)

    def owns(self, where: Where) -> bool:
        """Say whether this file, not one that it extends, says what stands at ``where``."""
        if self.base is None or not where:
            return True
        inherited: Any = self.base.content
        node: Any = self._tree
        for part in where[:2]:
            if not isinstance(inherited, dict) or part not in inherited:
                return True
            if not isinstance(node, CommentedMap) or part not in node:
                return False
            node, inherited = node[part], inherited[part]
        return True

    def owner(self, where: Where) -> YamlFile:
        """Return the file that says what stands at ``where``."""
        return self if self.base is None or self.owns(where) else self.base.owner(where)

    def sources(self) -> tuple[bytes, ...]:
        """Return the bytes of this file and of those it extends."""
        return (self.source, *(self.base.sources() if self.base else ()))

    def paths(self) -> tuple[Path, ...]:
        """Return the path of this file and of those it extends."""
        return (self.path, *(self.base.paths() if self.base else ()))

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


LEXICON_PARTS = ("questions.yaml", "advice.yaml")
"""Files of a lexicon that belong to every dialog which uses it."""
PART_KEYS = ("slots", "questions", "advice", "prompts")
"""What may stand in them."""


def read_dialog_file(path: Path) -> YamlFile:
    """Read a dialog file and the one that its ``extends`` names, and so on; raise DialogError.

    Tables (``steps``, ``prompts``, ``words`` …) are joined entry by entry, everything else is replaced.
    The lexicon's questions and advice lie under all of them.
    """
    file = read_yaml(path)
    chain = [file]
    while "extends" in chain[-1].content:
        last = chain[-1]
        base = last.path.parent / str(last.content["extends"])
        line = last.line(["extends"])
        if not base.is_file():
            raise DialogError(
                f"{last.path}:{line}: the file '{base.name}' to extend is not there. Mend its name."
            )
        if any(base.resolve() == each.path.resolve() for each in chain):
            raise DialogError(f"{last.path}:{line}: the file extends itself. Remove 'extends'.")
        chain.append(read_yaml(base))
    chain += _lexicon_parts(path.parent, chain)
    joined = chain[-1]
    for each in reversed(chain[:-1]):
        content = _joined(
            joined.content, {key: value for key, value in each.content.items() if key != "extends"}
        )
        joined = replace(each, content=content, base=joined)
    return joined


def _lexicon_parts(folder: Path, chain: Sequence[YamlFile]) -> list[YamlFile]:
    named = next((each.content["lexicon"] for each in chain if "lexicon" in each.content), None)
    files = [folder / str(named) / name for name in LEXICON_PARTS] if named is not None else []
    parts = [read_yaml(file) for file in files if file.is_file()]
    for part in parts:
        for key in part.content:
            if key not in PART_KEYS:
                raise DialogError(
                    f"{part.path}:{part.line([key])}: '{key}' does not belong here. "
                    f"Keep to: {', '.join(PART_KEYS)}."
                )
    return parts


def _joined(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(under)
    for key, value in over.items():
        known = joined.get(key)
        joined[key] = {**known, **value} if isinstance(known, dict) and isinstance(value, dict) else value
    return joined


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
