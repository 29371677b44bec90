"""Place names that were heard badly are scored against the audio.

Wraps a recogniser. A text with a word that looks like a dong or a gu but is none, or of which the
recogniser is unsure, is compared with the texts that have a similar name in its place: the model says how
likely the audio says each (forced scoring). Only a name that explains the audio better than all others
together replaces the word; its share is then the confidence of the word. The place is read back to the
caller in any case.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog

from voicebot import metrics
from voicebot.errors import SpeechFailed
from voicebot.speech.recogniser import Encoded, Transcript, Word
from voicebot.understanding.places.gazetteer import Gazetteer
from voicebot.vocabulary.hangul import nearest

log = structlog.get_logger(__name__)

_NAME = re.compile(r"([가-힣]{1,5}?[동구])((?:이|에|요|인|입|으|은|는|까|쪽).*)?")
_UNSURE = 0.6
"""Word confidence below which even a name that exists is compared with others."""
_LEAST_SIMILAR = 0.62
"""Letters in common with a name that is compared (`voicebot.vocabulary.hangul.nearest`). Lower compares more,
each at the price of one scoring; there is no measurement on record."""
_SURE_OF_GU = 0.6
"""Word confidence from which a gu counts as named: that of `_UNSURE`."""
_MOST_SIMILAR, _MOST_OF_GU = 5, 20
"""Bounds of the batch that is scored for one word, and so of its time; not measured."""
_OUTSIDE_GU = -4.0
"""Log prior of a dong that lies outside the gu that was surely named: a slip of the tongue is rare."""
_NUMBERED = frozenset(f"{digit}동" for digit in "일이삼사오육칠팔구십")
"""Parts of a dong (상도 일동), which are no names."""
_MOST_WORDS = 2
"""Words of one utterance that are scored: its gu and its dong."""
_BETTER = 0.5
"""Share of a name that explains the audio better than all others together."""


class Scorer(Protocol):
    """What is needed of `voicebot.speech.recogniser.Recogniser`."""

    def draft(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode a batch at less cost."""

    def encoded(self, clips: Sequence[npt.NDArray[np.int16]]) -> Encoded:
        """Encode a batch."""

    def decoded(self, encoded: Encoded) -> list[Transcript]:
        """Decode a batch."""

    def scores(self, encoded: Encoded, clip: int, texts: Sequence[str]) -> list[float]:
        """Return the log probability of each text."""


class PlaceNames:
    """A recogniser that knows the gazetteer's names; as blocking and as thread-safe as the one it wraps."""

    def __init__(self, recogniser: Scorer, gazetteer: Gazetteer) -> None:
        self._recogniser = recogniser
        self._gazetteer = gazetteer
        self._letters = {**gazetteer.dong_letters, **gazetteer.gus}
        self._of_gu: dict[str, dict[str, str]] = {}
        for name, dongs in gazetteer.dongs.items():
            for dong in dongs:
                if dong.gu is not None:
                    self._of_gu.setdefault(dong.gu, {})[name] = gazetteer.dong_letters[name]

    def transcribe(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode a batch; raises `SpeechFailed`."""
        encoded = self._recogniser.encoded(clips)
        heard = self._recogniser.decoded(encoded)
        return [self._named(encoded, number, transcript) for number, transcript in enumerate(heard)]

    def draft(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Decode a batch at less cost: names stay as they were heard; raises `SpeechFailed`."""
        return self._recogniser.draft(clips)

    def _named(self, encoded: Encoded, clip: int, heard: Transcript) -> Transcript:
        for place in self._doubtful(heard.words)[:_MOST_WORDS]:
            try:
                heard = self._rescored(encoded, clip, heard, place)
            except SpeechFailed as error:
                log.warning("place names were not scored", error=str(error))
        return heard

    def _doubtful(self, words: Sequence[Word]) -> list[int]:
        places = []
        for place, word in enumerate(words):
            found = _NAME.fullmatch(word.text)
            if (
                found
                and found[1] not in _NUMBERED
                and (
                    found[1] not in self._letters
                    or word.confidence < _UNSURE
                    or self._prior(found[1], self._sure_gu(words[:place])) < 0.0
                )
            ):
                places.append(place)
        return places

    def _rescored(self, encoded: Encoded, clip: int, heard: Transcript, place: int) -> Transcript:
        word = heard.words[place]
        found = _NAME.fullmatch(word.text)
        assert found is not None
        stem, ending = found[1], found[2] or ""
        gu = self._sure_gu(heard.words[:place])
        names = list(dict.fromkeys([stem, *self._candidates(stem, gu)]))
        if len(names) == 1:
            return heard
        texts = [self._with(heard.words, place, name + ending) for name in names]
        scores = self._recogniser.scores(encoded, clip, texts)
        scores = [score + self._prior(name, gu) for name, score in zip(names, scores, strict=True)]
        # A name that does not exist cannot have been meant: the others share out what explains the audio.
        if stem not in self._letters:
            names, texts, scores = names[1:], texts[1:], scores[1:]
        shares = [math.exp(score - max(scores)) for score in scores]
        best = max(range(len(names)), key=lambda index: shares[index])
        share = shares[best] / sum(shares)
        metrics.PLACE_NAMES_SCORED.inc()
        if share < _BETTER:
            return heard
        words = list(heard.words)
        words[place] = Word(names[best] + ending, round(share * max(word.confidence, 0.1) ** 0.5, 3))
        return replace(heard, text=texts[best], words=tuple(words))

    def _sure_gu(self, before: Sequence[Word]) -> str:
        """Return the gu that was surely named before a word, or an empty text."""
        sure = (word.text for word in reversed(before) if word.confidence >= _SURE_OF_GU)
        return next((text for text in sure if text in self._of_gu), "")

    def _prior(self, name: str, gu: str) -> float:
        """Return what is known of a name before listening, as a log probability: it should lie in ``gu``."""
        return _OUTSIDE_GU if gu and name[-1] == "동" and name not in self._of_gu[gu] else 0.0

    def _candidates(self, stem: str, gu: str) -> list[str]:
        """Return the names that sound like ``stem``, and those of the gu that was surely named before it."""
        similar = nearest(stem, self._letters, least=_LEAST_SIMILAR)[:_MOST_SIMILAR]
        of_gu = nearest(stem, self._of_gu.get(gu, {}), least=0.0)[:_MOST_OF_GU] if stem[-1] == "동" else []
        return [name for name, _ in (*similar, *of_gu)]

    @staticmethod
    def _with(words: Sequence[Word], place: int, text: str) -> str:
        return " ".join(text if at == place else word.text for at, word in enumerate(words))
