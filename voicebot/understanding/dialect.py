"""Spoken dialect in standard spelling, so that rules know one form: ``몬 합니더`` is ``못 합니다``."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voicebot.errors import DialogError
from voicebot.understanding.patterns import read_yaml, with_borders

FILE = "dialect.yaml"

_CAPTURING = re.compile(r"\((?!\?)")


@dataclass(frozen=True, slots=True)
class StandardText:
    """A text in standard spelling that still knows where each part stood in the caller's words."""

    text: str
    said: str
    starts: tuple[int, ...]
    """Where each stretch of ``text`` begins, ascending from 0."""
    origins: tuple[int, ...]
    """Where the same stretches begin in ``said``."""

    def words(self, start: int, end: int) -> str:
        """Return the caller's own words for ``text[start:end]``."""
        return self.said[self._origin(start) : self._origin(end - 1) + 1].strip()

    def _origin(self, at: int) -> int:
        nth = bisect_right(self.starts, at) - 1
        begin, limit = self.origins[nth], len(self.said)
        if nth + 1 < len(self.origins):
            limit = self.origins[nth + 1]
        return min(begin + at - self.starts[nth], max(begin, limit - 1))


@dataclass(frozen=True, slots=True)
class Dialect:
    """Dialect forms with their standard ones."""

    pattern: re.Pattern[str] | None
    forms: tuple[str, ...]
    """StandardText form of each group of the pattern, in order."""

    def standard(self, said: str) -> StandardText:
        """Return a normalised text in standard spelling."""
        if self.pattern is None:
            return StandardText(said, said, (0,), (0,))
        parts: list[str] = []
        starts, origins, length, done = [0], [0], 0, 0
        for match in self.pattern.finditer(said):
            form = self.forms[(match.lastindex or 1) - 1]
            for stretch, origin in ((said[done : match.start()], done), (form, match.start())):
                starts.append(length)
                origins.append(origin)
                parts.append(stretch)
                length += len(stretch)
            done = match.end()
        starts.append(length)
        origins.append(done)
        parts.append(said[done:])
        return StandardText("".join(parts), said, tuple(starts), tuple(origins))


def load_dialect(lexicon: Path) -> Dialect:
    """Read ``dialect.yaml`` of a lexicon, ``standard: [form, form]``; without the file nothing is changed."""
    path = lexicon / FILE
    if not path.is_file():
        return Dialect(None, ())
    entries = read_yaml(path)
    if not isinstance(entries, Mapping):
        raise DialogError(f"{path}: not a table of forms. Write 'standard: [form, form]'.")
    groups, forms = [], []
    for standard, spoken in entries.items():
        if not isinstance(spoken, list) or not all(isinstance(form, str) for form in spoken):
            raise DialogError(f"{path}: '{standard}' needs a list of forms. Write 'standard: [form, form]'.")
        groups.append("(" + _CAPTURING.sub("(?:", with_borders("|".join(spoken))) + ")")
        forms.append(str(standard))
    try:
        return Dialect(re.compile("|".join(groups)), tuple(forms))
    except re.error as error:
        raise DialogError(f"{path}: wrong pattern ({error.msg}). Mend it.") from error
