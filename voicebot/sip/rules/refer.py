"""One REFER and what is heard of it (RFC 3515): pure.

pjsua2 says nothing when a NOTIFY has no body or the subscription runs out, so the transfer has its
own limit. Only a 2xx in the message/sipfrag proves that the party has arrived.
"""

from __future__ import annotations

LIMIT_MS = 20_000
TIMED_OUT = 408


class Transfer:
    """Runs from the REFER to its one final outcome."""

    def __init__(self, started_ms: float) -> None:
        self._started_ms = started_ms
        self.outcome: int | None = None
        """Final status: 200 arrived, 408 nothing heard in time, else why not; None while it runs."""

    def progress(self, code: int, *, final: bool) -> bool:
        """Take a status; returns whether it is news (nothing is, after the outcome)."""
        if self.outcome is not None:
            return False
        if code >= 300 or 200 <= code < 300:
            self.outcome = code
        elif final:
            self.outcome = TIMED_OUT
        return True

    def expire(self, now_ms: float) -> bool:
        """Close the transfer when its time is over; returns whether that happened now."""
        if self.outcome is not None or now_ms - self._started_ms < LIMIT_MS:
            return False
        self.outcome = TIMED_OUT
        return True

    @property
    def arrived(self) -> bool:
        """Whether the party is proven to have reached the other side."""
        return self.outcome is not None and 200 <= self.outcome < 300
