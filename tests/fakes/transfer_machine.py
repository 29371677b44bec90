"""A stage for the transfer machine: it plays events at chosen times and keeps what came of them."""

from voicebot.operators.desks import Operator
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer import begin, step
from voicebot.operators.transfer_events import ClaimOperators, Effect, Event, FinishTransfer, NoteAttempt
from voicebot.operators.transfer_plan import Limits, Plan, RingDesks, Route, SendCaller
from voicebot.operators.transfer_state import Phase
from voicebot.vocabulary.transfers import TransferMode

LIMITS = Limits(wait_ms=20_000, ring_ms=20_000, brief_ms=20_000, accept_ms=15_000)
ONE = Operator("desk1", "sip:desk1@127.0.0.1")
TWO = Operator("desk2", "sip:desk2@127.0.0.1")
THREE = Operator("desk3", "sip:desk3@127.0.0.1")
FALLBACK = SendCaller("fallback", "sip:hotline@127.0.0.1", fallback=True)


class MachineStage:
    """One transfer on a virtual clock."""

    def __init__(
        self, *routes: Route, mode: TransferMode = "warm", replaces: bool = False, limits: Limits = LIMITS
    ) -> None:
        plan = Plan(mode, "replaces" if replaces else "bridge", routes or (RingDesks(),), limits)
        self.now_ms = 0
        self.state, effects = begin(plan, 0)
        self.effects: list[Effect] = list(effects)

    def after(self, later_ms: int, *events: Event) -> tuple[Effect, ...]:
        """Let time pass, then let events happen; return what came of them."""
        self.now_ms += later_ms
        return self.play(*events)

    def play(self, *events: Event) -> tuple[Effect, ...]:
        """Let events happen now; return what came of them."""
        found: tuple[Effect, ...] = ()
        for event in events:
            self.state, effects = step(self.state, event, self.now_ms)
            found += effects
        self.effects += found
        return found

    def is_at(self, phase: Phase) -> bool:
        """Whether the transfer stands there."""
        return self.state.phase is phase

    @property
    def outcomes(self) -> list[tuple[str, Outcome]]:
        """All attempts so far."""
        notes = [each.attempt for each in self.effects if isinstance(each, NoteAttempt)]
        return [(attempt.operator, attempt.outcome) for attempt in notes]

    @property
    def claims(self) -> list[ClaimOperators]:
        """All claims so far."""
        return [effect for effect in self.effects if isinstance(effect, ClaimOperators)]

    @property
    def finished(self) -> FinishTransfer | None:
        """How it ended."""
        return next((effect for effect in self.effects if isinstance(effect, FinishTransfer)), None)
