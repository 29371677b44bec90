"""The settings about humans: who takes over, in which groups, and how callers are handed to them."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import Field

from voicebot.settings.section import Mismatch, Section, setting
from voicebot.settings.types import HttpUrl, Name, SipUri
from voicebot.vocabulary.transfers import ConnectWish, TransferMode

Strategy = Literal["in_order", "longest_free", "several", "all"]

_STRATEGY = "in_order, longest_free, several or all"


class Operator(Section):
    """A human who takes over calls, or a queue of humans."""

    name: str = setting(
        "a name of 1 to 64 characters", "Shown in records and on the console.", min_length=1, max_length=64
    )
    uri: SipUri = setting(
        "a SIP URI such as sip:desk1@10.1.2.3", "The operator's phone, or the queue of a PBX."
    )
    groups: tuple[Name, ...] = setting(
        "a list of names from groups",
        "The groups that ring here. Calls without a group ring everywhere.",
        default=(),
    )
    skills: tuple[Name, ...] = setting(
        "a list of words without blanks such as [en, fire]",
        "Languages (en) and types of incident (fire, rescue, ems) for which this operator is preferred.",
        default=(),
    )
    calls_at_once: Literal["unlimited"] | Annotated[int, Field(strict=True, ge=1, le=1000)] = setting(
        "unlimited or a whole number from 1 to 1000",
        "Calls that may ring or talk there at the same time: 1 for a desk, more for the queue of a PBX.",
        default=1,
    )

    @property
    def capacity(self) -> int | None:
        """Calls that it takes at once; None for any number."""
        return None if self.calls_at_once == "unlimited" else self.calls_at_once


class Group(Section):
    """Operators that a dialog can ask for by name."""

    name: Name = setting("a name of 1 to 64 characters without blanks", "What dialogs call it.")
    strategy: Strategy = setting(
        _STRATEGY,
        "Who is rung: the first free operator of the list, the longest free one, several at once, or all.",
        default="in_order",
    )
    at_once: int = setting(
        "a whole number from 2 to 50", "How many `several` rings.", default=2, ge=2, le=50, strict=True
    )
    next_group: str | None = setting(
        "a name from groups, or nothing",
        "Who is asked when nobody of this group takes the call.",
        default=None,
    )
    uri: SipUri | None = setting(
        "a SIP URI such as sip:fire@10.1.2.3, or nothing",
        "Where the PBX reaches this group by itself: callers of a blind transfer are sent there.",
        default=None,
    )


class TransferSettings(Section):
    """How callers are handed to humans; a dialog may choose another way for some calls."""

    connect: ConnectWish = setting(
        "auto, bridge or replaces",
        "How caller and operator are joined: in voicebot, which goes on recording (`bridge`), or in the PBX "
        "by REFER with Replaces (`replaces`). `auto` takes `replaces` where the PBX says that it can.",
        default="bridge",
    )
    urgent: TransferMode = setting(
        "warm, hot or blind",
        "What urgent callers get where the dialog leaves it open: an operator who hears a brief and accepts "
        "with a key, the first who answers at once, or the group by itself.",
        default="warm",
    )
    strategy: Strategy = setting(_STRATEGY, "Who is rung for calls without a group.", default="in_order")
    at_once: int = setting(
        "a whole number from 2 to 50", "How many `several` rings.", default=2, ge=2, le=50, strict=True
    )
    wait_seconds: int = setting(
        "a whole number from 1 to 600",
        "How long a caller waits for a busy operator before the next way is taken.",
        default=20,
        ge=1,
        le=600,
        strict=True,
    )
    ring_seconds: int = setting(
        "a whole number from 5 to 120", "How long a phone rings.", default=20, ge=5, le=120, strict=True
    )
    brief_seconds: int = setting(
        "a whole number from 5 to 60",
        "How long the brief may take until the operator's time to accept begins.",
        default=20,
        ge=5,
        le=60,
        strict=True,
    )
    accept_seconds: int = setting(
        "a whole number from 5 to 120",
        "How long an operator may take to accept with a key.",
        default=15,
        ge=5,
        le=120,
        strict=True,
    )
    rest_seconds: int = setting(
        "a whole number from 0 to 3600",
        "How long a desk that did not answer is left in peace.",
        default=30,
        ge=0,
        le=3600,
        strict=True,
    )
    probe_seconds: Literal[0] | Annotated[int, Field(strict=True, ge=5, le=3600)] = setting(
        "0, or a whole number from 5 to 3600",
        "How often a phone of which nothing is known is asked by OPTIONS whether it is there; 0 for never.",
        default=60,
    )
    console_url: HttpUrl | None = setting(
        "a URL such as https://console.example/incidents/, or nothing",
        "Where an operator reads a record; followed by its id it is sent in Call-Info to the phone.",
        default=None,
    )


def check_humans(operators: Sequence[Operator], groups: Sequence[Group]) -> None:
    """Raise `Mismatch` for the first name that stands twice, for nothing, or leads back to itself."""
    _once("operators", [operator.name for operator in operators])
    names = [group.name for group in groups]
    _once("groups", names)
    for position, operator in enumerate(operators):
        for index, member_of in enumerate(operator.groups):
            _known(("operators", position, "groups", index), member_of, names)
    follows: dict[str, str | None] = {group.name: group.next_group for group in groups}
    for position, group in enumerate(groups):
        loc = ("groups", position, "next_group")
        if group.next_group is not None:
            _known(loc, group.next_group, names)
        seen = [group.name]
        name: str | None = group.next_group
        while name is not None:
            if name in seen:
                way = ", ".join(seen[1:])
                raise Mismatch(
                    loc, f"leads back to {name!r}{f' through {way}' if way else ''}; end the way there"
                )
            seen.append(name)
            name = follows.get(name)


def _once(key: str, names: Sequence[str]) -> None:
    for position, name in enumerate(names):
        if name in names[:position]:
            raise Mismatch((key, position, "name"), f"{name!r} stands twice; give each its own name")


def _known(loc: tuple[str | int, ...], name: str, names: Sequence[str]) -> None:
    if name not in names:
        near = get_close_matches(name, names, n=1)
        known = ", ".join(names)
        hint = f"did you mean {near[0]!r}?" if near else f"groups has {known or 'no names yet: add it there'}"
        raise Mismatch(loc, f"names the group {name!r}, which groups does not have; {hint.rstrip('.')}")
