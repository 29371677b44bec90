"""``transfer``: ask for a human, stay with the caller meanwhile, take the caller back when it fails."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from voicebot.dialog.conditions import When
from voicebot.dialog.events import TransferFailure
from voicebot.dialog.step import Listening, Step, StepPort
from voicebot.dialog.yaml_entry import YamlEntry
from voicebot.understanding import Understanding
from voicebot.vocabulary.transfers import TransferMode


class FailureSentences(YamlEntry):
    """What the caller is told, for each reason why nobody could take the call."""

    busy: str
    no_answer: str
    declined: str
    unreachable: str
    no_leg: str
    failed: str
    operator_left: str

    def of(self, reason: TransferFailure) -> str:
        """Return the prompt for ``reason``."""
        prompt: str = getattr(self, reason)
        return prompt

    def all(self) -> tuple[str, ...]:
        """Return the prompts of all reasons."""
        return (
            self.busy,
            self.no_answer,
            self.declined,
            self.unreachable,
            self.no_leg,
            self.failed,
            self.operator_left,
        )


class TransferCase(YamlEntry):
    """The way to a human for the calls that fit; what it leaves out is that of the step."""

    when: When
    mode: TransferMode | None = None
    group: str | None = None


class Transfer(Step):
    """Ring a human; the caller is heard all the time and may add to the report."""

    verb: ClassVar[str] = "transfer"
    interactive: ClassVar[bool] = True
    settles: ClassVar[bool] = True

    mode: TransferMode | None = None
    """``warm``: the operator hears the brief and accepts with a key. ``hot``: the first who answers has the
    caller at once, and reads the brief on the screen. ``blind``: the caller is sent to the group, which
    answers by itself. Without it the settings of the site decide."""
    group: str | None = None
    """The desks that should be rung; without it any."""
    cases: tuple[TransferCase, ...] = ()
    """Other desks or another mode for some calls; the first that fits decides."""
    brief: str = "operator_brief"
    """The prompt that the operator hears before accepting."""
    advice: bool = False
    """While it rings, the safety ``advice`` for the incident is said into every second silence."""
    questions: bool = False
    """While it rings, the ``questions`` of the incident are put into every second silence."""
    prompt: str
    prompt_without_place: str
    """Said while the place is unknown; asks the caller to tell it while waiting."""
    waiting: str
    """Said into every silence while it rings."""
    failed_prompts: FailureSentences
    listen: Listening | None = None
    failed_next: str
    """Where the caller goes on with the bot."""
    left_next: str
    """Where a caller goes on whose operator has hung up first."""

    def enter(self, port: StepPort) -> None:
        """Tell the caller and ring."""
        port.update(phase="transferring", waited=0, asking=None, queue_position=0, expected_wait_s=None)
        port.say(self.prompt if port.assessment.has_place else self.prompt_without_place)
        route = next((case for case in self.cases if case.when.holds(port.state)), None)
        mode, group = (route.mode, route.group) if route else (None, None)
        port.request_transfer(mode or self.mode, group or self.group, self.brief)
        port.listen(self.listen)

    def on_heard(self, port: StepPort, heard: Understanding) -> None:
        """Write down the answer to a question that was put while it rings."""
        question = port.open_question()
        if question is not None:
            value = port.fill_from_answer(question.slot, heard)
            port.update(asking=None)
            if value in question.urgent_if:
                port.raise_to("urgent", f"question/{question.slot}/{value}")

    def on_silence(self, port: StepPort) -> bool:
        """Tell the caller that somebody is still being rung, and use the time in between."""
        waited = port.state.waited + 1
        port.update(waited=waited, asking=None)
        advice = port.next_advice() if self.advice and waited % 2 == 0 else None
        question = port.next_question() if self.questions and waited % 2 == 0 and advice is None else None
        if question is not None and question.prompt not in port.state.said:
            port.update(asking=question.slot)
            port.say(question.prompt)
        else:
            port.say(advice or self.waiting)
        port.listen(self.listen)
        return True

    def on_transfer_delayed(self, port: StepPort) -> None:
        """Say that somebody is still being rung."""
        port.say(self.waiting)
        port.listen(self.listen)

    def on_transfer_failed(self, port: StepPort, reason: TransferFailure) -> None:
        """Tell why and go on."""
        failed = port.state.transfers_failed + 1
        port.update(
            phase="talking", transfers_failed=failed, asking=None, queue_position=0, expected_wait_s=None
        )
        port.say(self.failed_prompts.of(reason))
        port.go(self.left_next if reason == "operator_left" else self.failed_next)

    @property
    def listening(self) -> Listening | None:
        """Times while waiting."""
        return self.listen

    def exits(self) -> Mapping[str, str]:
        """Return where a failure and the operator's end lead."""
        return {"failed_next": self.failed_next, "left_next": self.left_next}

    def prompts(self) -> Iterable[str]:
        """Return all sentences around the transfer."""
        return (self.prompt, self.prompt_without_place, self.waiting, self.brief, *self.failed_prompts.all())
