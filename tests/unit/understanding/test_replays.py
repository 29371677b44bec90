"""Calls that were once handled wrongly, heard again."""

import pytest

from tests.unit.understanding.conftest import Hear
from voicebot.understanding import Assessment


def test_itaewon_a_short_breathless_call_stays_open_and_urgent(hear: Hear) -> None:
    """Itaewon 2022: a call is never judged by its tone; breathless words alone are urgent."""
    known = Assessment().after(hear("이태원 죠 숨이 막혀가지고"))
    assert known.routed_as_urgent
    assert known.urgency == "urgent"


def test_itaewon_people_under_people_are_a_crowd_crush(hear: Hear) -> None:
    """Itaewon 2022: ten people under others is a rescue with many victims."""
    heard = hear("사람들이 밀려서 열 명 정도 깔린 것 같다 여기 이태원 해밀톤호텔 앞이에요")
    assert (heard.category, heard.urgency) == ("rescue", "urgent")
    assert "multiple_victims" in heard.flags


def test_osong_a_warning_of_a_flood_is_a_matter_of_119(hear: Hear) -> None:
    """Osong 2023: a precursor gets a ticket before anybody refers the caller elsewhere."""
    heard = hear("둑이 무너질 것 같아요 강물이 불어서 물난리 날 거 같은데 어디다가 신고할지를 몰라서")
    assert heard.category in ("rescue", "safety")
    assert heard.urgency in ("urgent", "potential")


def test_osong_water_in_the_bus_is_urgent(hear: Hear) -> None:
    """Osong 2023: water that enters a vehicle in an underpass is an urgent rescue."""
    heard = hear("오송역으로 가는 지하차도 버스 안으로 비가 들어오고 있다 물이 차올라요")
    assert heard.urgency == "urgent"


def test_bongcheon_each_of_many_callers_is_heard_as_fire(hear: Hear) -> None:
    """Bongcheon 2025: what seventeen callers said differently is one kind, so that clusters show."""
    said = [
        "연기가 난다",
        "타는 냄새가 난다",
        "불이 보인다",
        "창문에서 불길이 나와요",
        "터지는 소리가 나고 검은 연기가 나와요",
    ]
    assert {hear(text).category for text in said} == {"fire"}
    assert all(hear(text).urgency == "urgent" for text in said)


@pytest.mark.parametrize("text", ["", "음", "아", "ㅅ ㅏㄹㄹ", "..."])
def test_a_silent_call_is_unknown_and_routed_as_urgent(hear: Hear, text: str) -> None:
    """A call without words may come from a victim: silence is not a prank."""
    known = Assessment().after(hear(text))
    assert known.urgency == "unknown"
    assert known.routed_as_urgent


def test_bucheon_a_misheard_name_still_keeps_the_fire_and_the_form_of_the_place(hear: Hear) -> None:
    """Bucheon 2024: a hotel that no list knows is kept as it was said, to be read back."""
    heard = hear("중동 코보스호텔인데요 밖에 아아 불이 났어요")
    assert heard.urgency == "urgent"
    assert heard.location is not None
    assert heard.location.place == "코보스호텔"


def test_a_jump_from_a_bridge_is_no_prank(hear: Hear) -> None:
    """Han river: a caller who tells of being in the water is believed."""
    assert hear("저 한강에 뛰어내렸어요 물에 떠 있어요").urgency == "urgent"


def test_pain_with_suicidal_words_is_urgent(hear: Hear) -> None:
    """Pain and the wish to die in one breath are both taken for real."""
    heard = hear("다리가 너무 아프다 죽고 싶다")
    assert heard.urgency == "urgent"
    assert "suicide" in heard.flags
