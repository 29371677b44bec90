"""Measuring the understanding on labelled lines: accuracy, triage errors, places, and the same per group."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.errors import UserError
from voicebot.understanding import FLAGS, Knowledge, Understanding, understand
from voicebot.vocabulary.urgency import URGENCIES, routed_as_urgent

PARTS = ("gu", "dong", "road", "number", "place")


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled line and what was understood of it."""

    label: dict[str, Any]
    heard: Understanding

    @property
    def wrong(self) -> tuple[str, ...]:
        """Names of the points on which the two differ, empty when none."""
        label, heard = self.label, self.heard
        found = []
        if label["category"] != heard.category:
            found.append("category")
        if label["urgency"] != heard.urgency:
            found.append("urgency")
        if set(label["flags"]) != set(heard.flags):
            found.append("flags")
        if bool(label["wants_human"]) != heard.wants_human:
            found.append("wants_human")
        found += [part for part in PARTS if not self.exact(part)]
        return tuple(found)

    def said(self, part: str) -> str:
        """Return the labelled part of the place, spaces and a final 아파트 removed; empty if not said."""
        return _bare(self.label["location"].get(part))

    def read(self, part: str) -> str:
        """Return the part of the place as it was understood, in the same form."""
        return _bare(getattr(self.heard.location, part)) if self.heard.location else ""

    def exact(self, part: str) -> bool:
        """Say whether a part of the place is right, also when none was said."""
        return self.said(part) == self.read(part)


def read_cases(file: Path, knowledge: Knowledge) -> list[Case]:
    """Understand every line of a labelled JSON-lines file. Raises `UserError` for a wrong line."""
    cases = []
    for number, line in _lines(file):
        try:
            label = json.loads(line)
            for key in ("id", "text", "category", "urgency"):
                label[key]
        except (ValueError, KeyError, TypeError) as error:
            message = f"{file}:{number}: not a labelled line ({error!r}). See docs/understanding.md."
            raise UserError(message) from error
        label.setdefault("location", {})
        label.setdefault("flags", [])
        label.setdefault("wants_human", False)
        heard = understand(label["text"], confidence=1.0, utterance=0, knowledge=knowledge)
        cases.append(Case(label, heard))
    if not cases:
        raise UserError(f"{file}: no line is in it. Give a file with labelled JSON lines.")
    return cases


def figures(cases: Sequence[Case]) -> dict[str, Any]:
    """Return the figures of the house for these cases; shares are 0..1, ``None`` where none is counted."""
    urgent = [case for case in cases if case.label["urgency"] == "urgent"]
    low = [case for case in cases if case.label["urgency"] == "non_urgent"]
    flagged = {
        flag: {
            "labelled": sum(flag in case.label["flags"] for case in cases),
            "missed": sum(flag in case.label["flags"] and flag not in case.heard.flags for case in cases),
            "false": sum(flag not in case.label["flags"] and flag in case.heard.flags for case in cases),
        }
        for flag in FLAGS
    }
    return {
        "lines": len(cases),
        "category": _share(case.label["category"] == case.heard.category for case in cases),
        "urgency": _share(case.label["urgency"] == case.heard.urgency for case in cases),
        "urgent_judged_non_urgent": sum(case.heard.urgency == "non_urgent" for case in urgent),
        "urgent_judged_potential": _share(case.heard.urgency == "potential" for case in urgent),
        "urgent_not_routed": _share(not routed_as_urgent(case.heard.urgency) for case in urgent),
        "non_urgent_judged_urgent": _share(case.heard.urgency == "urgent" for case in low),
        "non_urgent_routed_urgent": _share(routed_as_urgent(case.heard.urgency) for case in low),
        "flags_exact": _share(set(case.label["flags"]) == set(case.heard.flags) for case in cases),
        "wants_human": _share(bool(case.label["wants_human"]) == case.heard.wants_human for case in cases),
        "place": {part: _share(case.exact(part) for case in cases if case.said(part)) for part in PARTS},
        "place_invented": sum(
            any(case.read(part) and not case.said(part) for part in PARTS) for case in cases
        ),
        "flags": flagged,
    }


def confusion(cases: Sequence[Case]) -> dict[str, dict[str, int]]:
    """Return how often each labelled urgency (outer) was judged as each (inner)."""
    counted: Counter[tuple[str, str]] = Counter(
        (str(case.label["urgency"]), case.heard.urgency) for case in cases
    )
    return {said: {judged: counted[said, judged] for judged in URGENCIES} for said in URGENCIES}


def by_group(cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    """Return the figures for each group label, such as a dialect; a line may carry several.

    Groups stand in ``group`` or ``groups``; lines without any are counted as ``standard``. The gender of the
    voice, where it is known, stands in ``gender`` and is a group of its own.
    """
    groups: dict[str, list[Case]] = {}
    for case in cases:
        named = list(case.label.get("groups") or [case.label.get("group") or "standard"])
        named += [f"voice: {case.label['gender']}"] if case.label.get("gender") else []
        for name in named:
            groups.setdefault(str(name), []).append(case)
    return {name: figures(found) for name, found in sorted(groups.items())}


def _lines(file: Path) -> Iterable[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file}: cannot be read ({error}). Give a UTF-8 file of JSON lines.") from error
    return ((number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip())


def _share(points: Iterable[bool]) -> float | None:
    counted = [bool(point) for point in points]
    return round(sum(counted) / len(counted), 4) if counted else None


def _bare(name: str | None) -> str:
    return (name or "").replace(" ", "").removesuffix("아파트")
