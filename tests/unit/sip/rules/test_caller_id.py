"""The caller's number in URIs, and in the From of a dialled leg."""

from __future__ import annotations

import pytest

from voicebot.sip.rules.caller_id import local_identity, number_of


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("tel:119", "119"),
        ("tel:+82-2-123-4567;phone-context=x", "+8221234567"),
        ("sip:%2B8210@x", "+8210"),
        ("sip:0101:secret@x", "0101"),
        ("sips:0101;isub=3@x;user=phone", "0101"),
        ("SIP:0101@x", "0101"),
        ("sip:pbx.example", None),
        ("sip:1@x", None),
        ("sip:kim@x", None),
        ("http:0101@x", None),
        ("", None),
    ],
)
def test_numbers_in_uris(uri: str, number: str | None) -> None:
    """Separators, escapes, passwords and parameters are not part of the number."""
    assert number_of(uri) == number


@pytest.mark.parametrize(
    ("name", "number", "shown"),
    [
        ("119", None, '"119" <sip:119@10.0.0.1:5060>'),
        ("119", "+82#1", '"119" <sip:+82%231@10.0.0.1:5060>'),
        ('a"\\\r\nb', "1" * 40, '"ab" <sip:' + "1" * 32 + "@10.0.0.1:5060>"),
        ("", "7", "<sip:7@10.0.0.1:5060>"),
    ],
)
def test_the_callers_number_takes_our_users_place(name: str, number: str | None, shown: str) -> None:
    """Nothing in name or number can break out of the From header."""
    assert local_identity("sip:119@10.0.0.1:5060", name, number) == shown
