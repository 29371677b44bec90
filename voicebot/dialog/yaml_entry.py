"""The base of everything that is read from a dialog file."""

from pydantic import BaseModel, ConfigDict


class YamlEntry(BaseModel):
    """A frozen piece of a dialog file; unknown keys are refused, a bare number may stand for a text."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)
