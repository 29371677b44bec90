"""Callers who speak another language are noticed, and brought to a human or to their own dialog."""

import pytest

from tests.unit.understanding.conftest import Hear


@pytest.mark.parametrize(
    ("text", "language", "human"),
    [
        ("hello please help me there is a fire", "en", False),
        ("헬로 헬프 미 플리즈", "en", False),
        ("영어로 말할 수 있어요", "en", False),
        ("救命 着火了 请快来", "zh", True),
        ("니하오 찌우밍", "zh", True),
        ("助けてください 火事です", "ja", True),
        ("모시모시 스미마센 다스케테", "ja", True),
        ("cứu tôi với cháy nhà", "vi", True),
        ("씬짜오 끄우 또이", "vi", True),
        ("помогите пожар", "und", True),
        ("통역 좀 해주세요", "und", True),
    ],
)
def test_a_language_is_noticed_by_script_or_common_words(
    hear: Hear, text: str, language: str, human: bool
) -> None:
    """English has a dialog of its own; for the others a human is the only way."""
    heard = hear(text)
    assert (heard.language, heard.wants_human) == (language, human)


@pytest.mark.parametrize(
    "text",
    [
        "불이 났어요",
        "아이가 이상해요 마이 아파요",
        "여보세요",
        "나 외국 사람 친구 아파 빨리",
        "LPG 가스가 새요",
    ],
)
def test_korean_is_not_taken_for_another_language(hear: Hear, text: str) -> None:
    """Broken Korean, dialect and loan words are Korean."""
    assert hear(text).language is None
