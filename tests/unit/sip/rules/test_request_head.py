"""The first look at a request, which decides about ACKs that would abort the process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.sip.rules.request_head import read_request_head


def _request(to: str, method: str = "ACK") -> bytes:
    return f"{method} sip:119@x SIP/2.0\r\n{to}\r\nCall-ID: abc\r\n\r\nbody\0stale".encode()


@pytest.mark.parametrize(
    "to",
    [
        "To: <sip:119@x>;tag=a",
        "t: sip:119@x;tag=a",
        'TO : "a;b" <sip:119@x>;x=1; TAG = a'.replace("TAG", "tag"),
        "To: <sip:119@x>\r\n ;tag=a",
    ],
)
def test_a_tag_puts_a_request_inside_a_dialog(to: str) -> None:
    """Compact, folded and spaced To headers with a tag are inside."""
    seen = read_request_head(_request(to))
    assert (seen.method, seen.call_id, seen.in_sip_dialog) == ("ACK", "abc", True)


@pytest.mark.parametrize(
    "to",
    [
        "To: <sip:119@x>",
        "To: <sip:119@x;tag=a>",
        'To: ";tag=a" <sip:119@x>',
        'To: <sip:119@x>;x=";tag=a"',
        "To: <sip:119@x>;tag=",
        "To: <sip:119@x>;tag",
        "To: <sip:119@x>;mytag=a",
        "To: <sip:119@x>;tag=a\r\nTo: <sip:119@x>",
        "From: <sip:119@x>;tag=a",
    ],
)
def test_anything_doubtful_is_outside(to: str) -> None:
    """A tag in a name, in a URI, in another parameter, empty, or beside a second To is no tag."""
    assert not read_request_head(_request(to)).in_sip_dialog


@given(st.binary(max_size=300))
def test_garbage_never_raises(packet: bytes) -> None:
    """Whatever a packet holds, it is read."""
    assert not read_request_head(packet + b"\0To: <sip:x>;tag=1").call_id or packet
