"""Reading an INVITE: what is legal, what is seen in the field, and garbage."""

from __future__ import annotations

import base64

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot import control
from voicebot.sip.rules.invite import read_invite
from voicebot.sip.rules.message import clean, uri_of

_START = "INVITE sip:119@10.0.0.9 SIP/2.0\r\n"


def _invite(*lines: str, body: str = "") -> str:
    return _START + "".join(f"{line}\r\n" for line in lines) + "\r\n" + body


def test_a_plain_invite_is_read() -> None:
    """Call-ID, From, To and the caller's number come out as they went in."""
    invite = read_invite(
        _invite(
            "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1",
            'From: "Kim" <sip:010-1234-5678@pbx.example;user=phone>;tag=a1',
            "To: <sip:119@10.0.0.9>",
            "Call-ID: abc@pbx",
        )
    )
    assert invite.sip_call_id == "abc@pbx"
    assert invite.from_uri == "sip:010-1234-5678@pbx.example;user=phone"
    assert invite.to_uri == "sip:119@10.0.0.9"
    assert invite.number == "01012345678"
    assert invite.overflow == control.Overflow()


def test_compact_names_and_odd_case_are_the_same_headers() -> None:
    """RFC 3261 7.3.3: i, f and t mean Call-ID, From and To, in any case and with space before the colon."""
    invite = read_invite(_invite("I: abc", "f : <sip:0212345@x>;tag=1", "T:sip:119@x"))
    assert (invite.sip_call_id, invite.number, invite.to_uri) == ("abc", "0212345", "sip:119@x")


def test_folded_lines_are_one_header() -> None:
    """RFC 3261 7.3.1: a line that starts with white space goes on with the one before."""
    text = _invite(
        "From: <sip:0101@x>;tag=1", "Diversion: <sip:2000@pbx>", "\t;reason=no-answer", "  ;counter=2"
    )
    overflow = read_invite(text).overflow
    assert overflow.diversion == ("<sip:2000@pbx> ;reason=no-answer ;counter=2",)
    assert overflow.why == "no_answer"


def test_repeated_headers_and_comma_lists_are_one_list() -> None:
    """Repeated headers and commas outside of quotes and brackets separate the values, top first."""
    overflow = read_invite(
        _invite(
            'Diversion: "Queue, 2nd" <sip:2@pbx;x=a,b>;reason=user-busy, <sip:1@pbx>;reason=unconditional',
            "Diversion: <sip:0@pbx>;reason=no-answer",
        )
    ).overflow
    assert [uri_of(value) for value in overflow.diversion] == ["sip:2@pbx;x=a,b", "sip:1@pbx", "sip:0@pbx"]
    assert overflow.why == "busy"


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Diversion: <sip:1@p>;reason=no-answer", "no_answer"),
        ('Diversion: <sip:1@p>;privacy=off;reason="USER-BUSY"', "busy"),
        ("Diversion: <sip:1@p>;reason=out-of-service", "unavailable"),
        ("Diversion: <sip:1@p>;reason=time-of-day", "time_of_day"),
        ("Diversion: <sip:1@p>;reason=unknown", "unknown"),
        ("Diversion: <sip:1@p>", "unknown"),
        ("History-Info: <sip:a@x>;index=1, <sip:b@x;cause=486>;index=1.1;mp=1", "busy"),
        ("History-Info: <sip:a@x;cause=486>;index=1, <sip:b@x;cause=408>;index=1.1", "no_answer"),
        ("History-Info: <sip:a@x?Reason=SIP%3Bcause%3D480>;index=1", "unavailable"),
        ("History-Info: <sip:a@x;cause=480>;index=1", "deflection"),
        ("History-Info: <sip:a@x?Reason=Q.850%3Bcause%3D17>;index=1", "busy"),
        ('Reason: Q.850;cause=19;text="no answer"', "no_answer"),
        ("Reason: SIP ;cause=486", "busy"),
        ("Reason: Q.850;cause=999", "unknown"),
        ("Reason: preemption", "unknown"),
        ("X-Reason: SIP;cause=486", "unknown"),
    ],
)
def test_why_a_call_overflowed(header: str, why: str) -> None:
    """Diversion, History-Info and Reason each give the one word."""
    assert read_invite(_invite(header)).overflow.why == why


def test_the_identity_of_the_network_wins_over_from() -> None:
    """P-Asserted-Identity (RFC 3325) names the caller when From hides them; a name is not a number."""
    text = _invite(
        'P-Asserted-Identity: "Lee" <sip:operator-desk@pbx>, <tel:+82-10-9876-5432>',
        "From: Anonymous <sip:anonymous@anonymous.invalid>;tag=1",
    )
    assert read_invite(text).number == "+821098765432"
    assert read_invite(_invite("From: Anonymous <sip:anonymous@anonymous.invalid>")).number is None


