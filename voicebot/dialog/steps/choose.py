"""``choose``: the first case that fits what is known decides where to go."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.conditions import When
from voicebot.dialog.step import Step, StepPort
from voicebot.dialog.yaml_entry import YamlEntry


class Case(YamlEntry):
    """One branch."""

    when: When
    go: str


class Choose(Step):
    """Branch on what is known, without asking."""

    verb: ClassVar[str] = "choose"

    cases: tuple[Case, ...] = Field(min_length=1)
    otherwise: str

    def enter(self, port: StepPort) -> None:
        """Go where the first fitting case says."""
        port.go(next((case.go for case in self.cases if case.when.holds(port.state)), self.otherwise))

    def exits(self) -> Mapping[str, str]:
        """Return every branch."""
        branches = {f"cases.{number}.go": case.go for number, case in enumerate(self.cases)}
        return {**branches, "otherwise": self.otherwise}

    def prompts(self) -> Iterable[str]:
        """Return nothing: choosing is silent."""
        return ()
