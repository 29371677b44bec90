"""What every part of the settings is made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A table of the settings file: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Mismatch(ValueError):
    """Two settings do not go together: ``loc`` is the one to mend, ``said`` what is wrong with it and how."""

    def __init__(self, loc: tuple[str | int, ...], said: str) -> None:
        super().__init__(said)
        self.loc = loc
        self.said = said


def setting(expected: str, description: str, *, shown_default: str | None = None, **rest: Any) -> Any:
    """Describe a setting; ``expected`` ends the sentence "… must be …" when a value is wrong.

    ``shown_default`` tells a default that depends on the machine.
    """
    extra = {"expected": expected} | ({"shown_default": shown_default} if shown_default else {})
    return Field(description=description, json_schema_extra=dict(extra), **rest)
