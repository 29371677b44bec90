from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.understanding.conftest import LEXICON
from tests.unit.understanding.misheard import misheard_dongs
from voicebot.understanding import Assessment, load_knowledge, understand
from voicebot.understanding.places.gazetteer import load_gazetteer
from voicebot.vocabulary.urgency import higher

KNOWLEDGE = load_knowledge(LEXICON)
GAZETTEER = load_gazetteer()
WORDS = st.sampled_from(
    [
        "불이",
        "났어요",
        "연기가",
        "나요",
        "숨을",
        "안",
        "쉬어요",
        "의식이",
        "없어요",
        "아니",
        "아니요",
        "괜찮아요",
        "취소",
        "역삼동",
        "강남구",
        "역",
        "3번",
        "출구",
        "로",
        "152",
        "사람",
        "바꿔",
        "주세요",
        "고양이가",
        "문이",
        "잠겼어요",
        "피가",
        "나요",
        "어제",
        "아까",
        "죽겠어요",
        "배고파",
        "물이",
        "차요",
        "안",
        "오셔도",
        "돼요",
        "네",
        "여보세요",
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=14).map(" ".join))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_any_text_is_understood_the_same_twice(text: str) -> None:
    """No text raises, and the same text gives the same answer."""
    first = understand(text, confidence=0.5, utterance=0, knowledge=KNOWLEDGE)
    assert first == understand(text, confidence=0.5, utterance=0, knowledge=KNOWLEDGE)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS)
def test_what_is_said_later_in_a_call_lowers_nothing(first: str, later: str) -> None:
    """The urgency of a call never falls, whatever follows."""
    known = Assessment().after(understand(first, confidence=1.0, utterance=0, knowledge=KNOWLEDGE))
    after = known.after(understand(later, confidence=1.0, utterance=1, knowledge=KNOWLEDGE))
    assert higher(known.urgency, after.urgency) == after.urgency
    assert set(known.flags) <= set(after.flags)


def test_a_dong_misheard_by_one_jamo_is_taken_or_offered() -> None:
    """With one wrong letter the right dong is taken or among the offered ones at least 95 times in 100."""
    found = misheard_dongs(GAZETTEER)
    assert found.names > 300
    assert found.taken_or_offered / found.names >= 0.95
    assert found.asked / found.names <= 0.25, "callers are asked too often which dong they mean"


def test_the_lexicon_is_read_from_its_files() -> None:
    """Rules, classes of words, dialect and guides all come from data."""
    assert {path.name for path in Path(LEXICON).glob("*.yaml")} >= {
        "words.yaml",
        "dialect.yaml",
        "taxonomy.yaml",
    }
    assert KNOWLEDGE.guides.public_class("rescue.lift") is not None
