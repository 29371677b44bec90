"""Key presses, each told once: pure.

Some phones and gateways send every key twice, as RFC 4733 events and as SIP INFO.
"""

from __future__ import annotations

ECHO_MS = 400
"""Chosen: longer takes a second press of the same key for an echo when the phone changes its method, shorter
counts a late INFO twice; not measured."""
_KEYS = frozenset("0123456789*#ABCD")


class DtmfFilter:
    """Drops the second copy of a press that came by the other method."""

    def __init__(self) -> None:
        self._last: tuple[str, int, float] | None = None

    def press(self, key: str, method: int, line_ms: float) -> str | None:
        """Return the key to report, or None for an echo or something that is no key."""
        key = key.upper()
        if key not in _KEYS:
            return None
        last = self._last
        if last is not None and last[0] == key and last[1] != method and line_ms - last[2] < ECHO_MS:
            return None
        self._last = (key, method, line_ms)
        return key
