"""What the INVITE to an operator's phone tells of the call, besides the caller's number in From.

Nothing of what the caller said travels here, only where it can be read: headers pass through proxies and
their logs. Values that come from the caller's INVITE are cut and cleaned, since a header that cannot be
sent would cost the whole call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from voicebot.vocabulary.urgency import Urgency

Headers = tuple[tuple[str, str], ...]

ESNET_PRIORITY: Mapping[Urgency, int] = {"non_urgent": 0, "potential": 1, "unknown": 3, "urgent": 4}
"""Values of the namespace ``esnet``, 4 is the highest (RFC 7135 section 2); unknown is nearly urgent."""

_IA5_TEXT = "04"
"""Protocol discriminator of user-user information that holds IA5 characters (ITU-T Q.931, 4.5.30)."""
_DIVERSIONS, _DIVERSION_LIMIT = 3, 200
"""The newest tell how the call came here. Headers that grow with each hop would in the end not fit into a UDP
datagram (RFC 3261 18.1.1: 1300 bytes)."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """What is known of the call at its beginning."""

    incident: str
    own_uri: str
    """The URI that the caller has reached: who refers them."""
    number: str | None = None
    """The caller's number; None when it is withheld or not known."""
    diversion: Sequence[str] = ()
    """Diversion headers of the caller's INVITE (RFC 5806), newest first."""
    console_url: str | None = None
    """Where records are read; the incident's id is put behind it."""
    group: str | None = None

    def headers(self, urgency: Urgency) -> Headers:
        """Return the headers of an INVITE to an operator for a call of this ``urgency``."""
        host = _host(self.own_uri)
        found = [
            ("X-Voicebot-Incident", self.incident),
            ("User-to-User", user_to_user(self.incident)),
            ("Referred-By", f"<sip:119@{host}>"),
            ("Resource-Priority", f"esnet.{ESNET_PRIORITY[urgency]}"),
        ]
        if self.group:
            found.append(("X-Voicebot-Group", _clean(self.group)))
        if self.console_url:
            url = self.console_url.rstrip("/") + "/" + quote(self.incident)
            found.append(("Call-Info", f"<{url}>;purpose=info"))
        if self.number:
            found.append(("P-Asserted-Identity", f"<sip:{quote(self.number, safe='+*-')}@{host}>"))
        diversions = [_clean(each) for each in self.diversion if len(each) <= _DIVERSION_LIMIT]
        found += [("Diversion", each) for each in diversions[:_DIVERSIONS] if each]
        return tuple(found)


def user_to_user(incident: str) -> str:
    """Return a User-to-User value (RFC 7433) that holds the incident's id and nothing else."""
    return f"{_IA5_TEXT}{incident.encode().hex()};encoding=hex"


def _clean(value: str) -> str:
    return "".join(char for char in value if char.isascii() and char.isprintable()).strip()


def _host(uri: str) -> str:
    """Return host and port of a SIP URI or name-addr; ``invalid`` when there is none (RFC 2606)."""
    inner = uri.partition("<")[2].partition(">")[0] or uri
    host = inner.partition(":")[2].rpartition("@")[2].partition(";")[0].partition("?")[0]
    return _clean(host) or "anonymous.invalid"
