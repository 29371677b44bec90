"""Collects what is wrong with a dialog file, so that its author sees all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicebot.dialog.authoring import messages
from voicebot.dialog.authoring.yaml_file import Where, YamlFile
from voicebot.errors import DialogError


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, or only doubtful (``warning``), at its place in a file."""

    path: Path
    line: int
    step: str | None
    message: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    warning: bool = False

    def text(self, language: str = "en") -> str:
        """Return file, line and step, what is wrong, and how to mend it."""
        head = messages.place(self.path, self.line, self.step, language)
        return head + messages.told(self.message, language, self.arguments)


class Mistakes:
    """The list that grows while a file is checked."""

    def __init__(self, file: YamlFile) -> None:
        self._file = file
        self._found: list[Mistake] = []

    def add(self, where: Where, what: str, /, *, warning: bool = False, **arguments: Any) -> None:
        """Note one mistake at a place of the file; ``what`` is a name of `messages`."""
        path, line = self._file.locate(where)
        step = str(where[1]) if len(where) > 1 and where[0] == "steps" else None
        self._found.append(Mistake(path, line, step, what, arguments, warning))

    def add_invalid(self, where: Where, error: ValidationError, known: Iterable[str] = ()) -> None:
        """Note all that a model refused; ``known`` are the keys of the table it stands in."""
        for problem in error.errors():
            place = [part for part in problem["loc"] if part != "[key]"]
            key = place[-1] if place else (where[-1] if where else "value")
            match problem["type"]:
                case "extra_forbidden":
                    names = known if len(place) == 1 else ()
                    self.add_unknown([*where, *place], "key", str(key), names)
                case "missing":
                    self.add([*where, *place], "missing_key", key=key)
                case kind:
                    self.add(
                        [*where, *place],
                        "bad_value",
                        key=key,
                        kind=kind,
                        context=problem.get("ctx", {}),
                        message=problem["msg"][:1].lower() + problem["msg"][1:],
                    )

    def add_unknown(self, where: Where, kind: str, name: str, known: Iterable[str]) -> None:
        """Note a name that is not defined, with the nearest one that is."""
        names = sorted(known)
        near = get_close_matches(name, names, n=1)
        self.add(where, "unknown", kind=kind, name=name, near=near[0] if near else "", known=names)

    def all(self) -> tuple[Mistake, ...]:
        """Return mistakes and warnings, each once, in the order of the file."""
        found = {mistake.text(): mistake for mistake in self._found}
        return tuple(
            sorted(found.values(), key=lambda mistake: (str(mistake.path), mistake.line, mistake.text()))
        )

    def any(self) -> bool:
        """Say whether something must be mended."""
        return any(not mistake.warning for mistake in self._found)

    def raise_if_any(self) -> None:
        """Raise DialogError with one line for each mistake, in the order of the file."""
        if self.any():
            raise DialogError("\n".join(mistake.text() for mistake in self.all() if not mistake.warning))
