"""What the INVITE says about the caller's place, set beside the caller's words in the record."""

from __future__ import annotations

from voicebot.control import Overflow
from voicebot.incidents import NetworkLocation
from voicebot.understanding import Location, civic_location, compare_places, find_fix
from voicebot.understanding.places.gazetteer import Gazetteer


class NetworkFix:
    """The location of one INVITE (RFC 6442): a PIDF-LO body by value, or the URI of one by reference."""

    def __init__(self, overflow: Overflow, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._fix = find_fix(overflow.body_parts)
        uris = [value.partition(">")[0].strip().lstrip("<") for value in overflow.geolocation]
        self._reference = next((uri for uri in uris if not uri.lower().startswith("cid:")), None)

    def beside(self, said: Location | None) -> NetworkLocation | None:
        """Return the fix and how it agrees with what was said; None when the INVITE told no location."""
        if self._fix is None:
            return NetworkLocation(reference=self._reference) if self._reference else None
        fix = self._fix
        address = civic_location(fix)
        both = compare_places(said, fix, self._gazetteer)
        return NetworkLocation(
            lat=fix.lat,
            lon=fix.lon,
            uncertainty_m=fix.uncertainty_m,
            method=fix.method,
            at=fix.at,
            address=address.spoken() if address else None,
            near_gu=both.fix_gu,
            near_dong=both.fix_dong,
            apart_m=both.apart_m,
            conflict=both.conflict,
            reference=self._reference,
        )
