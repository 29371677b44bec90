"""The dead-man's switch: what a line process does with its callers when the core is gone. Pure.

`CoreWatch` tells whether the core is there. A `Rescue` is one caller's way out: the prompt, then a
REFER to the fallback, and again, until the caller is somewhere else. It never ends in a hang-up.
"""

from __future__ import annotations

from enum import Enum

RETRY_MS = 10_000
"""Chosen: longer leaves a caller with nobody, shorter asks a PBX that is busy itself too often."""
PROMPT_GRACE_MS = 2_000
"""A prompt that cannot be heard (the party holds us) delays the REFER by no more than this. Chosen."""


class CoreWatch:
    """Counts the time since the last sign of life of the core."""

    def __init__(self, limit_ms: int) -> None:
        """``limit_ms``: the silence after which the core counts as gone, `control.CORE_SILENCE_LIMIT_MS`."""
        self._limit_ms = limit_ms
        self._heard_at_ms: float | None = None

    def heard(self, line_ms: float) -> None:
        """Note a connection, a heartbeat or any other command."""
        self._heard_at_ms = line_ms

    def present(self, line_ms: float) -> bool:
        """Whether the core spoke within the limit; False until it first did."""
        return self._heard_at_ms is not None and line_ms - self._heard_at_ms < self._limit_ms


class RescueStep(Enum):
    """What to do next for a caller."""

    PROMPT = "prompt"
    LOOP_PROMPT = "loop_prompt"
    REFER = "refer"


class Rescue:
    """One caller's rescue; `step` is asked every poll."""

    def __init__(self, prompt_ms: int, *, has_fallback: bool) -> None:
        """``prompt_ms`` 0 means that there is no prompt to play."""
        self._prompt_ms = prompt_ms
        self._has_fallback = has_fallback
        self._prompted_at_ms: float | None = None
        self._referred_at_ms: float | None = None
        self._prompt_due = True

    def step(self, line_ms: float, *, prompt_done: bool, referring: bool) -> RescueStep | None:
        """Return the next thing to do, once.

        ``prompt_done``: the prompt was heard to its end; ``referring``: a REFER is under way.
        """
        if not self._has_fallback:
            if self._prompted_at_ms is not None or not self._prompt_ms:
                return None
            self._prompted_at_ms = line_ms
            return RescueStep.LOOP_PROMPT
        if referring:
            return None
        if self._prompt_due:
            self._prompt_due = False
            self._prompted_at_ms = line_ms
            if self._prompt_ms:
                return RescueStep.PROMPT
        heard = prompt_done or line_ms - (self._prompted_at_ms or 0.0) >= self._prompt_ms + PROMPT_GRACE_MS
        if self._referred_at_ms is None:
            if heard or not self._prompt_ms:
                self._referred_at_ms = line_ms
                return RescueStep.REFER
            return None
        if line_ms - self._referred_at_ms >= RETRY_MS:
            self._referred_at_ms = line_ms
            return RescueStep.REFER
        if self._prompt_ms and prompt_done:
            self._prompted_at_ms = line_ms
            return RescueStep.PROMPT
        return None
