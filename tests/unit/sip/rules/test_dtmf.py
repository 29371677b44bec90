"""Key presses, each told once."""

from __future__ import annotations

from voicebot.sip.rules.dtmf import ECHO_MS, DtmfFilter

_RFC4733, _INFO = 0, 1


def test_a_key_sent_by_both_methods_counts_once() -> None:
    """RFC 4733 and INFO for the same press come within an instant of each other."""
    keys = DtmfFilter()
    assert keys.press("5", _RFC4733, 0) == "5"
    assert keys.press("5", _INFO, 50) is None
    assert keys.press("5", _RFC4733, 300) == "5"
    assert keys.press("5", _INFO, 300 + ECHO_MS) == "5"


def test_quick_presses_of_one_method_all_count() -> None:
    """1 1 pressed quickly is two presses; letters come in capitals, anything else is no key."""
    keys = DtmfFilter()
    assert [keys.press("1", _RFC4733, at) for at in (0, 100, 200)] == ["1", "1", "1"]
    assert keys.press("d", _INFO, 1000) == "D"
    assert keys.press("R", _INFO, 2000) is None
    assert keys.press("", _INFO, 2000) is None
