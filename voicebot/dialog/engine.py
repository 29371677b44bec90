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
from voicebot.dialog.transition import Turn
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
    turn = Turn(dialog, State(step=first, context=context))
    turn.go(first)
    return turn.state, turn.effects()


def step(dialog: Dialog, state: State, event: Event) -> tuple[State, tuple[Effect, ...]]:
    """Take one event; return the next state and what to do, in order.

    Once a human talks with the caller nothing is done any more, until that human is gone
    (`TransferFailed`). Unfitting events change nothing.
    """
    if state.phase == "connected":
        if not isinstance(event, TransferFailed):
            return state, ()
        state = replace(state, phase="transferring")  # the operator's side is gone: the caller is ours again
    turn = Turn(dialog, state, event.text if isinstance(event, Heard) else "")
    match event:
        case Heard(partial=True):
            _overhear(turn, event)
        case Heard():
            _hear(turn, event)
        case SilencePassed():
            _endure_silence(turn)
        case UnclearHeard():
            _miss(turn)
        case KeyPressed(key=key):
            _take_key(turn, key)
        case RecogniserFailed() | TimeLimitReached():
            _leave(turn, event)
        case TransferFailed() | TransferConnected() | TransferDelayed():
            _follow_transfer(turn, event)
        case CalledAgain(known=known):
            _go_on(turn, known)
        case QueueMoved() | PromptFinished():
            _keep(turn, event)
    return turn.state, turn.effects()


def _overhear(turn: Turn, event: Heard) -> None:
    """Judge an unfinished utterance: it may raise the urgency, it never fills or advances."""
    before = turn.assessment
    heard = understand(
        event.text,
        confidence=event.confidence,
        utterance=turn.state.utterance,
        knowledge=turn.dialog.knowledge,
        partial=True,
    )
    turn.update(silences=0)
    turn.assess(before.raised_by(heard))
    if turn.state.phase == "talking":
        _interrupt(turn, before, heard.wants_human)
    else:
        _rerank(turn, before)


def _hear(turn: Turn, event: Heard) -> None:
    """Take in a finished utterance and let the step answer it."""
    before = turn.assessment
    heard = understand(
        event.text,
        confidence=event.confidence,
        utterance=turn.state.utterance,
        knowledge=turn.dialog.knowledge,
    )
    turn.update(silences=0, utterance=turn.state.utterance + 1)
    if turn.state.earlier_place and heard.location is not None:
        before = before.without_place()
        turn.update(earlier_place=False)
    turn.assess(turn.current.taken(before, heard))
    turn.notice()
    turn.weigh()
    if turn.state.phase == "transferring":
        turn.current.heard(turn, heard)
        _rerank(turn, before)
        return
    if _interrupt(turn, before, heard.wants_human):
        return
    if heard.wants_repeat:
        _repeat(turn)
        return
    if _handled_once(turn, heard):
        return
    turn.update(unclears=0)
    turn.current.heard(turn, heard)


def _handled_once(turn: Turn, heard: Understanding) -> bool:
    """Follow the handlers that act once in a call: another language, a wrong number."""
    handlers, state = turn.dialog.handlers, turn.state
    for language, target in handlers.language.items():
        spoken = language == turn.dialog.spoken_in(state.step, state.language)
        patterns = turn.dialog.languages[language].spoken
        if not spoken and f"language:{language}" not in state.handled and says(patterns, turn.text):
            turn.update(handled=(*state.handled, f"language:{language}"), language=language, unclears=0)
            turn.go(target)
            return True
    misdialled = heard.code == MISDIAL and turn.assessment.urgency in ("non_urgent", "unknown")
    if handlers.wrong_number and misdialled and "wrong_number" not in state.handled and not state.reported:
        turn.update(handled=(*state.handled, "wrong_number"), unclears=0)
        turn.go(handlers.wrong_number)
        return True
    return False


def says(patterns: Sequence[str], text: str) -> bool:
    """Say whether one of the patterns is found in the text, in capitals or not."""
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def _interrupt(turn: Turn, before: Assessment, wants_human: bool) -> bool:
    """Go to a human when the words demand it, whatever the step; return whether it was so.

    A danger that was known when a transfer failed does not ring again by itself; a new one does.
    """
    now, urgent = turn.assessment, turn.dialog.urgent
    if wants_human:
        turn.to_human("human_requested")
        return True
    first = turn.state.transfers_failed == 0
    red = [flag for flag in urgent.flags if flag in now.flags and (first or flag not in before.flags)]
    if red and now.urgency == "urgent" and urgent.red_flags == "transfer_now":
        turn.to_human("red_flag")
        return True
    risen = now.urgency == "urgent" and (first or before.urgency != "urgent")
    if risen and (urgent.otherwise == "transfer_now" or turn.state.reported):
        turn.to_human("urgent")
        return True
    return False


