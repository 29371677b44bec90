"""``confirm``: read the place or another slot back and take yes, no or a correction."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from voicebot.dialog.step import Listening, Step, StepPort
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

    def enter(self, port: StepPort) -> None:
        """Read back; without anything to read there is something to ask for."""
        if not self._filled(port):
            port.go(self.no)
        elif self.slot == "place" and port.state.place_confirmed:
            port.go(self.yes)
        else:
            port.update(asked=0)
            self._read_back(port)

    def assessed(self, assessment: Assessment, heard: Understanding) -> Assessment:
        """Forget the place that was denied before taking in what replaces it."""
        if self.slot == "place" and heard.answer == "no":
            assessment = assessment.without_place()
        return assessment.after(heard)

    def on_heard(self, port: StepPort, heard: Understanding) -> None:
        """Judge the answer."""
        place = port.assessment.location
        if heard.answer == "no":
            self._denied(port)
        elif self.slot != "place":
            if heard.answer == "yes":
                port.go(self.yes)
            else:
                self._read_back(port)
        elif place is not None and not place.ambiguous and (heard.answer == "yes" or _chose(heard)):
            port.update(place_confirmed=True)
            port.go(self.yes)
        else:
            self._read_back(port)

    @property
    def listening(self) -> Listening | None:
        """Times of this question."""
        return self.listen

    def exits(self) -> Mapping[str, str]:
        """Return where yes, no and neither lead."""
        return {"yes": self.yes, "no": self.no, "unanswered": self.unanswered}

    def prompts(self) -> Iterable[str]:
        """Return both readings."""
        return (self.prompt, *((self.ambiguous,) if self.ambiguous else ()))

    def slots_named(self) -> Iterable[str]:
        """Return what is read back."""
        return (self.slot,)

    def _filled(self, port: StepPort) -> bool:
        return port.assessment.has_place if self.slot == "place" else self.slot in port.state.slots

    def _denied(self, port: StepPort) -> None:
        if self.slot != "place":
            port.clear(self.slot)
        port.update(rejected=port.state.rejected + 1)
        if port.state.rejected > self.rejections:
            port.go(self.unanswered, "no_place")
        elif self._filled(port):
            self._read_back(port)
        else:
            port.go(self.no)

    def _read_back(self, port: StepPort) -> None:
        place = port.assessment.location
        if port.state.asked >= self.tries or (self.slot == "place" and place is None):
            port.go(self.unanswered, "no_place")
            return
        port.update(asked=port.state.asked + 1)
        open_choice = self.slot == "place" and place is not None and place.ambiguous
        port.say(self.ambiguous if open_choice and self.ambiguous else self.prompt)
        port.listen(self.listen)


def _chose(heard: Understanding) -> bool:
    """Say whether the caller answered "which one?" with nothing but a gu."""
    place = heard.location
    return place is not None and place.gu is not None and not place.sufficient
