import pytest

from tests.unit.understanding.conftest import Hear
from voicebot.understanding.rules import Rule, compiled, find_hits
from voicebot.understanding.triage import judge


@pytest.mark.parametrize(
    ("text", "category", "urgency"),
    [
        ("주방에 불이 났어요", "fire", "urgent"),
        ("복도에 연기가 자욱해요", "fire", "urgent"),
        ("아버지가 가슴이 아프다고 하세요", "ems", "urgent"),
        ("엘리베이터에 갇혔어요", "rescue", "urgent"),
        ("가스 냄새가 심하게 나요", "rescue", "urgent"),
        ("처마에 말벌집이 있어요", "safety", "urgent"),
        ("도로에 나무가 쓰러져 있어요", "safety", "potential"),
        ("열쇠를 잃어버려서 문을 못 열어요", "safety", "non_urgent"),
        ("문 연 약국 좀 알려주세요", "inquiry", "non_urgent"),
        ("옆집이 너무 시끄러워요", "other_agency", "non_urgent"),
        ("남편이 때려요", "other_agency", "urgent"),
        ("여보세요", "unclear", "unknown"),
        ("살려주세요", "unclear", "urgent"),
    ],
)
def test_kind_and_urgency(hear: Hear, text: str, category: str, urgency: str) -> None:
    """Plain reports get the kind and the level of the 2018 life-safety rule."""
    heard = hear(text)
    assert (heard.category, heard.urgency) == (category, urgency)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("숨을 안 쉬어요", "not_breathing"),
        ("의식이 없어요", "unconscious"),
        ("차 안에 사람이 갇혔어요", "trapped"),
        ("다리 난간에 올라가서 뛰어내린대요", "suicide"),
        ("칼을 들고 위협해요", "weapon"),
        ("불이 옆집으로 번지고 있어요", "spreading"),
        ("세 명이 쓰러졌어요", "multiple_victims"),
        ("아이가 다쳤어요", "children"),
        ("가스가 새고 있어요", "hazmat"),
        ("피가 안 멈춰요", "bleeding"),
    ],
)
def test_danger_signs(hear: Hear, text: str, flag: str) -> None:
    """Each danger sign is raised by its words, with evidence, and makes no call less than urgent."""
    heard = hear(text)
    assert flag in heard.flags
    assert heard.evidence


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("출혈은 없어요", "bleeding"),
        ("피는 안 나요", "bleeding"),
        ("의식은 있어요", "unconscious"),
        ("갇힌 사람은 없어요", "trapped"),
        ("칼은 안 들었어요", "weapon"),
        ("숨은 쉬고 있어요", "not_breathing"),
    ],
)
def test_denied_danger_is_no_danger(hear: Hear, text: str, flag: str) -> None:
    """A negation in the clause takes the sign away."""
    assert flag not in hear(text).flags


def test_a_denied_fire_does_not_hide_a_smell(hear: Hear) -> None:
    """One clause denies, the next one still tells of danger."""
    heard = hear("불은 안 났는데 타는 냄새가 계속 나요")
    assert (heard.category, heard.urgency) == ("fire", "urgent")


@pytest.mark.parametrize(
    "text", ["사람", "상담원", "사람이요", "사람 바꿔 주세요", "상담원 연결해 주세요", "기계 말고 사람이요"]
)
def test_the_wish_for_a_human_is_heard(hear: Hear, text: str) -> None:
    """One word is enough."""
    assert hear(text).wants_human


@pytest.mark.parametrize(
    "text",
    ["사람이 갇혔어요", "사람이 쓰러졌어요", "사람 살려", "보호자 바꿔 드릴게요", "상담원 연결은 됐고요"],
)
def test_talking_about_people_is_no_wish(hear: Hear, text: str) -> None:
    """The word alone inside a report asks for nobody."""
    assert not hear(text).wants_human


@pytest.mark.parametrize(
    ("text", "answer"),
    [("네", "yes"), ("맞아요", "yes"), ("아니요", "no"), ("아닌데요", "no"), ("불이요", None)],
)
def test_yes_and_no(hear: Hear, text: str, answer: str | None) -> None:
    """Answers to the read-back are told apart."""
    assert hear(text).answer == answer


