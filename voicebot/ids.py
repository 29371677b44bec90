"""Identifiers: short, unique, safe in file names, URLs and SIP headers."""

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_call_id() -> str:
    """Return the id of a call, for example ``c7k2m9q4x1``."""
    return "c" + _random(9)


def new_incident_id() -> str:
    """Return the id of an incident record, for example ``i7k2m9q4x1``."""
    return "i" + _random(9)


def new_leg_id(line: int) -> str:
    """Return the id of a leg on line process ``line``; the part before the dot names the line."""
    return f"L{line}.{_random(8)}"


def line_of(leg: str) -> int:
    """Return the number of the line process that owns ``leg``."""
    return int(leg[1 : leg.index(".")])
