from pathlib import Path

import pytest

from voicebot.errors import DialogError
from voicebot.understanding import Knowledge
from voicebot.understanding.incident_guides import load_incident_guides


def test_every_type_of_the_rules_has_its_public_classes(knowledge: Knowledge) -> None:
    """No incident type falls out of the 4/16 and 15 + 11 classes."""
    codes = {rule.rule.code for rule in knowledge.rules if rule.rule.code}
    assert [code for code in codes if knowledge.guides.public_class(code) is None] == []


def test_every_public_dispatch_type_can_be_reached(knowledge: Knowledge) -> None:
    """The fifteen rescue and eleven safety types all stand in the table."""
    listed = {entry.dispatch for entry in knowledge.guides.taxonomy.values()}
    rescue = [
        "화재",
        "교통",
        "승강기",
        "인명갇힘",
        "자살기도",
        "산악사고",
        "수난사고",
        "추락",
        "끼임",
        "붕괴·도괴",
        "폭발",
        "누출",
        "테러(의심)",
        "항공기",
        "기타",
    ]
    assert set(rescue) <= listed
    safety = [
        "벌(집)제거",
        "동물처리",
        "잠금장치 개방",
        "장애물 제거 및 안전조치",
        "위치확인",
        "생활끼임",
        "피해복구지원",
    ]
    assert {*safety, "비화재보 확인", "감염병 지원", "행사장 지원"} <= listed


def test_the_medium_classes_are_the_public_sixteen(knowledge: Knowledge) -> None:
    """Medium classes are those of the public data set, no others."""
    public = "부상 사고 심정지 약물중독 임산부 질병(중증) 질병(중증_외) 기타구급 대물사고 안전사고 자살 기타구조 일반화재 산불 기타화재 기타"
    assert {it.medium for it in knowledge.guides.taxonomy.values()} == {
        it.replace("_", " ") for it in public.split()
    }


@pytest.mark.parametrize(
    ("code", "number"),
    [("other.police", "112"), ("other.city", "120"), ("rescue.gas", "1544-4500"), ("safety.wire", "123")],
)
def test_referrals_name_the_office(knowledge: Knowledge, code: str, number: str) -> None:
    """Each referral has its number, and calling again is always offered."""
    agency = knowledge.guides.referral(code)
    assert agency is not None
    assert agency.number == number
    assert "일일구" in knowledge.guides.call_again


def test_a_wrong_table_is_refused_with_its_place(tmp_path: Path) -> None:
    """An author's slip names the file and the entry."""
    (tmp_path / "taxonomy.yaml").write_text("fire: {large: 불, medium: 화재, dispatch: 화재}\n", "utf-8")
    with pytest.raises(DialogError, match=r"taxonomy\.yaml: 'fire\.large'"):
        load_incident_guides(tmp_path)
