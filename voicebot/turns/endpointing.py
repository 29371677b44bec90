"""When a party speaks and when the utterance is over: a pure machine over speech probabilities.

One step takes the probability of one 32 ms window. Speech begins after ``onset_ms`` of windows at or
above ``onset_probability``; windows below ``release_probability`` count as silence, speech goes on at the
first again, and those between keep whatever was (hysteresis, as in Silero's own post-processing). Both
rise with the surest window of the utterance: after somebody who is clearly heard, voices or music in the
background are silence, while a whisper has no higher mark to reach than the onset. After ``speculate_ms``
of silence the utterance is probably over and may be recognised ahead of time; it ends after
``endpoint_ms`` of silence (less when `with_early_endpoint` says that what was said is whole), or is cut at
``max_utterance_ms`` so that nobody can speak longer than what the recogniser can take; the next
window then begins a new utterance, nothing is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

WINDOW_MS = 32
"""Of Silero VAD: 256 samples at 8 kHz (`voicebot.speech.detector`)."""


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """How long speech and silence must last; all times in milliseconds of media."""

    onset_probability: float = 0.5
    release_probability: float = 0.35
    """Silero's own ``threshold``, and what its ``get_speech_timestamps`` makes of it for the end."""
    release_share: float = 0.65
    resume_share: float = 0.8
    """Of the surest window so far: what is below the first is silence, what reaches the second speech. They
    brought merged sentences in noise 8 dB below from 5.3 to 2.3 % (`bench hearing --part endpointing`)."""
    onset_ms: int = 96
    """Three windows. Chosen: one more delays everything, one less lets clicks open an utterance."""
    endpoint_ms: int = 700
    """Chosen: longer delays each answer, shorter cuts people at their breath (docs/performance.md)."""
    max_utterance_ms: int = 9000
    """Chosen; a step of the dialog says how long it listens, and never longer than the recogniser takes."""
    pre_roll_ms: int = 320
    """Before the onset, so that a soft first sound is kept. Chosen: all of it has to be decoded."""
    first_partial_ms: int = 1000
    """Speech after which the first partial is due; the others follow every ``partial_every_ms``."""
    partial_every_ms: int = 1000
    """Chosen: partials are two thirds of all clips at this pace (docs/decisions/0025)."""
    speculate_ms: int = 160
    """Five windows of silence; each such pause costs a decoding (docs/decisions/0020)."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody speaks since ``start_ms`` (pre-roll included)."""

    start_ms: int


@dataclass(frozen=True, slots=True)
class PartialDue:
    """Speech goes on; a look at what was said so far is due."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class PauseBegan:
    """The utterance is probably over: its audio up to ``end_ms`` can be recognised ahead of time."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The pause was only a pause: what was recognised ahead of time is not the whole."""


@dataclass(frozen=True, slots=True)
class UtteranceEnded:
    """The utterance is over; ``cut`` says that it was ended by its length, not by silence."""

    start_ms: int
    end_ms: int
    cut: bool
    silent_ms: int = 0
    """How much of its end is silence."""


TurnEvent = SpeechStarted | PartialDue | PauseBegan | SpeechResumed | UtteranceEnded


@dataclass(frozen=True, slots=True)
class TurnState:
    """What is known at ``leg_ms``: the end of the last window, counted from the start of the leg."""

    leg_ms: int = 0
    onset_run_ms: int = 0
    silent_run_ms: int = 0
    start_ms: int | None = None
    """Start of the utterance under way with its pre-roll; None while nobody speaks."""
    next_partial_ms: int = 0
    early_endpoint_ms: int | None = None
    """The silence that ends this utterance if it is shorter than the set one; holds until speech resumes."""
    peak_probability: float = 0.0
    """The highest probability of this utterance, its onset included."""
    earliest_start_ms: int = 0
    """Audio before this point belongs to an earlier utterance and is never used as pre-roll."""

    @property
    def speaking(self) -> bool:
        """True from the onset to the end of an utterance, the trailing silence included."""
        return self.start_ms is not None


def step(
    state: TurnState, probability: float, settings: EndpointSettings
) -> tuple[TurnState, tuple[TurnEvent, ...]]:
    """Advance by one window whose speech probability is ``probability`` (0 to 1)."""
    if state.start_ms is None:
        return _waiting(state, probability, settings)
    return _speaking(state, state.start_ms, probability, settings)


def with_early_endpoint(state: TurnState, endpoint_ms: int) -> TurnState:
    """Let this pause end the utterance sooner, as what was said is whole. No effect while somebody speaks."""
    return replace(state, early_endpoint_ms=endpoint_ms) if state.silent_run_ms else state


def _waiting(
    state: TurnState, probability: float, settings: EndpointSettings
) -> tuple[TurnState, tuple[TurnEvent, ...]]:
    leg_ms = state.leg_ms + WINDOW_MS
    if probability < settings.onset_probability:
        return replace(state, leg_ms=leg_ms, onset_run_ms=0, peak_probability=0.0), ()
    run_ms, peak_probability = state.onset_run_ms + WINDOW_MS, max(state.peak_probability, probability)
    if run_ms < settings.onset_ms:
        return replace(state, leg_ms=leg_ms, onset_run_ms=run_ms, peak_probability=peak_probability), ()
    start_ms = max(state.earliest_start_ms, leg_ms - run_ms - settings.pre_roll_ms)
    state = replace(
        state,
        leg_ms=leg_ms,
        onset_run_ms=0,
        silent_run_ms=0,
        peak_probability=peak_probability,
        start_ms=start_ms,
        next_partial_ms=leg_ms - run_ms + settings.first_partial_ms,
    )
    return state, (SpeechStarted(start_ms),)


def _speaking(
    state: TurnState, start_ms: int, probability: float, settings: EndpointSettings
) -> tuple[TurnState, tuple[TurnEvent, ...]]:
    before_ms, silent_ms = state.silent_run_ms, state.silent_run_ms
    peak_probability = max(state.peak_probability, probability)
    release = max(settings.release_probability, settings.release_share * peak_probability)
    resume = max(settings.onset_probability, settings.resume_share * peak_probability)
    silent_ms = silent_ms + WINDOW_MS if probability < (resume if silent_ms else release) else 0
    state = replace(
        state,
        leg_ms=state.leg_ms + WINDOW_MS,
        silent_run_ms=silent_ms,
        peak_probability=peak_probability,
        early_endpoint_ms=state.early_endpoint_ms if silent_ms else None,
    )
    over = silent_ms >= min(settings.endpoint_ms, state.early_endpoint_ms or settings.endpoint_ms)
    events: list[TurnEvent] = []
    if silent_ms == 0 and before_ms >= settings.speculate_ms:
        events.append(SpeechResumed())
    if over or state.leg_ms - start_ms >= settings.max_utterance_ms:
        events.append(UtteranceEnded(start_ms, state.leg_ms, cut=not over, silent_ms=silent_ms))
        state = replace(
            state,
            start_ms=None,
            silent_run_ms=0,
            early_endpoint_ms=None,
            peak_probability=0.0,
            earliest_start_ms=state.leg_ms,
        )
    elif before_ms < settings.speculate_ms <= silent_ms:
        events.append(PauseBegan(start_ms, state.leg_ms))
    elif silent_ms == 0 and state.leg_ms >= state.next_partial_ms:
        events.append(PartialDue(start_ms, state.leg_ms))
        state = replace(state, next_partial_ms=state.leg_ms + settings.partial_every_ms)
    return state, tuple(events)
