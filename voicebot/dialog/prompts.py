"""Sentences of a dialog: fields, Korean particles, spoken numbers, wordings and languages, recordings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from voicebot.vocabulary.hangul import final_consonant
from voicebot.vocabulary.numerals import FORMS, spoken

FIELDS = (
    "place",
    "gu_choices",
    "incident",
    "urgency",
    "flags",
    "reason",
    "confirmed",
    "agency",
    "agency_number",
    "call_again",
    "queue_position",
    "queue_ahead",
    "wait_minutes",
)
"""What a sentence may name in braces, beside the slots of the dialog."""

MS_PER_SYLLABLE = 180
"""How long a sentence takes to say: Korean speech has 5 to 6 syllables a second."""

_FIELD = re.compile(
    r"\{(?P<name>[^{}:|]*)(?:\|(?P<form>[^{}:|]*))?(?::(?P<closed>[^{}:/]+)/(?P<open>[^{}/]+))?\}"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence that has one audio: a recording, or words to synthesise."""

    text: str
    audio: str | None = None
    """WAV path relative to the dialog file."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say a prompt."""

    parts: tuple[str, ...]
    """Said one after the other; a part with an empty field is left out."""
    audio: tuple[str, ...] = ()
    """Recordings (WAV paths relative to the dialog file) and fields in braces, in the order of speaking."""
    language: str = "ko"

    @property
    def text(self) -> str:
        """Return the sentence with its fields unfilled."""
        return " ".join(self.parts)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names in braces, in order of appearance."""
        return tuple(match["name"] for match in _FIELD.finditer(self.text))

    @property
    def forms(self) -> tuple[str, ...]:
        """Return the ways of reading that the fields ask for."""
        return tuple(match["form"] for match in _FIELD.finditer(self.text) if match["form"] is not None)

    @property
    def open_brace(self) -> bool:
        """Say whether a brace stands alone."""
        return bool(re.search(r"[{}]", _FIELD.sub("", self.text)))

    def files(self) -> tuple[str, ...]:
        """Return the recordings."""
        return tuple(item for item in self.audio if not item.startswith("{"))

    def pieces(
        self, text: str, values: Mapping[str, str], recordings: Mapping[str, str]
    ) -> tuple[Piece, ...]:
        """Return what is played for ``text``: the recordings with what fills the fields between them."""
        if not self.audio:
            return (Piece(text),)
        pieces: list[Piece] = []
        for item in self.audio:
            match = _FIELD.fullmatch(item)
            if match is None:
                pieces.append(Piece(text if len(self.audio) == 1 else "", item))
                continue
            value = _filled(match, values, self.language) if values.get(match["name"]) else ""
            if not value:
                return (Piece(text),)
            pieces.append(Piece(value, recordings.get(value) or recordings.get(values[match["name"]])))
        return tuple(pieces)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sentence of the ``prompts`` table, possibly in parts, wordings and languages."""

    key: str
    parts: tuple[str, ...]
    """Said one after the other; a part with an empty field is left out."""
    audio: tuple[str, ...] = ()
    """As in `Wording`, of the first wording in the main language."""
    barge_in: bool = True
    tells: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What the prompt discloses, with the words that do it, as ``("ai", ("인공지능", "AI"))``."""
    max_syllables: int | None = None
    """Later parts are dropped beyond this; Korean speech has 5 to 6 syllables a second."""
    again: tuple[Wording, ...] = ()
    """Other wordings, for the second time in a call, the third, and so on in a circle."""
    others: Mapping[str, tuple[Wording, ...]] = field(default_factory=dict)
    """All wordings in languages other than the main one."""
    language: str = "ko"
    """Language of the first wording."""

    @property
    def text(self) -> str:
        """Return the sentence with its fields unfilled."""
        return " ".join(self.parts)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names in braces of every wording, in order of appearance."""
        return tuple(name for wording in self.wordings() for name in wording.fields)

    @property
    def static(self) -> bool:
        """Say whether the sentence is always the same, so that its audio can be prepared."""
        return not self.fields

    def wordings(self) -> tuple[Wording, ...]:
        """Return each wording in each language."""
        first = Wording(self.parts, self.audio, self.language)
        return (first, *self.again, *(wording for others in self.others.values() for wording in others))

    def wording(self, language: str, times: int) -> Wording:
        """Return what to say when the prompt has been said ``times`` before in this call."""
        own = (Wording(self.parts, self.audio, self.language), *self.again)
        choice = self.others.get(language, own)
        return choice[times % len(choice)]

    def render(self, values: Mapping[str, str], wording: Wording | None = None) -> str:
        """Return the sentence with ``values`` filled in; unknown fields count as empty."""
        wording = wording or Wording(self.parts, self.audio, self.language)
        said: list[str] = []
        syllables = 0
        for part in wording.parts:
            if any(not values.get(match["name"]) for match in _FIELD.finditer(part)):
                continue
            text = _FIELD.sub(lambda match: _filled(match, values, wording.language), part)
            syllables += sum(1 for char in text if char.isalnum())
            if said and self.max_syllables is not None and syllables > self.max_syllables:
                break
            said.append(text)
        return " ".join(said)


def particle(word: str, closed: str, opened: str) -> str:
    """Return the form that fits the end of ``word``: after a consonant ``closed``, else ``opened``.

    ``으로`` and ``이라`` behave alike but for one thing: after ㄹ it is ``로`` (서울로, 1로).
    """
    final = _final_of(word)
    if not final or (final == "ㄹ" and closed == "으로"):
        return opened
    return closed


def _filled(match: re.Match[str], values: Mapping[str, str], language: str) -> str:
    value = values[match["name"]]
    if match["form"] in FORMS:
        value = spoken(value, match["form"], language)
    if match["closed"] is None:
        return value
    return value + particle(value, match["closed"], match["open"])


def _final_of(word: str) -> str | None:
    last = next((char for char in reversed(word) if char.isalnum()), " ")
    return final_consonant(spoken(last, "number"))
