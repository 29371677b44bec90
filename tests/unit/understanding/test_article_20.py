"""Decree of the 119 Act, article 20, clause by clause: what may wait, and the exceptions that may not.

The clauses as in the public summary (easylaw): (1) rescue: plain door opening, plain safety measures, plain
handling of animals, everyday nuisance; (2) ambulance: toothache, cold, bruise, drunk, chronic illness, cut
without bleeding, transport. voicebot refuses nobody; it only ranks.
"""

import pytest

from tests.unit.understanding.conftest import Hear

MAY_WAIT = [
    "현관문이 잠겨서 못 들어가요 안에 아무도 없고 가스도 안 켰어요",
    "고양이가 나무에 올라가서 안 내려와요",
    "길에 유기견이 돌아다녀요 순해요",
    "변기가 막혔으니 뚫어 주세요",
    "바퀴벌레 좀 잡아주세요",
    "이가 아파서 잠을 못 자요 구급차 좀 보내주세요",
    "감기 기운이 있어요 열은 삼십칠 도고 숨찬 건 없어요",
    "넘어져서 무릎에 멍이 들었는데 걸을 수 있어요",
    "술 취한 사람이 벤치에 누워 있는데 부르면 대답해요",
    "정기 검진 받으러 병원에 가야 하는데 구급차로 태워다 주세요",
    "입원하러 가는데 구급차 예약되나요",
    "손가락을 베였는데 피는 멎었어요 꿰매야 할 것 같아요",
    "요양병원에서 집으로 옮기려는데 구급차 되나요",
]

EXCEPTIONS = [
    "현관문이 잠겼는데 안에 가스불을 켜 놓고 나왔어요",
    "문이 잠겼는데 안에 아픈 할머니가 계세요 불러도 대답이 없어요",
    "뱀이 마당에 들어왔어요",
    "말벌집이 학교 옆에 있어요 벌이 날아다녀요",
    "간판이 떨어질 것 같아요 밑으로 사람들이 지나다녀요",
    "감기인데 열이 삼십팔 도 오부예요",
    "감기인데 숨이 차요",
    "감기인 줄 알았는데 호흡이 곤란하대요",
    "넘어져서 멍이 들었는데 머리를 부딪히고 나서 토해요",
    "술 취한 사람이 꼬집어도 반응이 없어요",
    "술 취한 사람이 넘어져서 머리에서 피가 나요",
    "정기적으로 투석 받는 분인데 가슴이 아프대요",
    "손가락을 베였는데 피가 안 멈춰요",
    "병원을 옮기려는데 환자가 의식이 없어졌어요",
    "치통인 줄 알았는데 가슴이 조이고 식은땀이 나요",
]


@pytest.mark.parametrize("text", MAY_WAIT)
def test_what_the_decree_lets_wait_is_not_ranked_urgent(hear: Hear, text: str) -> None:
    """Each clause: low or unknown, which a human still sees; never ranked before lives."""
    assert hear(text).urgency in ("non_urgent", "potential", "unknown")


@pytest.mark.parametrize("text", EXCEPTIONS)
def test_each_exception_of_the_decree_is_urgent(hear: Hear, text: str) -> None:
    """The exceptions come first: 38 degrees, trouble breathing, no reaction, ongoing bleeding, danger."""
    assert hear(text).urgency == "urgent"
