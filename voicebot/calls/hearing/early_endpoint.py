"""Whether a caller who pauses has said what was asked, so that the turn may end sooner.

The dialog itself is asked, without any effect: where it would go on with this text, the text is enough.
"""

from __future__ import annotations

from voicebot.dialog import Dialog, Heard, State, step
from voicebot.understanding import understand
from voicebot.understanding.normalising import finished_part, normalised

_SHORTEST_MS = 300
"""A pause between words is often as long; not measured."""
_ANSWER, _STATEMENT = 0.5, 0.7
"""Shares of the set silence: after a yes, a no or a call for a human; after all else that is enough
(docs/decisions/0020-recognise-ahead.md). Chosen, not measured."""


def early_endpoint_ms(dialog: Dialog, state: State, heard: Heard, endpoint_ms: int) -> int | None:
    """Return the silence that may end this turn; None when the caller should have all the time.

    A text that ends in the middle of a sentence is never enough.
    """
    words = normalised(heard.text)
    if state.phase != "talking" or not words or finished_part(words) != words:
        return None
    after, _ = step(dialog, state, heard)
    if after.step == state.step:
        return None
    said = understand(
        words, confidence=heard.confidence, utterance=state.utterance, knowledge=dialog.knowledge
    )
    share = _ANSWER if said.answer is not None or said.wants_human else _STATEMENT
    return min(endpoint_ms, max(_SHORTEST_MS, round(endpoint_ms * share)))
