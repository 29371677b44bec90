"""A SIP message as it came over the wire, taken apart: headers by name, lists, URIs. Pure.

PJSIP hands over the whole message as text. Folded lines, compact names, repeated headers and comma
lists are all legal (RFC 3261 section 7.3); nothing here raises, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
"""RFC 3261 section 7.3.3, and what later RFCs registered with IANA."""
_VALUES_LIMIT = 16
"""Of one header. Chosen: no call passes so many exchanges; it bounds what is told to the core."""
_VALUE_CHARACTERS_LIMIT = 2048
"""Of one value. Chosen for the same reason; the stock PJSIP takes 4000 bytes for a whole message."""
_SURROGATES = re.compile("[\ud800-\udfff]")

Headers = dict[str, list[str]]


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


def first_value(headers: Headers, name: str) -> str:
    """Return the first value of a header, or an empty string."""
    found = headers.get(name)
    return found[0] if found else ""


def list_values(headers: Headers, name: str) -> tuple[str, ...]:
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
