"""The conversation as a pure state machine: ``(state, event) -> (state, effects)``.

What holds in every step is done here, before the step is asked: urgency and the wish for a human are
judged on every text, partial ones too (safety rules 1, 2 and 3 of the design).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from voicebot.dialog.effects import Effect
from voicebot.dialog.events import (
    CalledAgain,
    Event,
    Heard,
    KeyPressed,
    PromptFinished,
    QueueMoved,
    RecogniserFailed,
    SilencePassed,
    TimeLimitReached,
    TransferConnected,
    TransferDelayed,
    TransferFailed,
    UnclearHeard,
)
from voicebot.dialog.model import Dialog
from voicebot.dialog.state import Context, State
from voicebot.dialog.steps.transfer import Transfer
from voicebot.dialog.transition import Transition
from voicebot.understanding import Assessment, Evidence, Understanding, understand
from voicebot.vocabulary.urgency import helped_before

HUMAN_KEY = "0"
MISDIAL = "unclear.misdial"
"""Code of the lexicon for callers who say that they did not mean to call."""


def begin(dialog: Dialog, context: Context | None = None) -> tuple[State, tuple[Effect, ...]]:
    """Answer a call: return the first state and what to say and do first.

    ``context`` tells the load and the time of day; without one there is no load and it is noon.
    """
    context = context or Context()
    overload = dialog.handlers.overload
    first = overload.go if overload and context.load >= overload.at else dialog.start
    transition = Transition(dialog, State(step=first, context=context))
    transition.go(first)
    return transition.state, transition.effects()


def step(dialog: Dialog, state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """Take one event; return the next state and what to do, in order.

    Once a human talks with the caller nothing is done any more, until that human is gone
    (`TransferFailed`). Unfitting events change nothing.
    """
    if state.phase == "connected":
        if not isinstance(event, TransferFailed):
            return state, ()
        state = replace(state, phase="transferring")  # the operator's side is gone: the caller is ours again
    transition = Transition(dialog, state, event.text if isinstance(event, Heard) else "")
    match event:
        case Heard(partial=True):
            _judge_partial(transition, event)
        case Heard():
            _handle_utterance(transition, event)
        case SilencePassed():
            _handle_silence(transition)
        case UnclearHeard():
            _handle_unclear(transition)
        case KeyPressed(key=key):
            _handle_key(transition, key)
        case RecogniserFailed() | TimeLimitReached():
            _handle_bot_ended(transition, event)
        case TransferFailed() | TransferConnected() | TransferDelayed():
            _follow_transfer(transition, event)
        case CalledAgain(known=known):
            _continue_earlier_call(transition, known)
        case QueueMoved() | PromptFinished():
            _remember_queue(transition, event)
    return transition.state, transition.effects()


def _judge_partial(transition: Transition, event: Heard) -> None:
    """Judge an unfinished utterance: it may raise the urgency, it never fills or advances."""
    before = transition.assessment
    heard = understand(
        event.text,
        confidence=event.confidence,
        utterance=transition.state.utterance,
        knowledge=transition.dialog.knowledge,
        partial=True,
    )
    transition.update(silences=0)
    transition.assess(before.raised_by(heard))
    if transition.state.phase == "talking":
        _interrupt(transition, before, heard.wants_human)
    else:
        _rerank(transition, before)


def _handle_utterance(transition: Transition, event: Heard) -> None:
    """Take in a finished utterance and let the step answer it."""
    before = transition.assessment
    heard = understand(
        event.text,
        confidence=event.confidence,
        utterance=transition.state.utterance,
        knowledge=transition.dialog.knowledge,
    )
    transition.update(silences=0, utterance=transition.state.utterance + 1)
    if transition.state.earlier_place and heard.location is not None:
        before = before.without_place()
        transition.update(earlier_place=False)
    transition.assess(transition.current.assessed(before, heard))
    transition.fill_noticed()
    transition.raise_for_answers()
    if transition.state.phase == "transferring":
        transition.current.on_heard(transition, heard)
        _rerank(transition, before)
        return
    if _interrupt(transition, before, heard.wants_human):
        return
    if heard.wants_repeat:
        _repeat(transition)
        return
    if _handled_once(transition, heard):
        return
    transition.update(unclears=0)
    transition.current.on_heard(transition, heard)


def _handled_once(transition: Transition, heard: Understanding) -> bool:
    """Follow the handlers that act once in a call: another language, a wrong number."""
    handlers, state = transition.dialog.handlers, transition.state
    for language, target in handlers.language.items():
        spoken = language == transition.dialog.spoken_in(state.step, state.language)
        patterns = transition.dialog.languages[language].spoken
        if not spoken and f"language:{language}" not in state.handled and says(patterns, transition.text):
            transition.update(handled=(*state.handled, f"language:{language}"), language=language, unclears=0)
            transition.go(target)
            return True
    misdialled = heard.code == MISDIAL and transition.assessment.urgency in ("non_urgent", "unknown")
    if handlers.wrong_number and misdialled and "wrong_number" not in state.handled and not state.reported:
        transition.update(handled=(*state.handled, "wrong_number"), unclears=0)
        transition.go(handlers.wrong_number)
        return True
    return False


def says(patterns: Sequence[str], text: str) -> bool:
    """Say whether one of the patterns is found in the text, in capitals or not."""
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _interrupt(transition: Transition, before: Assessment, wants_human: bool) -> bool:
    """Go to a human when the words demand it, whatever the step; return whether it was so.

    A danger that was known when a transfer failed does not ring again by itself; a new one does.
    """
    now, urgent = transition.assessment, transition.dialog.urgent
    if wants_human:
        transition.to_human("human_requested")
        return True
    first = transition.state.transfers_failed == 0
    red = [flag for flag in urgent.flags if flag in now.flags and (first or flag not in before.flags)]
    if red and now.urgency == "urgent" and urgent.red_flags == "transfer_now":
        transition.to_human("red_flag")
        return True
    risen = now.urgency == "urgent" and (first or before.urgency != "urgent")
    if risen and (urgent.otherwise == "transfer_now" or transition.state.reported):
        transition.to_human("urgent")
        return True
    return False


def _rerank(transition: Transition, before: Assessment) -> None:
    """Move up a caller who waits for a human who tells of something worse."""
    new_flags = set(transition.red_flags()) - set(before.flags)
    if new_flags or helped_before(transition.assessment.urgency, before.urgency):
        transition.rerank()


def _repeat(transition: Transition) -> None:
    """Say the last sentence again; a caller who asks too often is helped by a human."""
    ladder = transition.dialog.unclear(transition.state.step)
    if transition.state.unclears >= len(ladder.prompts):
        transition.go(ladder.then, "unclear")
        return
    transition.update(unclears=transition.state.unclears + 1)
    transition.say_again()


def _handle_silence(transition: Transition) -> None:
    if transition.current.on_silence(transition):
        return
    ladder = transition.dialog.silence(transition.state.step)
    rung = transition.state.silences
    if rung >= len(ladder.prompts):
        transition.update(silences=0)
        transition.go(ladder.then, "silence")
        return
    transition.update(silences=rung + 1)
    transition.say(ladder.prompts[rung])
    transition.listen(transition.current.listening)


def _handle_unclear(transition: Transition) -> None:
    if transition.state.phase == "transferring":
        return
    ladder = transition.dialog.unclear(transition.state.step)
    rung = transition.state.unclears
    if rung >= len(ladder.prompts):
        transition.update(unclears=0)
        transition.go(ladder.then, "unclear")
        return
    transition.update(unclears=rung + 1)
    transition.say(ladder.prompts[rung])
    transition.listen(transition.current.listening)


def _handle_key(transition: Transition, key: str) -> None:
    """Take 0 as the wish for a human, and any key after the offer as: I cannot speak and need help."""
    if transition.state.phase == "transferring":
        transition.current.on_silence(transition)
        return
    own = transition.dialog.keys(transition.state.step)
    if key in own and key != HUMAN_KEY:
        transition.update(silences=0)
        transition.go(own[key])
        return
    keypad = transition.dialog.keypad(transition.state.step)
    if key == HUMAN_KEY and not transition.state.keypad_offered:
        transition.to_human("human_requested")
        return
    if transition.state.keypad_offered:
        cannot_speak = Evidence("keypad/cannot_speak", key, transition.state.utterance, 1.0)
        transition.update(cannot_speak=True)
        transition.assess(transition.assessment.at_least("urgent", cannot_speak))
        transition.go(keypad.then, "cannot_speak")
        return
    transition.update(silences=0)
    transition.say(keypad.offer)
    transition.listen(transition.current.listening)


def _continue_earlier_call(transition: Transition, known: Assessment) -> None:
    """Begin with what an earlier call told; a caller who was urgent then gets a human without being asked."""
    urgent = known.urgency == "urgent"
    transition.update(least_urgency=known.urgency, earlier_place=known.location is not None)
    transition.assess(known if urgent else replace(known, urgency="unknown"))
    if urgent and transition.state.phase == "talking":
        transition.to_human("called_again")


def _handle_bot_ended(transition: Transition, event: RecogniserFailed | TimeLimitReached) -> None:
    if transition.state.phase != "talking":
        return
    if isinstance(event, RecogniserFailed):
        transition.go(transition.dialog.recogniser_failed(transition.state.step), "recogniser_failed")
    else:
        transition.go(transition.dialog.time_limit(transition.state.step), "time_limit")


def _remember_queue(transition: Transition, event: QueueMoved | PromptFinished) -> None:
    """Remember what later prompts tell; nothing is said or done because of it."""
    if isinstance(event, QueueMoved):
        transition.update(queue_position=max(0, event.position), expected_wait_s=event.expected_wait_s)


def _follow_transfer(
    transition: Transition, event: TransferFailed | TransferConnected | TransferDelayed
) -> None:
    """Take news of a transfer; a failure that comes without one changes nothing."""
    match event:
        case TransferConnected():
            transition.update(step=_transfer_step(transition), phase="connected")
        case TransferDelayed():
            transition.dialog.steps[_transfer_step(transition)].on_transfer_delayed(transition)
        case TransferFailed(reason) if transition.state.phase == "transferring":
            transition.current.on_transfer_failed(transition, reason)
        case _:
            pass


def _transfer_step(transition: Transition) -> str:
    """Return the step that looks for a human: the current one, or the one that would be asked.

    A caller who is back with the dialog stays on the waiting list, so that a human may take the call then.
    """
    steps = transition.dialog.steps
    likely = (transition.state.step, transition.dialog.handlers.human, *steps)
    return next(name for name in likely if steps[name].verb == Transfer.verb)
