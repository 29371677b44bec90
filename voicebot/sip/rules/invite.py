"""Reading of an INVITE as it came over the wire: who calls, and why the call overflowed to us. Pure.

PJSIP hands over the whole message as text. Folded lines, compact names, repeated headers and comma
lists are all legal (RFC 3261 7.3); nothing here raises, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from voicebot.control import Overflow
from voicebot.sip.rules.body_parts import extra_parts
from voicebot.sip.rules.overflow_reason import why_overflowed

_COMPACT = {
    "i": "call-id",
    "f": "from",
    "t": "to",
    "m": "contact",
    "c": "content-type",
    "l": "content-length",
    "e": "content-encoding",
    "v": "via",
    "s": "subject",
    "k": "supported",
    "r": "refer-to",
    "b": "referred-by",
    "x": "session-expires",
    "y": "identity",
}
_VALUES_LIMIT = 16
_VALUE_CHARACTERS_LIMIT = 2048
_SURROGATES = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"\+?[0-9*#]{2,32}")
_PRIVATE = {"id", "user", "header"}
_SEPARATORS = str.maketrans("", "", "-.() ")

Headers = dict[str, list[str]]


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
    """The caller asked for his number not to be shown; the peer, being trusted, may tell it all the same."""


def read_invite(message: str) -> Invite:
    """Read a whole INVITE; what is missing or broken becomes empty or None."""
    head, body = split_message(clean(message))
    headers = read_headers(head)
    overflow = read_overflow(headers, body)
    return Invite(
        sip_call_id=first(headers, "call-id"),
        from_uri=uri_of(first(headers, "from")),
        to_uri=uri_of(first(headers, "to")),
        number=caller_number(headers),
        overflow=overflow,
        supports=tuple(tag.lower() for tag in values(headers, "supported")),
        allows=tuple(method.upper() for method in values(headers, "allow")),
        withheld=is_withheld(headers),
    )


def read_overflow(headers: Headers, body: str) -> Overflow:
    """Collect the headers and body parts that tell about the call's way so far."""
    diversion = values(headers, "diversion")
    history_info = values(headers, "history-info")
    reason = values(headers, "reason")
    return Overflow(
        diversion=diversion,
        history_info=history_info,
        reason=reason,
        call_info=values(headers, "call-info"),
        geolocation=values(headers, "geolocation"),
        user_to_user=first(headers, "user-to-user") or None,
        body_parts=extra_parts(first(headers, "content-type"), body),
        why=why_overflowed(diversion, history_info, reason),
    )


def clean(text: str) -> str:
    """Replace bytes that were not UTF-8 (lone surrogates) so that the text can travel as JSON."""
    return _SURROGATES.sub("\ufffd", text)


def split_message(message: str) -> tuple[str, str]:
    """Return head (start line and headers) and body."""
    ends = [(at, len(mark)) for mark in ("\r\n\r\n", "\n\n") if (at := message.find(mark)) >= 0]
    if not ends:
        return message, ""
    at, length = min(ends)
    return message[:at], message[at + length :]


def read_headers(head: str) -> Headers:
    """Return lower-case long names with all values in order; the start line is left out."""
    headers: Headers = {}
    for line in _unfolded(head):
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon and name:
            headers.setdefault(_COMPACT.get(name, name), []).append(value.strip()[:_VALUE_CHARACTERS_LIMIT])
    return headers


def _unfolded(head: str) -> Iterator[str]:
    current: str | None = None
    for line in re.split(r"\r\n|\n|\r", head)[1:]:
        if line[:1] in (" ", "\t"):
            current = f"{current} {line.strip()}" if current is not None else None
            continue
        if current is not None:
            yield current
        current = line
    if current is not None:
        yield current


def first(headers: Headers, name: str) -> str:
    """Return the first value of a header, or an empty string."""
    found = headers.get(name)
    return found[0] if found else ""


def values(headers: Headers, name: str) -> tuple[str, ...]:
    """Return all values of a comma list, topmost first, however they are spread over lines."""
    found = [part for value in headers.get(name, ()) for part in split_list(value)]
    return tuple(found[:_VALUES_LIMIT])


def split_list(value: str) -> list[str]:
    """Split at commas that are outside of quotes and angle brackets."""
    parts: list[str] = []
    current: list[str] = []
    quoted = escaped = False
    depth = 0
    for character in value:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "<>":
            depth = max(0, depth + (1 if character == "<" else -1))
        elif character == "," and depth == 0:
            parts.append("".join(current).strip())
            current = []
            continue
        current.append(character)
    parts.append("".join(current).strip())
    return [part for part in parts if part]


def uri_of(value: str) -> str:
    """Return the URI of a name-addr or addr-spec (RFC 3261 25.1) without the header's own parameters."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", value)
    inside = re.search(r"<([^>]*)>", bare)
    return inside.group(1).strip() if inside else bare.partition(";")[0].strip()


def caller_number(headers: Headers) -> str | None:
    """Return the caller's number: P-Asserted-Identity (RFC 3325, the peer is trusted), else From."""
    for value in (*values(headers, "p-asserted-identity"), first(headers, "from")):
        number = number_of(uri_of(value))
        if number is not None:
            return number
    return None


def is_withheld(headers: Headers) -> bool:
    """Say whether the caller's identity is to be kept private (RFC 3323 4.2, RFC 3325 9.3)."""
    asked = {part.strip().lower() for value in headers.get("privacy", ()) for part in re.split("[;,]", value)}
    return bool(asked & _PRIVATE)


def number_of(uri: str) -> str | None:
    """Return the telephone number of a tel:, sip: or sips: URI, or None when its user is no number."""
    scheme, colon, rest = uri.partition(":")
    if not colon or scheme.lower() not in ("sip", "sips", "tel"):
        return None
    if scheme.lower() != "tel":
        user, at, _host = rest.rpartition("@")
        if not at:
            return None
        rest = user.partition(":")[0]
    number = unquote(rest.partition(";")[0]).translate(_SEPARATORS)
    return number if _NUMBER.fullmatch(number) else None
