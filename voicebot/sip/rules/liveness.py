"""Whether an operator's phone is still there, judged by its audio: pure.

A phone that loses power sends no BYE. Its RTP stops, but so does that of a phone which suppresses silence;
so the end of RTP only asks a question inside the SIP dialog, and the missing answer ends the leg.
"""

from __future__ import annotations

from enum import Enum

SILENT_MS = 3_000
"""No packet for so long is suspicious. Chosen: shorter asks a living phone at every hiccup of its network,
longer leaves a caller talking into nothing (docs/decisions/0023)."""
ANSWER_MS = 3_000
"""A living phone answers within this; PJSIP repeats the question after 0.5 and 1.5 s (timer E, RFC 3261
section 17.1.2.2), so two packets may be lost."""
REPEAT_MS = 10_000
"""A phone that lives without sending audio is asked again after this. Chosen: a mute operator is asked six
times a minute at most."""


class Verdict(Enum):
    """What to do about the party."""

    FINE = "fine"
    ASK = "ask"
    GONE = "gone"


class Liveness:
    """Watches one leg's count of received packets."""

    def __init__(self) -> None:
        self._packets = -1
        self._due_ms = 0.0
        self._asked = False

    def judge(self, packets: int, line_ms: float, *, expected: bool) -> Verdict:
        """Judge; ``expected`` is False while the party may rightly send nothing (hold)."""
        if packets != self._packets or not expected:
            self._packets, self._due_ms, self._asked = packets, line_ms + SILENT_MS, False
            return Verdict.FINE
        if line_ms < self._due_ms:
            return Verdict.FINE
        if self._asked:
            return Verdict.GONE
        self._due_ms, self._asked = line_ms + ANSWER_MS, True
        return Verdict.ASK

    def answered(self, line_ms: float) -> None:
        """Take any answer to the question: the party lives."""
        self._due_ms, self._asked = line_ms + REPEAT_MS, False
