"""Who may call and when this process is full: pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import msgspec

FORBIDDEN = 403
"""RFC 3261 section 21.4.4."""
RETRY_AFTER_S = 5
"""Short on purpose: a PBX may leave us out for so long (RFC 3261 21.5.4)."""


class Refusal(msgspec.Struct, frozen=True):
    """A final answer to an INVITE that the core never sees."""

    code: int
    retry_after_s: int
    why: str


def source_address(source: str) -> IPv4Address | IPv6Address | None:
    """Read ``address:port`` or ``[address]:port`` as PJSIP gives it; None if it is neither."""
    host = source.rsplit(":", 1)[0] if source.count(":") == 1 or "]" in source else source
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def caller_limit(legs: int, reserved: int | None) -> int:
    """How many callers ``legs`` can take; ``reserved`` None keeps a leg to an operator for each of them."""
    return max(0, legs // 2 if reserved is None else legs - reserved)


class Admission:
    """Judges each INVITE before the core hears of it."""

    def __init__(self, allow_from: Sequence[str], caller_limit: int) -> None:
        """``allow_from`` are IP networks; raises ValueError on anything else."""
        self._networks = tuple(ip_network(network, strict=False) for network in allow_from)
        self._caller_limit = caller_limit

    def knows(self, source: str) -> bool:
        """Whether packets from ``source`` may do anything at all."""
        address = source_address(source)
        return address is not None and any(address in network for network in self._networks)

    def judge(self, source: str, *, callers: int, core_present: bool, retiring: bool) -> Refusal | None:
        """Return why the call cannot be taken now, or None to offer it to the core."""
        if not self.knows(source):
            return Refusal(FORBIDDEN, 0, "unknown source")
        if retiring:
            return Refusal(503, RETRY_AFTER_S, "retiring")
        if not core_present:
            return Refusal(503, RETRY_AFTER_S, "no core")
        if callers >= self._caller_limit:
            return Refusal(503, RETRY_AFTER_S, "full")
        return None
