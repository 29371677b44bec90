"""A first look at a request, before PJSIP's transaction layer sees it: pure."""

from __future__ import annotations

import re

import msgspec

from voicebot.sip.rules.message import first_value, read_headers, split_message

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_TAG = re.compile(r";\s*tag\s*=\s*[^\s;,=\"]+")


class RequestHead(msgspec.Struct, frozen=True):
    """What decides whether a request may go on."""

    method: str
    call_id: str
    in_sip_dialog: bool
    """The To header has a tag, beyond doubt: two To headers or an odd one count as none."""


def read_request_head(packet: bytes) -> RequestHead:
    """Read a request; never raises."""
    head, _body = split_message(packet.partition(b"\0")[0].decode("utf-8", "replace"))
    headers = read_headers(head)
    receivers = headers.get("to", [])
    return RequestHead(
        method=head[:32].split(" ", 1)[0],
        call_id=first_value(headers, "call-id"),
        in_sip_dialog=len(receivers) == 1 and _has_tag(receivers[0]),
    )


def _has_tag(value: str) -> bool:
    bare = _QUOTED.sub("", value)
    _address, bracket, parameters = bare.rpartition(">")
    return _TAG.search(parameters if bracket else bare) is not None
