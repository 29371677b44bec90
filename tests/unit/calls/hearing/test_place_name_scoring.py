"""Names that were heard badly, scored by a recogniser that is a table."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from voicebot.calls.hearing.place_name_scoring import PlaceNames
from voicebot.errors import SpeechFailed
from voicebot.speech.recogniser import Encoded, Transcript, Word
from voicebot.understanding.places.gazetteer import load_gazetteer

CLIP = np.zeros(8000, np.int16)


class Table:
    """Hears given words; finds texts with ``said`` in them likely."""

    def __init__(self, words: Sequence[Word], said: str, *, fails: bool = False) -> None:
        self.words, self.said, self.fails = tuple(words), said, fails
        self.asked: list[str] = []

    def draft(self, clips: Sequence[npt.NDArray[np.int16]]) -> list[Transcript]:
        """Hear as well as ever."""
        return self.decoded(self.encoded(clips))

    def encoded(self, clips: Sequence[npt.NDArray[np.int16]]) -> Encoded:
        """Take the clips as they are."""
        return Encoded((1.0,) * len(clips), tuple(range(len(clips))), None, 100)

    def decoded(self, encoded: Encoded) -> list[Transcript]:
        """Hear."""
        text = " ".join(word.text for word in self.words)
        return [Transcript(text, -0.3, 0.0, self.words) for _ in encoded.rows]

    def scores(self, encoded: Encoded, clip: int, texts: Sequence[str]) -> list[float]:
        """Score."""
        if self.fails:
            message = "no memory"
            raise SpeechFailed(message)
        self.asked += texts
        return [-2.0 if self.said in text else -12.0 for text in texts]


def heard(table: Table) -> Transcript:
    """Hear a clip through the gazetteer."""
    return PlaceNames(table, load_gazetteer(None)).transcribe([CLIP])[0]


def test_a_name_that_does_not_exist_becomes_the_one_that_was_said() -> None:
    """The word is replaced with its ending, and its confidence is that of the choice."""
    words = [Word("강남구", 0.9), Word("력삼동에", 0.3), Word("불이", 0.9), Word("났어요", 0.9)]
    result = heard(Table(words, "역삼동"))
    assert result.text == "강남구 역삼동에 불이 났어요"
    assert 0.3 < result.words[1].confidence < 1


def test_the_gu_that_was_surely_named_offers_its_own_dongs() -> None:
    """A name far from what was heard is found among those of the gu."""
    words = [Word("서초구", 0.9), Word("한강동이에요", 0.27)]
    assert heard(Table(words, "반포동")).text == "서초구 반포동이에요"


class Near(Table):
    """Finds two names almost equally likely, as a table of texts with a part in them."""

    def __init__(self, words: Sequence[Word], scores: dict[str, float]) -> None:
        super().__init__(words, "")
        self.likely = scores

    def scores(self, encoded: Encoded, clip: int, texts: Sequence[str]) -> list[float]:
        """Score."""
        return [next((score for name, score in self.likely.items() if name in text), -30.0) for text in texts]


def test_a_dong_of_the_named_gu_is_more_likely_than_one_of_another() -> None:
    """Sounds alone would say 용산동, which lies in 용산구; the caller said 마포구."""
    words = [Word("마포구", 0.9), Word("용산동에", 0.7)]
    assert heard(Near(words, {"용산동": -3.0, "용강동": -4.0})).text == "마포구 용강동에"


def test_a_dong_of_another_gu_stands_when_it_was_clearly_said() -> None:
    """Callers err about the gu too: what is plain to hear is not bent to fit."""
    words = [Word("강남구", 0.9), Word("망원동이요", 0.9)]
    assert heard(Near(words, {"망원동": -1.0, "삼성동": -12.0})).text == "강남구 망원동이요"


def test_a_gu_that_was_hardly_heard_favours_nothing() -> None:
    """An unsure gu is scored itself and is no reason to doubt a sure dong."""
    table = Table([Word("강남구", 0.3), Word("망원동이요", 0.9)], "삼성동")
    assert heard(table).words[1].text == "망원동이요"
    assert all("망원동이요" in text for text in table.asked)


def test_a_name_that_exists_and_is_sure_is_left_alone() -> None:
    """Nothing is scored that nobody doubts."""
    table = Table([Word("강남구", 0.9), Word("역삼동에", 0.9)], "삼성동")
    assert heard(table).text == "강남구 역삼동에"
    assert table.asked == []


def test_when_no_name_stands_out_the_words_stay_as_heard() -> None:
    """A guess among many is no place."""
    assert heard(Table([Word("력삼동에", 0.3)], "nothing")).text in {"력삼동에", "역삼동에"}
    unsure = Table([Word("수유동이요", 0.3)], "nothing of this")
    assert heard(unsure).text == "수유동이요"


@pytest.mark.parametrize("text", ["운동", "이 동", "불이"])
def test_a_failure_costs_nothing(text: str) -> None:
    """When the model cannot score, what was heard stays."""
    assert heard(Table([Word(text, 0.2)], "역삼동", fails=True)).text == text
