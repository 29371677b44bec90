"""One REFER and what is heard of it (RFC 3515): pure.

A REFER makes a subscription to its own progress (RFC 3515 section 2.4.4). pjsua2 says nothing when a NOTIFY
has no body or the subscription runs out, so it has a limit of its own. Only a 2xx in the message/sipfrag
proves that the party has arrived.
"""

from __future__ import annotations

LIMIT_MS = 20_000
"""As long as an operator's phone may ring by default (`transfer.ring_seconds`): there, people are rung too.
Chosen: longer leaves a caller in silence, shorter takes those away who were about to be answered."""
TIMED_OUT = 408
"""Request Timeout, RFC 3261 section 21.4.9."""


class ReferSubscription:
    """Runs from the REFER to its one final outcome."""

    def __init__(self, started_ms: float) -> None:
        self._started_ms = started_ms
        self.outcome: int | None = None
        """Final status: 200 arrived, 408 nothing heard in time, else why not; None while it runs."""

    def notified(self, code: int, *, final: bool) -> bool:
        """Take the status of a NOTIFY; returns whether it is news (nothing is, after the outcome)."""
        if self.outcome is not None:
            return False
        if code >= 300 or 200 <= code < 300:
            self.outcome = code
        elif final:
            self.outcome = TIMED_OUT
        return True

    def expire(self, line_ms: float) -> bool:
        """End the subscription when its time is over; returns whether that happened now."""
        if self.outcome is not None or line_ms - self._started_ms < LIMIT_MS:
            return False
        self.outcome = TIMED_OUT
        return True

    @property
    def arrived(self) -> bool:
        """Whether the party is proven to have reached the other side."""
        return self.outcome is not None and 200 <= self.outcome < 300
