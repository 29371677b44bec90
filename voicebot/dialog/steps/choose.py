"""``choose``: the first case that fits what is known decides where to go."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.conditions import When
from voicebot.dialog.step import Floor, Part, Step


class Case(Part):
    """One branch."""

    when: When
    go: str


class Choose(Step):
    """Branch on what is known, without asking."""

    verb: ClassVar[str] = "choose"

    cases: tuple[Case, ...] = Field(min_length=1)
    otherwise: str

    def enter(self, floor: Floor) -> None:
        """Go where the first fitting case says."""
        floor.go(next((case.go for case in self.cases if case.when.holds(floor.state)), self.otherwise))

    def ways(self) -> Mapping[str, str]:
        """Return every branch."""
        branches = {f"cases.{number}.go": case.go for number, case in enumerate(self.cases)}
        return {**branches, "otherwise": self.otherwise}

    def prompts(self) -> Iterable[str]:
        """Return nothing: choosing is silent."""
        return ()
