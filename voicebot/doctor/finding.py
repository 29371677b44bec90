"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from voicebot.settings import Settings

Status = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    status: Status
    text: str
    remedy: str = ""
    """What to do about it; empty when all is well."""

    def document(self) -> dict[str, str]:
        """Return it as plain JSON values."""
        return asdict(self)


Check = Callable[[Settings], Iterator[Finding]]
"""Looks at one thing; its name is the finding's when it breaks."""
