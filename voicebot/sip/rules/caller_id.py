"""Who calls: the number that an INVITE tells, and what an operator's phone shows of it. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from voicebot.sip.rules.message import Headers, first_value, list_values, uri_of

_NUMBER = re.compile(r"\+?[0-9*#]{2,32}")
_SEPARATORS = str.maketrans("", "", "-.() ")
"""Visual separators of a tel URI (RFC 3966 section 5.1.1), and the blank that some write."""
_PRIVATE = {"id", "user", "header"}
_NAME_LIMIT, _NUMBER_LIMIT = 64, 32
"""In characters. Chosen: more is cut, so that both fit into a request of 4000 bytes (stock PJSIP)."""


def caller_number(headers: Headers) -> str | None:
    """Return the caller's number: P-Asserted-Identity (RFC 3325, the peer is trusted), else From."""
    for value in (*list_values(headers, "p-asserted-identity"), first_value(headers, "from")):
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


def local_identity(own_uri: str, name: str, number: str | None) -> str:
    """Return the From of a dialled leg as a name-addr (RFC 3261 section 25.1).

    ``number`` takes the place of the user in ``own_uri``, so that answers still come to us; None keeps the
    user. What a display name may not hold is left out.
    """
    shown = "".join(c for c in name if c.isprintable() and c not in '"\\')[:_NAME_LIMIT]
    user, host = own_uri.removeprefix("sip:").split("@", 1)
    if number is not None:
        user = quote(number[:_NUMBER_LIMIT], safe="+*-")
    return (f'"{shown}" ' if shown else "") + f"<sip:{user}@{host}>"
