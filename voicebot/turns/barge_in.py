"""Barge-in: the party speaks while we do. Suspected, then confirmed by words or dismissed. Pure.

Speech that begins while we speak makes us pause at once; words make us stop for good; a cough, noise or
a mere "네" lets us go on where we stopped. It runs on media time, so a party that makes noise without an
end is waited for only so long.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

SUSPECT_MS = 160
"""Speech over ours, after the detector's own onset, until we pause. Chosen: longer talks on over people,
shorter falls silent at each cough; of coughs and noises at most 1 % end ours (docs/performance.md)."""
PATIENCE_MS = 1300
"""How long we pause for words; then we go on, and stop only for words. Chosen: the first partial is due after
1000 ms and takes its decoding; longer, and noise would hold up our sentences."""

_BACKCHANNELS = frozenset(
    {
        *(
            "네",
            "네네",
            "네에",
            "예",
            "예예",
            "응",
            "응응",
            "음",
            "으음",
            "어",
            "어어",
            "아",
            "아아",
            "에",
            "흠",
            "하",
        ),
        *(
            "그래요",
            "그렇죠",
            "그러네요",
            "아하",
            "yes",
            "yeah",
            "ok",
            "okay",
            "uh",
            "um",
            "hm",
            "mhm",
            "right",
        ),
    }
)
"""What listeners say to show that they listen."""


class Effect(Enum):
    """What our voice has to do."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


class Phase(Enum):
    """What we think of the speech over ours."""

    QUIET = "quiet"
    OVERLAPPED = "overlapped"
    """Somebody speaks over us, too short to tell."""
    SUSPECTED = "suspected"
    DISMISSED = "dismissed"
    """It goes on, but there were no words in time."""


@dataclass(frozen=True, slots=True)
class BargeIn:
    """Where a barge-in stands; ``phase_ms`` is how long its phase has lasted."""

    phase: Phase = Phase.QUIET
    phase_ms: int = 0
    was_speaking: bool = False
    """The party spoke in the window before, over us or not."""


def has_words(text: str) -> bool:
    """Whether a text says anything beyond "I am listening"."""
    return any(word.strip(".,!?~…").lower() not in _BACKCHANNELS for word in text.split())


def advanced(
    state: BargeIn, elapsed_ms: int, *, speaking: bool, playing: bool
) -> tuple[BargeIn, Effect | None]:
    """Let media time pass; ``playing`` says that a sentence that may be interrupted is on the line.

    Speech that had begun before our sentence does is no barge-in: it is stopped by words alone.
    """
    began = speaking and not state.was_speaking
    state = replace(state, was_speaking=speaking, phase_ms=state.phase_ms + elapsed_ms)
    match state.phase:
        case Phase.QUIET if began and playing:
            return replace(state, phase=Phase.OVERLAPPED, phase_ms=elapsed_ms), None
        case Phase.OVERLAPPED if not speaking:
            return replace(state, phase=Phase.QUIET), None
        case Phase.OVERLAPPED if state.phase_ms >= SUSPECT_MS:
            return replace(state, phase=Phase.SUSPECTED, phase_ms=0), Effect.PAUSE
        case Phase.SUSPECTED if state.phase_ms >= PATIENCE_MS:
            return replace(state, phase=Phase.DISMISSED, phase_ms=0), Effect.RESUME
        case Phase.DISMISSED if not speaking:
            return replace(state, phase=Phase.QUIET), None
        case _:
            return state, None


def heard(state: BargeIn, text: str, *, over: bool) -> tuple[BargeIn, Effect | None]:
    """Take what the party has said so far; ``over`` says that it pauses or has ended.

    Words always stop us. Without words the end of the speech lets us go on; so long as it lasts we wait.
    """
    if has_words(text):
        return replace(state, phase=Phase.QUIET, phase_ms=0), Effect.CANCEL
    if over and state.phase is Phase.SUSPECTED:
        return replace(state, phase=Phase.DISMISSED, phase_ms=0), Effect.RESUME
    return state, None
