"""The routes to a human in the order in which they are tried, and how each of them is gone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicebot.operators.desks import Group
from voicebot.vocabulary.transfers import Connect, ConnectWish, TransferMode


@dataclass(frozen=True, slots=True)
class RingDesks:
    """Ring the desks of a group, one set after the other; of any group when it is None."""

    group: str | None = None


@dataclass(frozen=True, slots=True)
class SendCaller:
    """Send the caller away by REFER to somebody who answers without us."""

    name: str
    uri: str
    fallback: bool = False


Route = RingDesks | SendCaller


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each phase may last, in milliseconds. Each is kept by us, whatever line and phones do.

    Those without a value here come from the settings.
    """

    wait_ms: int
    """For a desk of one group to come free, before the next route is tried."""
    ring_ms: int
    brief_ms: int
    """For speaking the brief; a line that never reports its end does not hold the caller longer."""
    accept_ms: int
    """From the end of the brief to the key."""
    proof_ms: int = 4_000
    """From the bridge to audio both ways."""
    refer_ms: int = 22_000
    """From a REFER to its final NOTIFY; the line process gives up after 20 s."""
    replaced_ms: int = 3_000
    """From the end of the operator's leg to that NOTIFY, when the leg was to be replaced."""
    again_ms: int = 20_000
    """From the last route to the next round."""
    return_ms: int = 5_000
    """From the operator's goodbye to ringing anew, for a caller who stays on the line."""
    send_again_ms: int = 60_000
    """A place that the caller could not be sent to is left out for so long."""

    @property
    def briefing_ms(self) -> int:
        """From the answer to the key, however often the brief is repeated: time to hear it twice."""
        return 2 * (self.brief_ms + self.accept_ms)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the site wants; a dialog may choose another mode for some calls."""

    connect: ConnectWish
    urgent: TransferMode
    """What callers who are routed as urgent get where the dialog leaves it open; others get ``warm``."""
    limits: Limits

    def mode(self, wished: TransferMode | None, *, urgent: bool) -> TransferMode:
        """Return how to transfer, with what the dialog has ``wished``."""
        return wished or (self.urgent if urgent else "warm")

    def connecting(self, supports: Sequence[str], allows: Sequence[str]) -> Connect:
        """Return how to connect a caller whose INVITE has these in Supported and Allow."""
        if self.connect == "auto":
            return "replaces" if "replaces" in supports and "REFER" in allows else "bridge"
        return self.connect


@dataclass(frozen=True, slots=True)
class Plan:
    """What a transfer is to do."""

    mode: TransferMode
    connect: Connect
    routes: tuple[Route, ...]
    limits: Limits


def routes_to_a_human(
    mode: TransferMode, group: str | None, find: Callable[[str | None], Group | None], fallback: str | None
) -> tuple[Route, ...]:
    """Return the routes: the group, those that follow it, then the fallback, or else anybody.

    ``find`` looks a group up in the settings. A blind transfer sends the caller to each group that has a
    URI, and rings its desks when that fails.
    """
    routes: list[Route] = []
    seen: set[str | None] = set()
    while group not in seen:
        seen.add(group)
        found = find(group)
        if mode == "blind" and found is not None and found.uri is not None:
            routes.append(SendCaller(found.name, found.uri))
        routes.append(RingDesks(group))
        if found is None or found.next_group is None:
            break
        group = found.next_group
    if fallback is not None:
        routes.append(SendCaller("fallback", fallback, fallback=True))
    elif None not in seen:
        routes.append(RingDesks(None))
    return tuple(routes)
