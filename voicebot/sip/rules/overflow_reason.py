"""Why a call was sent on to us, in one word, from what the exchanges on its way wrote. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

UNKNOWN = "unknown"

_DIVERSION_WORDS = {
    "no-answer": "no_answer",
    "user-busy": "busy",
    "unavailable": "unavailable",
    "out-of-service": "unavailable",
    "do-not-disturb": "unavailable",
    "away": "unavailable",
    "unconditional": "unconditional",
    "follow-me": "unconditional",
    "deflection": "deflection",
    "time-of-day": "time_of_day",
}
"""RFC 5806 section 4."""

_SIP_CAUSES = {
    302: "unconditional",
    404: "unavailable",
    408: "no_answer",
    480: "deflection",
    486: "busy",
    487: "deflection",
    503: "unavailable",
    600: "busy",
}
"""RFC 4458 section 2.1: the cause parameter of a retargeted URI."""

_REASON_SIP_CAUSES = {**_SIP_CAUSES, 480: "unavailable", 487: "no_answer"}
"""In a Reason header the code is the failed leg's own answer: 480 is 'temporarily unavailable'."""

_Q850_CAUSES = {
    17: "busy",
    18: "no_answer",
    19: "no_answer",
    20: "unavailable",
    27: "unavailable",
    31: "unavailable",
    34: "unavailable",
    38: "unavailable",
    41: "unavailable",
    42: "unavailable",
    44: "unavailable",
}
"""ITU-T Q.850 table 1."""

_CAUSE = re.compile(r"cause\s*=\s*\"?([0-9]{1,3})", re.IGNORECASE | re.ASCII)
_DIVERSION_REASON = re.compile(r";\s*reason\s*=\s*\"?([A-Za-z-]+)", re.IGNORECASE)


def why_overflowed(diversion: Sequence[str], history_info: Sequence[str], reason: Sequence[str]) -> str:
    """Return the word for the most recent redirection that says anything, or "unknown".

    Diversion is read from the top (most recent first), History-Info from the end (RFC 7044 keeps it
    in order of time), then Reason.
    """
    for value in diversion:
        found = _DIVERSION_REASON.search(value)
        word = _DIVERSION_WORDS.get(found.group(1).lower()) if found else None
        if word:
            return word
    for value in reversed(history_info):
        word = _history_word(value)
        if word:
            return word
    for value in reason:
        word = _reason_word(value)
        if word:
            return word
    return UNKNOWN


def _history_word(value: str) -> str | None:
    plain = unquote(value)
    embedded = re.search(r"[?&]reason=(.*)", plain, re.IGNORECASE | re.DOTALL)
    if embedded:
        word = _reason_word(embedded.group(1))
        if word:
            return word
    found = _CAUSE.search(plain)
    return _SIP_CAUSES.get(int(found.group(1))) if found else None


def _reason_word(value: str) -> str | None:
    found = _CAUSE.search(value)
    if found is None:
        return None
    isdn = value.lstrip().upper().startswith("Q.850")
    return (_Q850_CAUSES if isdn else _REASON_SIP_CAUSES).get(int(found.group(1)))
