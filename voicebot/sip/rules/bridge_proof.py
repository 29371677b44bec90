"""When two bridged parties are known to hear each other: pure.

A bridge that was asked for proves nothing: media may be on hold, or lost on the way. RTP counters do:
since the bridge, packets came from both parties and went to both.
"""

from __future__ import annotations

ENOUGH_PACKETS = 5
"""100 ms of audio at 20 ms a packet. Chosen: a single one may be a stray, more of them delay the news."""

Packets = tuple[int, int]
"""RTP packets of a party, received and sent."""


class BridgeProof:
    """Counts from the moment of the bridge."""

    def __init__(self, one: Packets, other: Packets) -> None:
        self._before = [one, other]

    def proven(self, one: Packets, other: Packets) -> bool:
        """Whether enough packets have passed; a counter that fell (a re-INVITE) counts from there."""
        enough = True
        for index, (before, now) in enumerate(zip(self._before, (one, other), strict=True)):
            self._before[index] = (min(before[0], now[0]), min(before[1], now[1]))
            came, went = now[0] - self._before[index][0], now[1] - self._before[index][1]
            enough = enough and came >= ENOUGH_PACKETS and went >= ENOUGH_PACKETS
        return enough
