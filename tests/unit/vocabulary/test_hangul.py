from hypothesis import given
from hypothesis import strategies as st

from voicebot.vocabulary.hangul import letters, nearest, similarity

HANGUL = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=5)


@given(HANGUL, HANGUL)
def test_similarity_is_even_and_bounded(first: str, second: str) -> None:
    """It does not matter which of two names was heard."""
    assert 0.0 <= similarity(first, second) == similarity(second, first) <= 1.0


def test_a_final_moves_to_the_next_syllable() -> None:
    """Names that are spoken alike are alike."""
    assert letters("돈암동") == letters("도남동")


def test_one_wrong_letter_costs_a_ninth() -> None:
    """A slip of one jamo in three syllables stays near."""
    assert round(similarity("역삼동", "력삼동"), 2) == 0.89


def test_nearest_sorts_by_similarity() -> None:
    """The best name comes first and far ones are left out."""
    names = {name: letters(name) for name in ("신림동", "심곡동", "역삼동")}
    assert [name for name, _ in nearest("심림동", names, least=0.7)] == ["신림동"]
