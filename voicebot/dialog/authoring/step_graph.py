"""The steps of a dialog as a graph: who leads to whom, and what passes without the caller's help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from voicebot.dialog.authoring.yaml_file import Where
from voicebot.dialog.model import Dialog, Ladder
from voicebot.dialog.step import RETURN
from voicebot.dialog.steps.call import Call


def ladders(dialog: Dialog) -> Iterator[tuple[Where, Ladder]]:
    """Yield the ladders for silence and unclear speech, with their places in the file."""
    yield ["on", "silence"], dialog.handlers.silence
    yield ["on", "unclear"], dialog.handlers.unclear
    for name, override in dialog.overrides.items():
        for key, ladder in (("silence", override.silence), ("unclear", override.unclear)):
            if ladder is not None:
                yield ["steps", name, "on", key], ladder


def targets(dialog: Dialog) -> Iterator[tuple[Where, str]]:
    """Yield every place of the file that names a step, with the name."""
    yield ["start"], dialog.start
    for name, step in dialog.steps.items():
        for key, target in step.exits().items():
            yield ["steps", name, step.verb, *_path(key)], target
    for where, ladder in ladders(dialog):
        yield [*where, "then"], ladder.then
    handlers = dialog.handlers
    yield ["on", "human"], handlers.human
    yield ["on", "keypad", "then"], handlers.keypad.then
    yield ["on", "recogniser_failed"], handlers.recogniser_failed
    yield ["on", "time_limit"], handlers.time_limit
    for language, target in handlers.language.items():
        yield ["on", "language", language], target
    if handlers.wrong_number is not None:
        yield ["on", "wrong_number"], handlers.wrong_number
    if handlers.overload is not None:
        yield ["on", "overload", "go"], handlers.overload.go
    for name, override in dialog.overrides.items():
        within: Where = ["steps", name, "on"]
        if override.keypad is not None:
            yield [*within, "keypad", "then"], override.keypad.then
        if override.recogniser_failed is not None:
            yield [*within, "recogniser_failed"], override.recogniser_failed
        if override.time_limit is not None:
            yield [*within, "time_limit"], override.time_limit
        for key, target in override.keys.items():
            yield [*within, "keys", key], target


def handler_prompts(dialog: Dialog) -> Iterator[tuple[Where, str]]:
    """Yield every sentence that the handlers say, with its place in the file."""
    yield ["on", "keypad", "offer"], dialog.handlers.keypad.offer
    for name, override in dialog.overrides.items():
        if override.keypad is not None:
            yield ["steps", name, "on", "keypad", "offer"], override.keypad.offer
    for where, ladder in ladders(dialog):
        for prompt in ladder.prompts:
            yield [*where, "prompts"], prompt


def _path(key: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in key.split(".")]


class StepGraph:
    """Questions about the steps of a dialog whose names are all known."""

    def __init__(self, dialog: Dialog) -> None:
        self._dialog = dialog
        self._calls = {name: step for name, step in dialog.steps.items() if isinstance(step, Call)}
        self._regions = {name: self._region(call.step) for name, call in self._calls.items()}

    def onward(self, name: str) -> list[str]:
        """Return the steps that ``name`` may go to by itself; 'return' stands for every way back."""
        ways: list[str] = []
        for target in self._dialog.steps[name].exits().values():
            ways += self.returns(name) if target == RETURN else [target]
        return ways

    def ahead(self, name: str) -> list[str]:
        """Return the steps that ``name`` goes to without waiting, within the part that it is in.

        What follows a part follows its `call` here, when the part can return without waiting.
        """
        step = self._dialog.steps[name]
        if isinstance(step, Call):
            return [step.step, *([step.next] if self._returns_unasked(step.step) else ())]
        return [target for target in step.exits().values() if target != RETURN]

    def _returns_unasked(self, first: str) -> bool:
        seen: set[str] = set()
        waiting = [first]
        while waiting:
            name = waiting.pop()
            if name == RETURN:
                return True
            step = self._dialog.steps[name]
            if name not in seen and not step.interactive:
                seen.add(name)
                waiting += [step.next] if isinstance(step, Call) else step.exits().values()
        return False

    def returns(self, name: str) -> list[str]:
        """Return where 'return' in ``name`` may lead; empty when no call leads to this step."""
        return [self._calls[call].next for call, region in self._regions.items() if name in region]

    def calls_itself(self, name: str) -> bool:
        """Say whether the part that the call ``name`` leads through comes to the call again."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            inside = self._regions.get(waiting.pop(), set())
            if name in inside:
                return True
            new = {other for other in self._calls if other in inside} - seen
            seen |= new
            waiting += new
        return False

    def passed(self, first: Iterable[str]) -> set[str]:
        """Return the steps reached from ``first`` without waiting for the caller, with the waiting ones."""
        passed: set[str] = set()
        waiting = list(first)
        while waiting:
            name = waiting.pop()
            if name not in passed and name != RETURN:
                passed.add(name)
                waiting += () if self._dialog.steps[name].interactive else self.ahead(name)
        return passed

    def reached(self) -> set[str]:
        """Return the steps that a call can come to."""
        beginnings = [target for where, target in targets(self._dialog) if where[0] in ("start", "on")]
        by_step: dict[str, list[str]] = {}
        for where, target in targets(self._dialog):
            if where[0] == "steps":
                by_step.setdefault(str(where[1]), []).append(target)
        reached: set[str] = set()
        while beginnings:
            name = beginnings.pop()
            if name not in reached and name != RETURN:
                reached.add(name)
                beginnings += by_step.get(name, ())
        return reached

    def settled(self, way: Callable[[str], str]) -> set[str]:
        """Return the steps that settle by one event alone; the least set, so that circles are outside."""
        settled: set[str] = set()
        steps = self._dialog.steps
        while True:
            more = {
                name
                for name, step in steps.items()
                if name not in settled
                and (
                    step.settles
                    or (step.interactive and set(self._ends(name, way(name))) <= settled)
                    or (not step.interactive and set(self._needed(name)) <= settled)
                )
            }
            if not more:
                return settled
            settled |= more

    def reports_first(self, name: str) -> bool:
        """Say whether every way to ``name`` passes a step that reaches a human or completes the incident."""
        steps = self._dialog.steps
        waiting = [target for where, target in targets(self._dialog) if where[0] in ("start", "on")]
        open_: set[str] = set()
        while waiting:
            step = waiting.pop()
            if step == RETURN or step in open_ or steps[step].settles:
                continue
            open_.add(step)
            waiting += self.onward(step)
        return name not in open_

    def _needed(self, name: str) -> list[str]:
        """Return what must settle for ``name`` to do so; a 'return' is answered for by its calls."""
        return [target for target in self._dialog.steps[name].exits().values() if target != RETURN]

    def _ends(self, name: str, target: str) -> list[str]:
        return self.returns(name) if target == RETURN else [target]

    def _region(self, first: str) -> set[str]:
        """Return the steps between a call and its returns."""
        region: set[str] = set()
        waiting = [first]
        while waiting:
            name = waiting.pop()
            if name in region or name == RETURN:
                continue
            region.add(name)
            step = self._dialog.steps[name]
            waiting += [step.next] if isinstance(step, Call) else step.exits().values()
        return region
