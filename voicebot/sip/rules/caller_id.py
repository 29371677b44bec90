"""Who an operator's phone shows as calling: the caller rather than us. Pure."""

from __future__ import annotations

from urllib.parse import quote

_NAME_LIMIT, _NUMBER_LIMIT = 64, 32


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
