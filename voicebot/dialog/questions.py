"""Question sets by type of incident, and safety advice: what to ask and say next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from voicebot.dialog.conditions import When
from voicebot.dialog.yaml_entry import YamlEntry

if TYPE_CHECKING:
    from voicebot.dialog.state import State


class Question(YamlEntry):
    """One question of a set; the most decisive stands first."""

    slot: str
    prompt: str
    skip_if: When | None = None
    """Already answered by what is known."""
    urgent_if: tuple[str, ...] = ()
    """Answers that make the call urgent; ``unknown`` is an answer that was neither yes nor no."""


def keys_of(state: State) -> Iterator[str]:
    """Yield the names that a set for this call may have, the most special first."""
    known = state.assessment
    yield from known.flags
    if known.code:
        yield known.code
    yield known.category


def question_set(sets: Mapping[str, tuple[Question, ...]], state: State) -> tuple[Question, ...]:
    """Return the questions for the incident: those of its danger signs, its type, or its category."""
    return next((sets[key] for key in keys_of(state) if key in sets), ())


def next_question(sets: Mapping[str, tuple[Question, ...]], state: State) -> Question | None:
    """Return the first question whose answer is not known yet."""
    for question in question_set(sets, state):
        if question.slot not in state.slots and not (question.skip_if and question.skip_if.holds(state)):
            return question
    return None


def next_advice(advice: Mapping[str, tuple[str, ...]], state: State) -> str | None:
    """Return the next piece of advice for the incident that was not said yet.

    That of each danger sign comes first, then that of the type, or of the category when the type has none.
    """
    known = state.assessment
    kind = known.code if known.code and known.code in advice else known.category
    for key in (*known.flags, kind):
        for prompt in advice.get(key, ()):
            if prompt not in state.said:
                return prompt
    return None