def test_an_unfinished_last_word_does_not_count(hear: Hear) -> None:
    """A partial text may still turn into its opposite."""
    assert hear("집에 불이 났", partial=True).urgency == "unknown"
    assert hear("집에 불이 났어요", partial=True).urgency == "urgent"
    for unfinished in ("아니요 다친", "아니요 다친 사람", "아니요 다친 사람은", "안에 갇힌 분들이 지금"):
        assert hear(unfinished, partial=True).urgency == "unknown", unfinished
    assert hear("안에 갇힌 사람이 있어요", partial=True).urgency == "urgent"


def test_confidence_never_lowers_urgency(hear: Hear) -> None:
    """An unsure recogniser changes the evidence, not the judgement."""
    assert {item.confidence for item in hear("불이 났어요").evidence} == {1.0}


def test_a_low_statement_never_covers_a_high_one() -> None:
    """The highest stated urgency wins, whatever the weights."""
    calm = compiled(Rule(rule="calm", any=("하나",), category="ems", urgency="non_urgent", weight=50))
    grave = compiled(Rule(rule="grave", any=("둘",), category="ems", urgency="urgent", weight=1))
    assert judge(find_hits((calm, grave), "하나 둘")).urgency == "urgent"


def test_a_rule_does_not_cancel_itself() -> None:
    """A rule may void its whole family and still stand."""
    keeps = compiled(Rule(rule="fire/done", any=("껐",), cancels=("fire/*",)))
    void = compiled(Rule(rule="fire/flame", any=("불",)))
    assert [hit.rule.rule for hit in find_hits((keeps, void), "불 껐")] == ["fire/done"]


@pytest.mark.parametrize(
    "text",
    [
        "친구가 죽고 싶다고 해요 상담 전화번호 좀 알려 주세요",
        "경보기가 울리는데 관리실에서 오작동이래요 확인은 안 했대요",
        "열쇠를 잃어버렸는데 국을 올려놓고 나왔어요",
        "튀김 솥 불을 안 끈 것 같아요 가게 열쇠를 잃어버렸어요",
        "고양이가 할퀴었는데 팔이 붓고 숨이 차요",
    ],
)
def test_an_everyday_matter_beside_a_danger_lowers_nothing(hear: Hear, text: str) -> None:
    """A number asked for, a rumour, a lost key or a pet in the sentence takes no danger back."""
    assert hear(text).urgency in ("urgent", "unknown")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("싱크대가 막혀서 설거지물이 안 빠져요 넘치지는 않아요", "safety"),
        ("체온은 삼십팔도 조금 안 되는데 춥고 떨려서 이불을 두 개 덮었어요", "ems"),
        ("이마가 불덩이예요 재 보니 삼십팔도 칠부예요 여섯 살이고요", "ems"),
        ("누전차단기가 자꾸 떨어져요 그을린 데는 없고 전기 기사 부르려고요", "other_agency"),
        ("손가락 삐었을 때 얼음찜질을 하면 되나요", "inquiry"),
    ],
)
def test_words_of_danger_in_everyday_matters_tell_no_danger(hear: Hear, text: str, category: str) -> None:
    """A drain, a blanket, a hot forehead, a compare_places or a question is no rescue and no fire."""
    assert hear(text).category == category


@pytest.mark.parametrize("count", ["한", "두", "세", "다섯", "여러", "2"])
def test_things_that_are_counted_are_no_dogs(hear: Hear, count: str) -> None:
    """개 counts things and is a dog: who lost fingers is not sent to a vet."""
    heard = hear(f"톱질하다가 손가락 {count} 개가 잘렸어요 피가 계속 나요")
    assert (heard.category, heard.urgency) == ("ems", "urgent")


def test_a_dog_is_a_dog(hear: Hear) -> None:
    """Without a count before it 개 is the animal."""
    assert hear("키우는 개가 토하고 경련을 해요").code == "other.vet"
