"""``confirm``: read the place back and take yes, no or a correction."""

from collections.abc import Iterable, Mapping
from typing import ClassVar, Literal

from pydantic import Field

from voicebot.dialog.steps.step import Floor, Listening, Step
from voicebot.understanding import Assessment, Understanding


class Confirm(Step):
    """Read back until the caller agrees, a few times at most."""

    verb: ClassVar[str] = "confirm"
    interactive: ClassVar[bool] = True

    slot: Literal["place"] = "place"
    prompt: str
    """Names ``{place}``."""
    ambiguous: str
    """Said when the name fits several places; may name ``{gu_choices}``."""
    tries: int = Field(3, ge=1, le=6)
    """Readings in all."""
    rejections: int = Field(2, ge=1, le=4)
    """How often the caller may say no before a human takes over."""
    listen: Listening | None = None
    yes: str
    no: str
    """Where a new place is asked for."""
    unanswered: str
    """Where to go when the caller neither agrees nor corrects, or has said no too often."""

    def enter(self, floor: Floor) -> None:
        """Read back; without a place to read there is one to ask for."""
        if not floor.assessment.has_place:
            floor.go(self.no)
        elif floor.state.place_confirmed:
            floor.go(self.yes)
        else:
            floor.update(asked=0)
            self._read_back(floor)

    def taken(self, assessment: Assessment, heard: Understanding) -> Assessment:
        """Forget the place that was denied before taking in what replaces it."""
        if heard.answer == "no":
            assessment = assessment.without_place()
        return assessment.after(heard)

    def heard(self, floor: Floor, heard: Understanding) -> None:
        """Judge the answer."""
        place = floor.assessment.location
        if heard.answer == "no":
            self._denied(floor)
        elif place is not None and not place.ambiguous and (heard.answer == "yes" or _chose(heard)):
            floor.update(place_confirmed=True)
            floor.go(self.yes)
        else:
            self._read_back(floor)

    @property
    def listening(self) -> Listening | None:
        """Times of this question."""
        return self.listen

    def ways(self) -> Mapping[str, str]:
        """Return where yes, no and neither lead."""
        return {"yes": self.yes, "no": self.no, "unanswered": self.unanswered}

    def prompts(self) -> Iterable[str]:
        """Return both readings."""
        return (self.prompt, self.ambiguous)

    def _denied(self, floor: Floor) -> None:
        floor.update(rejected=floor.state.rejected + 1)
        if floor.state.rejected > self.rejections:
            floor.go(self.unanswered, "no_place")
        elif floor.assessment.has_place:
            self._read_back(floor)
        else:
            floor.go(self.no)

    def _read_back(self, floor: Floor) -> None:
        place = floor.assessment.location
        if floor.state.asked >= self.tries or place is None:
            floor.go(self.unanswered, "no_place")
            return
        floor.update(asked=floor.state.asked + 1)
        floor.say(self.ambiguous if place.ambiguous else self.prompt)
        floor.listen(self.listen)


def _chose(heard: Understanding) -> bool:
    """Say whether the caller answered "which one?" with nothing but a gu."""
    place = heard.location
    return place is not None and place.gu is not None and not place.sufficient
