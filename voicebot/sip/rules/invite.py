"""What an INVITE says: who calls, and why the call overflowed to us. Pure; nothing here raises."""

from __future__ import annotations

import msgspec

from voicebot.control import Overflow
from voicebot.sip.rules.body_parts import extra_parts
from voicebot.sip.rules.caller_id import caller_number, is_withheld
from voicebot.sip.rules.message import (
    Headers,
    clean,
    first_value,
    list_values,
    read_headers,
    split_message,
    uri_of,
)
from voicebot.sip.rules.overflow_reason import why_overflowed


class Invite(msgspec.Struct, frozen=True):
    """What the core is told about a new call."""

    sip_call_id: str
    from_uri: str
    to_uri: str
    number: str | None
    overflow: Overflow
    supports: tuple[str, ...] = ()
    allows: tuple[str, ...] = ()
    withheld: bool = False
    """Privacy was asked for (RFC 3323); the peer, being trusted, may tell the number all the same."""


def read_invite(message: str) -> Invite:
    """Read a whole INVITE; what is missing or broken becomes empty or None."""
    head, body = split_message(clean(message))
    headers = read_headers(head)
    overflow = read_overflow(headers, body)
    return Invite(
        sip_call_id=first_value(headers, "call-id"),
        from_uri=uri_of(first_value(headers, "from")),
        to_uri=uri_of(first_value(headers, "to")),
        number=caller_number(headers),
        overflow=overflow,
        supports=tuple(tag.lower() for tag in list_values(headers, "supported")),
        allows=tuple(method.upper() for method in list_values(headers, "allow")),
        withheld=is_withheld(headers),
    )


def read_overflow(headers: Headers, body: str) -> Overflow:
    """Collect the headers and body parts that tell about the call's way so far."""
    diversion = list_values(headers, "diversion")
    history_info = list_values(headers, "history-info")
    reason = list_values(headers, "reason")
    return Overflow(
        diversion=diversion,
        history_info=history_info,
        reason=reason,
        call_info=list_values(headers, "call-info"),
        geolocation=list_values(headers, "geolocation"),
        user_to_user=first_value(headers, "user-to-user") or None,
        body_parts=extra_parts(first_value(headers, "content-type"), body),
        why=why_overflowed(diversion, history_info, reason),
    )