def test_location_in_a_multipart_body_is_kept() -> None:
    """RFC 6442: the PIDF-LO beside the SDP is handed on, the SDP is not."""
    pidf = '<presence xmlns="urn:ietf:params:xml:ns:pidf"><tuple/></presence>'
    encoded = base64.b64encode("서울".encode()).decode()
    body = (
        "preamble\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"
        f"--b\r\nContent-Type: application/pidf+xml\r\nContent-ID: <a@b>\r\n\r\n{pidf}\r\n"
        f"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--\r\n"
    )
    text = _invite('c: multipart/mixed;\r\n boundary="b"', "Geolocation: <cid:a@b>, <https://x/y>", body=body)
    overflow = read_invite(text).overflow
    assert overflow.body_parts == (("application/pidf+xml", pidf), ("text/plain", "서울"))
    assert overflow.geolocation == ("<cid:a@b>", "<https://x/y>")


def test_other_headers_of_an_emergency_call() -> None:
    """Call-Info (RFC 7852) and User-to-User (RFC 7433) are handed on whole."""
    overflow = read_invite(
        _invite("Call-Info: <cid:1@x>;purpose=EmergencyCallData.Comment", "User-to-User: 56a3;encoding=hex")
    ).overflow
    assert overflow.call_info == ("<cid:1@x>;purpose=EmergencyCallData.Comment",)
    assert overflow.user_to_user == "56a3;encoding=hex"


def test_an_sdp_body_is_no_part() -> None:
    """A plain offer, an empty body and a boundary that never comes are all no parts."""
    assert read_invite(_invite("Content-Type: application/sdp", body="v=0\r\n")).overflow.body_parts == ()
    assert read_invite(_invite("Content-Type: text/xml")).overflow.body_parts == ()
    broken = read_invite(_invite("Content-Type: multipart/mixed", body="--x\r\n\r\nv=0"))
    assert len(broken.overflow.body_parts) <= 1


def test_lists_have_a_limit() -> None:
    """A hundred values become sixteen, long ones are cut."""
    overflow = read_invite(_invite(*["Reason: SIP;cause=486"] * 100, "User-to-User: " + "x" * 9000)).overflow
    assert len(overflow.reason) == 16
    assert len(overflow.user_to_user or "") == 2048


def test_bytes_that_are_not_utf8_can_travel_as_json() -> None:
    """PJSIP's text may hold lone surrogates; the offer must still be encodable."""
    text = b'INVITE x SIP/2.0\r\nFrom: "\xff\xfe" <sip:0101@x>\r\nUser-to-User: \xc3\x28\r\n\r\n'
    invite = read_invite(text.decode("utf-8", "surrogateescape"))
    assert invite.number == "0101"
    assert msgspec.json.encode(invite.overflow)
    assert clean("가\udcff") == "가\ufffd"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=[]), max_size=400))
def test_garbage_never_raises(text: str) -> None:
    """Whatever arrives is read to something that can be sent to the core."""
    invite = read_invite(text)
    assert msgspec.json.encode(invite)


_PIECES = st.sampled_from(
    [
        "From", "f", "Diversion", "History-Info", "Reason", "Content-Type", "c", "P-Asserted-Identity", ":", " ", "\t",
        "\r\n", "\n", "\r\n\r\n", ",", ";", '"', "\\", "<", ">", "sip:", "tel:", "@", "%", "%zz", "cause=", "cause=486",
        "cause=٣", "reason=", "no-answer", "Reason=", "?", "multipart/mixed", ";boundary=b", "--b", "--b--", "\udcff",
        "Content-Transfer-Encoding: base64", "010", "+", "=?utf-8?b?///?=", "charset=klingon", "*", "0" * 50,
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40))
def test_shuffled_grammar_never_raises(pieces: list[str]) -> None:
    """Pieces of real headers in any order are read without an exception."""
    assert msgspec.json.encode(read_invite(_START + "".join(pieces)))


@pytest.mark.parametrize(
    ("header", "withheld"),
    [("Privacy: id", True), ("privacy: critical; user", True), ("Privacy: none", False), ("X: id", False)],
)
def test_a_withheld_number_is_marked(header: str, withheld: bool) -> None:
    """RFC 3323: the number that the trusted peer asserts is told, with the caller's wish beside it."""
    invite = read_invite(
        _invite("From: <sip:anonymous@x>", "P-Asserted-Identity: <tel:+82212345678>", header)
    )
    assert invite.withheld is withheld
    assert invite.number == "+82212345678"
