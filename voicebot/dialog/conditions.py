"""Conditions on what is known: the ``when`` of a branch, and what makes a question needless."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pydantic import Field

from voicebot.dialog.yaml_entry import YamlEntry
from voicebot.understanding import Assessment
from voicebot.vocabulary.categories import Category
from voicebot.vocabulary.urgency import Urgency

if TYPE_CHECKING:
    from voicebot.dialog.state import State

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class When(YamlEntry):
    """Conditions that must all hold; an empty list holds always."""

    urgency: tuple[Urgency, ...] = ()
    category: tuple[Category, ...] = ()
    code: tuple[str, ...] = ()
    """Types of incident; ``*`` stands for any ending."""
    flags: tuple[str, ...] = ()
    """Any of these was raised."""
    missing: tuple[str, ...] = ()
    """Any of these slots is unknown."""
    slots: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Each of these slots has one of its values."""
    language: tuple[str, ...] = ()
    load_at_least: int | None = Field(None, ge=1)
    """So many calls are under way."""
    time: str | None = None
    """Local time, ``22:00-06:00``; may pass midnight."""
    place_confirmed: bool | None = None
    reported: bool | None = None
    transfer_failed: bool | None = None

    def holds(self, state: State) -> bool:
        """Say whether the conditions hold now."""
        known = state.assessment
        return (
            (not self.urgency or known.urgency in self.urgency)
            and (not self.category or known.category in self.category)
            and (not self.code or any(fnmatchcase(known.code or "", code) for code in self.code))
            and (not self.flags or any(flag in known.flags for flag in self.flags))
            and (not self.missing or any(not is_known(slot, state) for slot in self.missing))
            and all(state.slots.get(slot) in values for slot, values in self.slots.items())
            and (not self.language or state.language in self.language)
            and (self.load_at_least is None or state.context.load >= self.load_at_least)
            and (self.time is None or within(self.time, state.context.minute_of_day))
            and self.place_confirmed in (None, state.place_confirmed)
            and self.reported in (None, state.reported)
            and self.transfer_failed in (None, state.transfers_failed > 0)
        )


def is_known(slot: str, state: State) -> bool:
    """Say whether a slot needs no question; an urgent call does not wait for its type."""
    known: Assessment = state.assessment
    if slot == "place":
        return known.has_place
    if slot == "incident":
        return known.has_incident or known.urgency == "urgent"
    return slot in state.slots


def is_span(text: str) -> bool:
    """Say whether ``text`` is a span of time such as ``22:00-06:00``."""
    return _SPAN.fullmatch(text) is not None


def within(span: str, minute_of_day: int) -> bool:
    """Say whether a time of day is within a span; the end is not part of it."""
    match = _SPAN.fullmatch(span)
    if match is None:
        return False
    hours = [int(part) for part in match.groups()]
    first, last = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if first <= last:
        return first <= minute_of_day < last
    return minute_of_day >= first or minute_of_day < last
