"""The order of the routes to a human, and what the site's policy makes of a wish."""

import pytest

from tests.fakes.transfer_machine import LIMITS
from voicebot.operators.desks import Group
from voicebot.operators.transfer_plan import Policy, RingDesks, SendCaller, routes_to_a_human

GROUPS = {
    "fire": Group("fire", next_group="centre", uri="sip:fire@pbx"),
    "centre": Group("centre"),
    "loop": Group("loop", next_group="loop"),
}
FALLBACK = SendCaller("fallback", "sip:hotline@pbx", fallback=True)


def find(name: str | None) -> Group | None:
    """Look a group up."""
    return GROUPS.get(name or "")


def test_the_group_comes_first_then_those_that_follow_then_the_fallback() -> None:
    """Each is one way."""
    routes = routes_to_a_human("warm", "fire", find, FALLBACK.uri)
    assert routes == (RingDesks("fire"), RingDesks("centre"), FALLBACK)


def test_without_a_fallback_anybody_is_better_than_nobody() -> None:
    """Desks of other groups are the last way; a call without a group has them as the first."""
    assert routes_to_a_human("hot", "centre", find, None) == (RingDesks("centre"), RingDesks(None))
    assert routes_to_a_human("hot", None, find, None) == (RingDesks(None),)


def test_blind_sends_to_the_uri_of_a_group_and_then_rings_its_desks() -> None:
    """A group without a URI is only rung."""
    assert routes_to_a_human("blind", "fire", find, FALLBACK.uri) == (
        SendCaller("fire", "sip:fire@pbx"), RingDesks("fire"), RingDesks("centre"), FALLBACK,
    )  # fmt: skip


@pytest.mark.parametrize("group", ["loop", "unknown"])
def test_groups_that_lead_nowhere_come_to_an_end(group: str) -> None:
    """A circle is gone round once, an unknown group is rung as the floor understands it."""
    assert routes_to_a_human("warm", group, find, FALLBACK.uri) == (RingDesks(group), FALLBACK)


def test_the_dialog_decides_before_the_site_and_urgency_before_the_rest() -> None:
    """The site's mode is for urgent callers of whom the dialog says nothing."""
    policy = Policy("bridge", "hot", LIMITS)
    assert policy.mode("blind", urgent=True) == "blind"
    assert policy.mode(None, urgent=True) == "hot"
    assert policy.mode(None, urgent=False) == "warm"


@pytest.mark.parametrize(
    ("connect", "supports", "allows", "expected"),
    [
        ("auto", ("replaces",), ("INVITE", "REFER"), "replaces"),
        ("auto", (), ("INVITE", "REFER"), "bridge"),
        ("auto", ("replaces",), (), "bridge"),
        ("bridge", ("replaces",), ("REFER",), "bridge"),
        ("replaces", (), (), "replaces"),
    ],
)
def test_auto_takes_replaces_only_where_the_other_side_says_that_it_can(
    connect: str, supports: tuple[str, ...], allows: tuple[str, ...], expected: str
) -> None:
    """Both the option tag and the method must be named; a fixed choice is followed."""
    policy = Policy(connect, "warm", LIMITS)  # type: ignore[arg-type]
    assert policy.connecting(supports, allows) == expected
