"""``confirm``: read the place or another slot back and take yes, no or a correction."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.step import Floor, Listening, Step
from voicebot.understanding import Assessment, Understanding


class Confirm(Step):
    """Read back until the caller agrees, a few times at most."""

    verb: ClassVar[str] = "confirm"
    interactive: ClassVar[bool] = True

    slot: str = "place"
    prompt: str
    """Names the slot, ``{place}``."""
    ambiguous: str | None = None
    """Said when the name fits several places; may name ``{gu_choices}``."""
    tries: int = Field(3, ge=1, le=6)
    """Readings in all."""
    rejections: int = Field(2, ge=1, le=4)
    """How often the caller may say no before a human takes over."""
    listen: Listening | None = None
    yes: str
    no: str
    """Where a new value is asked for."""
    unanswered: str
    """Where to go when the caller neither agrees nor corrects, or has said no too often."""

    def enter(self, floor: Floor) -> None:
        """Read back; without anything to read there is something to ask for."""
        if not self._filled(floor):
            floor.go(self.no)
        elif self.slot == "place" and floor.state.place_confirmed:
            floor.go(self.yes)
        else:
            floor.update(asked=0)
            self._read_back(floor)

    def taken(self, assessment: Assessment, heard: Understanding) -> Assessment:
        """Forget the place that was denied before taking in what replaces it."""
        if self.slot == "place" and heard.answer == "no":
            assessment = assessment.without_place()
        return assessment.after(heard)

    def heard(self, floor: Floor, heard: Understanding) -> None:
        """Judge the answer."""
        place = floor.assessment.location
        if heard.answer == "no":
            self._denied(floor)
        elif self.slot != "place":
            if heard.answer == "yes":
                floor.go(self.yes)
            else:
                self._read_back(floor)
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
        return (self.prompt, *((self.ambiguous,) if self.ambiguous else ()))

    def slots_named(self) -> Iterable[str]:
        """Return what is read back."""
        return (self.slot,)

    def _filled(self, floor: Floor) -> bool:
        return floor.assessment.has_place if self.slot == "place" else self.slot in floor.state.slots

    def _denied(self, floor: Floor) -> None:
        if self.slot != "place":
            floor.clear(self.slot)
        floor.update(rejected=floor.state.rejected + 1)
        if floor.state.rejected > self.rejections:
            floor.go(self.unanswered, "no_place")
        elif self._filled(floor):
            self._read_back(floor)
        else:
            floor.go(self.no)

    def _read_back(self, floor: Floor) -> None:
        place = floor.assessment.location
        if floor.state.asked >= self.tries or (self.slot == "place" and place is None):
            floor.go(self.unanswered, "no_place")
            return
        floor.update(asked=floor.state.asked + 1)
        open_choice = self.slot == "place" and place is not None and place.ambiguous
        floor.say(self.ambiguous if open_choice and self.ambiguous else self.prompt)
        floor.listen(self.listen)


def _chose(heard: Understanding) -> bool:
    """Say whether the caller answered "which one?" with nothing but a gu."""
    place = heard.location
    return place is not None and place.gu is not None and not place.sufficient
