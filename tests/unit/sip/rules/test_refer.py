"""REFER outcomes."""

from __future__ import annotations

import pytest

from voicebot.sip.rules.refer import LIMIT_MS, ReferSubscription


@pytest.mark.parametrize(
    ("code", "arrived"), [(200, True), (202, True), (302, False), (486, False), (603, False)]
)
def test_a_final_status_decides(code: int, arrived: bool) -> None:
    """Only a 2xx sipfrag proves that the party has arrived."""
    refer = ReferSubscription(0)
    assert refer.notified(100, final=False)
    assert not refer.arrived
    assert refer.notified(code, final=False)
    assert (refer.outcome, refer.arrived) == (code, arrived)
    assert not refer.notified(200, final=True)


def test_a_subscription_that_ends_without_an_answer_is_a_failure() -> None:
    """Terminated at 180 is not arrived."""
    refer = ReferSubscription(0)
    refer.notified(180, final=True)
    assert (refer.outcome, refer.arrived) == (408, False)


def test_silence_is_a_failure_after_its_limit() -> None:
    """Nothing heard for 20 s ends the transfer once, and later news is ignored."""
    refer = ReferSubscription(1000)
    assert not refer.expire(1000 + LIMIT_MS - 1)
    assert refer.expire(1000 + LIMIT_MS)
    assert not refer.expire(1000 + 2 * LIMIT_MS)
    assert not refer.notified(200, final=True)
    assert not refer.arrived
