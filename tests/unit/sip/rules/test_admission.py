"""Who may call, and when the line is full."""

from __future__ import annotations

import pytest

from voicebot.sip.rules.admission import Admission, caller_limit, source_address

_TRUNK = Admission(("10.0.0.0/24", "192.0.2.7", "2001:db8::/32"), 3)


@pytest.mark.parametrize(
    ("source", "known"),
    [
        ("10.0.0.77:5060", True),
        ("10.0.1.1:5060", False),
        ("192.0.2.7:1", True),
        ("192.0.2.8:1", False),
        ("[2001:db8::5]:5060", True),
        ("2001:db8::5", True),
        ("10.0.0.5", True),
        ("", False),
        ("pbx.example:5060", False),
    ],
)
def test_only_listed_networks_may_call(source: str, known: bool) -> None:
    """The packet's source decides, whatever the message says."""
    assert _TRUNK.knows(source) is known


def test_an_empty_list_admits_nobody() -> None:
    """No network at all means no caller at all."""
    assert not Admission((), 3).knows("127.0.0.1:5060")


@pytest.mark.parametrize(
    ("callers", "present", "retiring", "code"),
    [
        (0, True, False, None),
        (2, True, False, None),
        (3, True, False, 503),
        (0, False, False, 503),
        (0, True, True, 503),
    ],
)
def test_known_callers_are_judged_by_the_state_of_the_line(
    callers: int, present: bool, retiring: bool, code: int | None
) -> None:
    """Full, without a core or retiring: 503 with Retry-After, so that the PBX routes on."""
    refusal = _TRUNK.judge("10.0.0.1:5060", callers=callers, core_present=present, retiring=retiring)
    assert (refusal.code if refusal else None) == code
    assert refusal is None or refusal.retry_after_s > 0


def test_a_stranger_learns_nothing_about_the_line() -> None:
    """403 comes before every other reason."""
    refusal = _TRUNK.judge("203.0.113.1:5060", callers=9, core_present=False, retiring=True)
    assert refusal is not None
    assert (refusal.code, refusal.retry_after_s) == (403, 0)


def test_a_bad_network_is_told() -> None:
    """Something that is no network is an error at start, not an open door."""
    with pytest.raises(ValueError, match="not-a-network"):
        Admission(("not-a-network",), 1)


def test_source_addresses() -> None:
    """Address and port are parted for both families."""
    assert str(source_address("[::1]:5060")) == "::1"
    assert source_address("nonsense") is None


@pytest.mark.parametrize(
    ("legs", "reserved", "callers"), [(4, None, 2), (5, None, 2), (1, None, 0), (4, 1, 3), (2, 9, 0)]
)
def test_each_caller_has_a_leg_for_an_operator(legs: int, reserved: int | None, callers: int) -> None:
    """Half of the legs are kept unless the settings of the line say how many."""
    assert caller_limit(legs, reserved) == callers
