"""REFER outcomes."""

from __future__ import annotations

import pytest

from voicebot.sip.rules.refer import LIMIT_MS, Transfer


@pytest.mark.parametrize(
    ("code", "arrived"), [(200, True), (202, True), (302, False), (486, False), (603, False)]
)
def test_a_final_status_decides(code: int, arrived: bool) -> None:
    """Only a 2xx sipfrag proves that the party has arrived."""
    transfer = Transfer(0)
    assert transfer.progress(100, final=False)
    assert not transfer.arrived
    assert transfer.progress(code, final=False)
    assert (transfer.outcome, transfer.arrived) == (code, arrived)
    assert not transfer.progress(200, final=True)


def test_a_subscription_that_ends_without_an_answer_is_a_failure() -> None:
    """Terminated at 180 is not arrived."""
    transfer = Transfer(0)
    transfer.progress(180, final=True)
    assert (transfer.outcome, transfer.arrived) == (408, False)


def test_silence_is_a_failure_after_its_limit() -> None:
    """Nothing heard for 20 s ends the transfer once, and later news is ignored."""
    transfer = Transfer(1000)
    assert not transfer.expire(1000 + LIMIT_MS - 1)
    assert transfer.expire(1000 + LIMIT_MS)
    assert not transfer.expire(1000 + 2 * LIMIT_MS)
    assert not transfer.progress(200, final=True)
    assert not transfer.arrived
