"""What a lexicon knows of each incident type beside its words: public classes and other agencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from voicebot.errors import DialogError
from voicebot.understanding.patterns import read_plain

Large = Literal["화재", "구조", "구급", "기타"]
_Kind = TypeVar("_Kind")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class PublicClass(_Entry):
    """An incident type in the public taxonomies."""

    large: Large
    medium: str
    """One of 16: ``심정지``, ``일반화재`` …"""
    dispatch: str
    """Rescue or everyday-safety type of the fire agency: ``승강기``, ``벌(집)제거`` …"""


class Agency(_Entry):
    """Another office and its number."""

    number: str
    name: str


class _Referrals(_Entry):
    net: str
    to: dict[str, Agency]


@dataclass(frozen=True, slots=True)
class IncidentGuides:
    """Tables by incident type; a type that is not listed takes the entry of the part before its point."""

    taxonomy: Mapping[str, PublicClass]
    referrals: Mapping[str, Agency]
    call_again: str
    """What is said with every referral: call again when it gets worse. Empty when there is none."""

    def public_class(self, code: str) -> PublicClass | None:
        """Return the public classes of a type, or None when the lexicon has no table."""
        return _of(self.taxonomy, code)

    def referral(self, code: str) -> Agency | None:
        """Return whom a matter of this type belongs to, or None when it is 119's own."""
        return _of(self.referrals, code)


def load_incident_guides(lexicon: Path) -> IncidentGuides:
    """Read ``taxonomy.yaml`` and ``referrals.yaml``; a missing file is an empty table.

    Raises DialogError that names the file and the entry.
    """
    referrals = _read(lexicon / "referrals.yaml", _Referrals, _Referrals(net="", to={}))
    return IncidentGuides(
        taxonomy=_read(lexicon / "taxonomy.yaml", dict[str, PublicClass], {}),
        referrals=referrals.to,
        call_again=referrals.net,
    )


def _read(path: Path, shape: type[_Kind], empty: _Kind) -> _Kind:
    if not path.is_file():
        return empty
    try:
        return TypeAdapter(shape).validate_python(read_plain(path))
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise DialogError(f"{path}: '{key}': {problem['msg']}. Mend the entry.") from error


def _of(table: Mapping[str, _Kind], code: str) -> _Kind | None:
    return table.get(code) or table.get(code.split(".", maxsplit=1)[0])
