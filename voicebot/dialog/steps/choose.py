"""``choose``: the first case that fits what is known decides where to go."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.steps.step import Floor, Part, SlotName, Step, is_known
from voicebot.understanding import Category, Urgency


class When(Part):
    """Conditions that must all hold; an empty list holds always."""

    urgency: tuple[Urgency, ...] = ()
    category: tuple[Category, ...] = ()
    flags: tuple[str, ...] = ()
    """Any of these was raised."""
    missing: tuple[SlotName, ...] = ()
    """Any of these is unknown."""
    transfer_failed: bool | None = None

    def holds(self, floor: Floor) -> bool:
        """Say whether the conditions hold now."""
        known = floor.assessment
        failed = floor.state.transfers_failed > 0
        return (
            (not self.urgency or known.urgency in self.urgency)
            and (not self.category or known.category in self.category)
            and (not self.flags or any(flag in known.flags for flag in self.flags))
            and (not self.missing or any(not is_known(slot, known) for slot in self.missing))
            and (self.transfer_failed is None or self.transfer_failed == failed)
        )


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
        floor.go(next((case.go for case in self.cases if case.when.holds(floor)), self.otherwise))

    def ways(self) -> Mapping[str, str]:
        """Return every branch."""
        branches = {f"cases.{number}.go": case.go for number, case in enumerate(self.cases)}
        return {**branches, "otherwise": self.otherwise}

    def prompts(self) -> Iterable[str]:
        """Return nothing: choosing is silent."""
        return ()
