"""Random histories of transfers in a small world of desks and legs: nobody is lost, nothing is kept."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.transfer_machine import LIMITS
from voicebot.operators import transfer_events as say
from voicebot.operators.desks import Operator
from voicebot.operators.outcomes import Outcome
from voicebot.operators.transfer import begin, step
from voicebot.operators.transfer_plan import Plan, RingDesks, Route, SendCaller
from voicebot.operators.transfer_state import Phase

DESKS = tuple(Operator(f"desk{number}", f"sip:desk{number}@127.0.0.1") for number in range(1, 5))
NAMES = [desk.name for desk in DESKS]
CODES = [200, 403, 404, 408, 480, 486, 488, 500, 503, 600, 603, 0]
LONGEST_ROUND_MS = 10 * (LIMITS.wait_ms + LIMITS.ring_ms + LIMITS.briefing_ms + LIMITS.refer_ms)


class World:
    """Desks, legs and a caller, as the effects of the machine leave them."""

    def __init__(self, plan: Plan) -> None:
        self.now_ms = 0
        self.held: set[str] = set()
        """Desks that are claimed and not given back."""
        self.legs: dict[str, str] = {}
        """Legs that were dialled and have not ended: ringing or up."""
        self.joined: str | None = None
        self.claim: say.ClaimOperators | None = None
        self.returned: list[Outcome] = []
        self.noted: list[tuple[str, Outcome]] = []
        self.finished: list[say.FinishTransfer] = []
        self.caller_here = True
        self.state, effects = begin(plan, 0)
        self.do(effects)

    def play(self, event: say.Event) -> None:
        """Let an event happen now, as the shell would tell it."""
        match event:
            case say.OperatorsClaimed(operators):
                self.claim = None
                self.held |= {operator.name for operator in operators}
            case say.OperatorAnswered(name):
                self.legs[name] = "up"
            case say.OperatorEnded(name):
                self.legs.pop(name, None)
                self.joined = None if self.joined == name else self.joined
            case say.CallerLeft():
                self.caller_here = False
            case _:
                pass
        self.state, effects = step(self.state, event, self.now_ms)
        self.do(effects)

    def do(self, effects: tuple[say.Effect, ...]) -> None:
        """Do what the machine wants; what cannot be done is a defect of the machine."""
        for effect in effects:
            match effect:
                case say.ClaimOperators():
                    assert self.caller_here
                    self.claim = effect
                case say.DropClaim():
                    self.claim = None
                case say.RingOperator(operator):
                    assert operator.name in self.held, "rung without a claim"
                    assert operator.name not in self.legs, "rung twice"
                    assert self.caller_here
                    self.legs[operator.name] = "ringing"
                case say.ReleaseOperator(operator):
                    assert operator.name in self.held, "given back twice"
                    self.held.discard(operator.name)
                    self.legs.pop(operator.name, None)
                    self.joined = None if self.joined == operator.name else self.joined
                case say.NoteAttempt(attempt):
                    self.noted.append((attempt.operator, attempt.outcome))
                case say.ReturnCaller(reason):
                    assert self.joined is None, "given back while a human talks with him"
                    self.returned.append(reason)
                case say.FinishTransfer():
                    self.finished.append(effect)
                case _:
                    self.do_with_legs(effect)
        self.check()

    def do_with_legs(self, effect: say.Effect) -> None:
        """Speak, join and send."""
        match effect:
            case say.SpeakBrief(operator) | say.WhisperBrief(operator):
                assert self.legs.get(operator.name) == "up", "spoken to a phone that is on its hook"
            case say.JoinLegs(operator):
                assert self.legs.get(operator.name) == "up"
                assert self.joined is None
                self.joined = operator.name
            case say.ReferToOperator(operator):
                assert self.joined == operator.name, "sent to an operator whom he does not hear"
            case say.ReferCaller() | say.Reassure():
                assert self.joined is None
            case _:
                pass

    def check(self) -> None:
        """What holds after every event."""
        over = self.state.phase is Phase.OVER
        assert set(self.legs) <= self.held, "a leg whose desk is somebody else's"
        assert {operator.name for operator in self.state.held} == self.held, "a desk that nobody looks after"
        assert len(self.finished) == over
        if over:
            assert not self.held
            assert not self.legs
            assert self.claim is None
        if self.state.phase in (Phase.WAITING, Phase.RINGING, Phase.BRIEFING, Phase.JOINING):
            assert self.state.deadline_ms is not None, "a phase that could last for ever"
        if self.state.phase is Phase.CONNECTED:
            assert self.joined == self.state.operator.name if self.state.operator else False

    def settle(self) -> None:
        """Let only the clock run, and desks be busy, until there is nothing more to wait for."""
        until_ms = self.now_ms + LONGEST_ROUND_MS
        returns = len(self.returned)
        while self.now_ms < until_ms and self.state.phase not in (Phase.CONNECTED, Phase.OVER):
            if self.state.phase is Phase.QUEUED and len(self.returned) > returns:
                return
            if self.claim is not None and not self.claim.patient:
                self.play(say.NobodyLeft())
            elif self.state.deadline_ms is not None:
                self.now_ms = max(self.now_ms, self.state.deadline_ms)
                self.play(say.TimePassed())


def routes() -> st.SearchStrategy[tuple[Route, ...]]:
    """Up to four routes, in any order."""
    rings = st.sampled_from([RingDesks(None), RingDesks("fire"), RingDesks("rescue")])
    sends = st.sampled_from(
        [SendCaller("fire", "sip:fire@pbx"), SendCaller("fallback", "sip:hotline@pbx", fallback=True)]
    )
    return st.lists(st.one_of(rings, rings, sends), max_size=4).map(tuple)


PLANS = st.builds(
    Plan,
    st.sampled_from(["warm", "warm", "warm", "hot", "blind"]),
    st.sampled_from(["bridge", "replaces"]),
    routes(),
    st.just(LIMITS),
)


def next_event(world: World, plans: list[Plan], which: int, what: int) -> say.Event:
    """Choose what happens next: mostly what fits, now and then what comes too late or from the wrong side."""
    alive = sorted(world.legs) or NAMES
    name, code = alive[what % len(alive)], CODES[what % len(CODES)]
    fits: list[say.Event] = [
        say.TimePassed(),
        say.TimePassed(),
        say.AcceptedOnScreen(NAMES[what % len(NAMES)]),
        say.OperatorKey(name, "11239"[what % 5]),
        say.OperatorKey(name, "1"),
        say.ReferMoved([100, 180, 200, 202, 403, 408, 503][what % 7], final=what % 2 == 0),
        say.AudioProven(),
        say.AskedAgain(plans[what % len(plans)]),
        say.CallerLeft() if what % 6 == 0 else say.TimePassed(),
    ]
    if world.claim is not None:
        free = [desk for desk in DESKS if desk.name not in world.held | world.claim.tried]
        fits += [say.OperatorsClaimed(tuple(free[: 1 + what % 3]))] * 4 if free else []
        fits += [] if world.claim.patient else [say.NobodyLeft()]
    if world.legs:
        fits += [say.OperatorEnded(name, code), say.BriefSpoken(name), say.DeclinedOnScreen(name)]
        fits += [say.OperatorAnswered(name)] * 4 if world.legs[name] == "ringing" else []
    if world.joined is not None:
        fits += [
            say.JoinFailed(),
            say.AudioProven(),
            say.AudioProven(),
            say.OperatorEnded(world.joined, code),
        ]
    return fits[which % len(fits)]


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 200, 3_000, 10_000, 25_000]), st.integers(0, 999), st.integers(0, 999)
    ),
    min_size=20,
    max_size=50,
)


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(PLANS, min_size=1, max_size=3), HISTORIES)
def test_every_history_ends_with_a_human_with_the_bot_or_without_a_caller(
    plans: list[Plan], history: list[tuple[int, int, int]]
) -> None:
    """Whatever happens, in any order, each history ends in one of three ways and nothing is left behind.

    Connected: one leg is up and joined, its desk is ours. Back with the bot: a reason was told, and the call
    is on the waiting list or rung for anew. Gone: every desk was given back and every leg has ended.
    """
    world = World(plans[0])
    for later_ms, which, what in history:
        world.now_ms += later_ms
        world.play(next_event(world, plans, which, what))
    world.settle()
    match world.state.phase:
        case Phase.CONNECTED:
            assert world.legs == {world.joined: "up"}
            assert world.noted[-1][1] is Outcome.CONNECTED
        case Phase.OVER:
            (end,) = world.finished
            arrived = not world.caller_here or world.noted[-1][1] is Outcome.CONNECTED
            assert arrived, "over with a caller on the line"
            assert end.outcome in (Outcome.CONNECTED, Outcome.CALLER_LEFT)
        case phase:
            assert phase is Phase.QUEUED
            assert world.returned
    world.play(say.CallerLeft())
    assert world.state.phase is Phase.OVER
    assert not world.held
    assert not world.legs
