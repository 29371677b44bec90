"""Collects what is wrong with a dialog file, so that its author sees all of it at once."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import ValidationError

from voicebot.dialog.yamlfile import Where, YamlFile
from voicebot.errors import DialogError

_REMEDIES = {
    "extra_forbidden": ("unknown key {key!r}", "Remove it or mend its spelling"),
    "missing": ("the key {key!r} is missing", "Add it"),
}


class Mistakes:
    """The list that grows while a file is checked."""

    def __init__(self, file: YamlFile) -> None:
        self._file = file
        self._found: list[tuple[int, str]] = []

    def add(self, where: Where, what: str, remedy: str) -> None:
        """Note one mistake at a place of the file."""
        line = self._file.line(where)
        subject = f"step '{where[1]}': " if len(where) > 1 and where[0] == "steps" else ""
        self._found.append((line, f"{self._file.path}:{line}: {subject}{what}. {remedy}."))

    def add_invalid(self, where: Where, error: ValidationError) -> None:
        """Note all that a model refused."""
        for problem in error.errors():
            place = [part for part in problem["loc"] if part != "[key]"]
            key = place[-1] if place else "value"
            what, remedy = _REMEDIES.get(
                problem["type"], ("{key!r} is wrong: {message}", "See docs/dialogs.md")
            )
            message = problem["msg"][:1].lower() + problem["msg"][1:]
            self.add([*where, *place], what.format(key=key, message=message), remedy)

    def add_unknown(self, where: Where, kind: str, name: str, known: Iterable[str]) -> None:
        """Note a name that is not defined, with the nearest one that is."""
        names = sorted(known)
        near = get_close_matches(name, names, n=1)
        remedy = f"Did you mean '{near[0]}'" if near else f"Known are: {', '.join(names) or 'none'}"
        self.add(where, f"unknown {kind} '{name}'", remedy)

    def raise_if_any(self) -> None:
        """Raise DialogError with one line for each mistake, in the order of the file."""
        if self._found:
            raise DialogError("\n".join(text for _, text in sorted(set(self._found))))
