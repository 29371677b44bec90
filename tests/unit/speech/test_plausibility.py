"""What is not believed of a text."""

import pytest

from voicebot.speech.plausibility import Plausibility, known_invention, most_tokens, too_fast, without_loops

GUARDS = Plausibility()


def test_speech_that_was_understood_is_left_alone() -> None:
    """A usual sentence of a usual length passes unchanged."""
    text = "강남구 역삼동에 불이 났어요"
    assert GUARDS.checked(text, 2.5, -0.2, 0.01) == text


@pytest.mark.parametrize(
    ("avg_logprob", "no_speech_prob"), [(-1.2, 0.7), (-2.5, 0.0)], ids=["no speech", "hopeless"]
)
def test_what_the_model_itself_doubts_is_not_believed(avg_logprob: float, no_speech_prob: float) -> None:
    """Probably no speech and unsure of the words, or sure of nothing at all."""
    assert GUARDS.checked("감사합니다", 2.0, avg_logprob, no_speech_prob) == ""


def test_doubt_of_speech_alone_loses_no_words() -> None:
    """Words that the model is sure of count, whatever it thinks of the noise around them."""
    assert GUARDS.checked("살려 주세요", 2.0, -0.3, 0.9) == "살려 주세요"


def test_a_text_longer_than_its_time_was_invented() -> None:
    """Twelve syllables a second and four are the limit."""
    assert too_fast("가" * 30, 2.0)
    assert not too_fast("가" * 27, 2.0)
    assert most_tokens(2.0) >= 27


def test_phrases_of_videos_are_known() -> None:
    """They come out of noise with any blanks."""
    assert known_invention("시청해 주셔서 감사합니다.")
    assert known_invention("MBC 뉴스 김철수입니다")
    assert not known_invention("텔레비전 뒤에서 불이 났어요")


def test_a_cry_that_is_repeated_stays_a_cry() -> None:
    """Three times is enough for the record, and less is left as it is."""
    assert without_loops("살려주세요 살려주세요") == "살려주세요 살려주세요"
    assert without_loops("살려주세요 " * 6 + "불이야") == "살려주세요 살려주세요 살려주세요 불이야"