def _rerank(turn: Turn, before: Assessment) -> None:
    """Move up a caller who waits for a human when he tells of something worse."""
    new_flags = set(turn.red_flags()) - set(before.flags)
    if new_flags or helped_before(turn.assessment.urgency, before.urgency):
        turn.rerank()


def _repeat(turn: Turn) -> None:
    """Say the last sentence again; a caller who asks too often is helped by a human."""
    ladder = turn.dialog.unclear(turn.state.step)
    if turn.state.unclears >= len(ladder.prompts):
        turn.go(ladder.then, "unclear")
        return
    turn.update(unclears=turn.state.unclears + 1)
    turn.say_again()


def _endure_silence(turn: Turn) -> None:
    if turn.current.silent(turn):
        return
    ladder = turn.dialog.silence(turn.state.step)
    rung = turn.state.silences
    if rung >= len(ladder.prompts):
        turn.update(silences=0)
        turn.go(ladder.then, "silence")
        return
    turn.update(silences=rung + 1)
    turn.say(ladder.prompts[rung])
    turn.listen(turn.current.listening)


def _miss(turn: Turn) -> None:
    if turn.state.phase == "transferring":
        return
    ladder = turn.dialog.unclear(turn.state.step)
    rung = turn.state.unclears
    if rung >= len(ladder.prompts):
        turn.update(unclears=0)
        turn.go(ladder.then, "unclear")
        return
    turn.update(unclears=rung + 1)
    turn.say(ladder.prompts[rung])
    turn.listen(turn.current.listening)


def _take_key(turn: Turn, key: str) -> None:
    """Take 0 as the wish for a human, and any key after the offer as: I cannot speak and need help."""
    if turn.state.phase == "transferring":
        turn.current.silent(turn)
        return
    own = turn.dialog.keys(turn.state.step)
    if key in own and key != HUMAN_KEY:
        turn.update(silences=0)
        turn.go(own[key])
        return
    keypad = turn.dialog.keypad(turn.state.step)
    if key == HUMAN_KEY and not turn.state.keypad_offered:
        turn.to_human("human_requested")
        return
    if turn.state.keypad_offered:
        cannot_speak = Evidence("keypad/cannot_speak", key, turn.state.utterance, 1.0)
        turn.update(cannot_speak=True)
        turn.assess(turn.assessment.at_least("urgent", cannot_speak))
        turn.go(keypad.then, "cannot_speak")
        return
    turn.update(silences=0)
    turn.say(keypad.offer)
    turn.listen(turn.current.listening)


def _go_on(turn: Turn, known: Assessment) -> None:
    """Begin with what an earlier call told; a caller who was urgent then gets a human without being asked."""
    urgent = known.urgency == "urgent"
    turn.update(least=known.urgency, earlier_place=known.location is not None)
    turn.assess(known if urgent else replace(known, urgency="unknown"))
    if urgent and turn.state.phase == "talking":
        turn.to_human("called_again")


def _leave(turn: Turn, event: RecogniserFailed | TimeLimitReached) -> None:
    if turn.state.phase != "talking":
        return
    if isinstance(event, RecogniserFailed):
        turn.go(turn.dialog.recogniser_failed(turn.state.step), "recogniser_failed")
    else:
        turn.go(turn.dialog.time_limit(turn.state.step), "time_limit")


def _keep(turn: Turn, event: QueueMoved | PromptFinished) -> None:
    """Remember what later prompts tell; nothing is said or done because of it."""
    if isinstance(event, QueueMoved):
        turn.update(queue_position=max(0, event.position), expected_wait_s=event.expected_wait_s)


def _follow_transfer(turn: Turn, event: TransferFailed | TransferConnected | TransferDelayed) -> None:
    """Take news of a transfer; a failure that comes without one changes nothing."""
    match event:
        case TransferConnected():
            turn.update(step=_transfer_step(turn), phase="connected")
        case TransferDelayed():
            turn.dialog.steps[_transfer_step(turn)].delayed(turn)
        case TransferFailed(reason) if turn.state.phase == "transferring":
            turn.current.failed(turn, reason)
        case _:
            pass


def _transfer_step(turn: Turn) -> str:
    """Return the step that looks for a human: the current one, or the one that would be asked.

    A caller who is back with the dialog stays on the waiting list, so that a human may take the call then.
    """
    steps = turn.dialog.steps
    likely = (turn.state.step, turn.dialog.handlers.human, *steps)
    return next(name for name in likely if steps[name].verb == Transfer.verb)
