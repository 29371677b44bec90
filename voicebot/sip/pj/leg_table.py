"""All legs of the process and the pjsua2 calls behind them, living and just ended. Polling thread only."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.sip.pj.call import GuardedCall
from voicebot.sip.pj.leg import Leg


class LegTable:
    """Hands out slots and destroys what has ended."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._legs: dict[str, Leg] = {}
        self._calls: list[GuardedCall] = []

    def __iter__(self) -> Iterator[Leg]:
        """Go over all legs whose slot is not free yet; safe while legs come and go."""
        return iter(tuple(self._legs.values()))

    def __len__(self) -> int:
        return len(self._legs)

    def get(self, leg_id: str) -> Leg | None:
        """Return a leg that has not ended, or None."""
        leg = self._legs.get(leg_id)
        return leg if leg is not None and leg.ended is None else None

    def callers(self) -> int:
        """How many callers are on the line."""
        return sum(not leg.dialled and leg.ended is None for leg in self._legs.values())

    def free_slot(self) -> int | None:
        """Return the lowest free slot, or None."""
        taken = {leg.slot for leg in self._legs.values()}
        return next((slot for slot in range(self._slots) if slot not in taken), None)

    def add(self, leg: Leg) -> None:
        """Keep ``leg`` (and its call) until it has ended."""
        self._legs[leg.id] = leg
        self._calls.append(leg.call)

    def keep(self, call: GuardedCall) -> None:
        """Keep a call without a leg, one that is being refused."""
        self._calls.append(call)

    def reap(self) -> None:
        """Release ended legs and destroy ended calls; outside of callbacks only.

        Destroying a pjsua2 Call hangs up whatever has its id by then, and pjsua gives ids out again
        at once. So an ended call waits until nobody living has its id.
        """
        for leg in [leg for leg in self._legs.values() if leg.ended is not None]:
            del self._legs[leg.id]
            leg.release()
        ended = [call for call in self._calls if call.ended]
        if not ended:
            return
        living = {call.getId() for call in self._calls if not call.ended}
        for call in ended:
            if call.getId() not in living and not call.isActive():
                self._calls.remove(call)
                call.destroy()

    def __bool__(self) -> bool:
        return bool(self._legs) or bool(self._calls)
