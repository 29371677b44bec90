import pytest

from tests.unit.understanding.conftest import Hear
from voicebot.understanding import Assessment, Knowledge
from voicebot.understanding.places.pidf import distance_m


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("강남구 역삼동 테헤란로 백오십이인데요", "강남구 역삼동 테헤란로 152"),
        ("테헤란로 152", "테헤란로 152"),
        ("력삼동이요", "역삼동"),
        ("도남동 육백십이 다시 오", "돈암동 612-5"),
        ("문래동 사가 이십이 다시 육이요", "문래동4가 22-6"),
        ("당산동오가예요", "당산동5가"),
        ("노원구 중계동 동일로 이백삼길이요", "노원구 중계동 동일로203길"),
        ("화곡동 까치산로 구십구 사층인데요", "화곡동 까치산로 99"),
        ("건대입구역 이번 출구 앞이요", "건대입구역 2번 출구"),
        ("국가지점번호 다사 오구육일 육이팔사예요", "다사 5961 6284"),
        ("역삼동 아니 삼성동이요", "삼성동"),
        ("왕십리 아니고 마장동이요", "마장동"),
        ("올림픽대로 김포공항 방향 한강대교 지나서요", "올림픽대로 한강대교"),
        ("도봉산 자운봉 밑이에요", "도봉산 자운봉"),
        ("가양동 육단지요", "가양동 가양6단지"),
        ("종로구 명륜 삼가인데요", "종로구 명륜3가"),
        ("서초구 양재동이라고요", "서초구 양재동"),
        ("노원구 공릉동쪽에 불이 났어요", "노원구 공릉동"),
    ],
)
def test_a_place_is_read_as_it_was_meant(hear: Hear, text: str, spoken: str) -> None:
    """Names, numbers, corrections and slips of the recogniser give the place in usual spelling."""
    location = hear(text).location
    assert location is not None
    assert location.spoken() == spoken


@pytest.mark.parametrize(
    "text",
    [
        "불이 났어요",
        "친구가 쓰러졌어요",
        "운동하다가 다쳤어요",
        "바로 와주세요",
        "이 지역에 처음이에요",
        "203동이요",
    ],
)
def test_everyday_words_are_no_places(hear: Hear, text: str) -> None:
    """Words that end like a name do not become an address."""
    assert hear(text).location is None


def test_a_dong_that_exists_twice_gives_both(hear: Hear) -> None:
    """The caller is asked which gu is meant."""
    location = hear("신정동이요").location
    assert location is not None
    assert {candidate.gu for candidate in location.candidates} == {"마포구", "양천구"}
    assert location.lat is None


def test_a_gu_settles_which_dong_is_meant(hear: Hear) -> None:
    """A named gu leaves one dong with its middle."""
    location = hear("은평구 신사동이요").location
    assert location is not None
    assert not location.candidates
    assert location.lat is not None


def test_a_gu_without_such_a_dong_is_noticed(hear: Hear) -> None:
    """One of the two was misheard, so both are kept and marked."""
    location = hear("종로구 역삼동이요").location
    assert location is not None
    assert location.conflict


def test_a_slip_lowers_the_confidence(hear: Hear) -> None:
    """A name that had to be mended is less sure than one heard right."""
    exact, mended = hear("역삼동이요").location, hear("력삼동이요").location
    assert exact is not None
    assert mended is not None
    assert mended.confidence < exact.confidence


def test_a_word_that_sounds_equally_like_two_dongs_is_asked_for(hear: Hear) -> None:
    """Neither is guessed: both are offered, and the named gu or dong chooses."""
    heard = hear("상동동이요").location
    assert heard is not None
    assert {it.name for it in heard.candidates} == {"상도동", "상봉동"}
    by_gu = Assessment(location=heard).after(hear("중랑구요")).location
    by_name = Assessment(location=heard).after(hear("상봉동이요")).location
    assert by_gu is not None
    assert by_name is not None
    assert (by_gu.spoken(), by_gu.ambiguous) == ("중랑구 상봉동", False)
    assert (by_name.dong, by_name.ambiguous) == ("상봉동", False)


def test_the_named_gu_decides_which_misheard_dong_is_meant(hear: Hear) -> None:
    """A name that lies in the gu that was said needs no question."""
    heard = hear("중랑구 상동동이요").location
    assert heard is not None
    assert (heard.spoken(), heard.ambiguous, heard.conflict) == ("중랑구 상봉동", False, False)


def test_every_point_lies_near_a_dong_of_its_gu(knowledge: Knowledge) -> None:
    """Points written from memory are checked against the public middles of the dongs of their gu."""
    dongs = [dong for found in knowledge.gazetteer.dongs.values() for dong in found]
    for name, spot in knowledge.gazetteer.spots.items():
        away_m = min(
            distance_m(spot.lat, spot.lon, dong.lat, dong.lon)
            for dong in dongs
            if dong.gu == spot.gu and dong.lat is not None and dong.lon is not None
        )
        assert away_m < 2700, name
        assert 300 <= spot.uncertainty_m <= 2000, name


def test_a_station_gives_a_closer_point_than_its_dong(hear: Hear) -> None:
    """The exit of a station is found within the station's uncertainty, not the dong's."""
    station = hear("서초동 강남역 십번 출구요").location
    dong = hear("역삼동이요").location
    assert station is not None
    assert dong is not None
    assert station.uncertainty_m == 400.0
    assert (dong.uncertainty_m, hear("테헤란로 152요").location.uncertainty_m) == (1500.0, None)  # type: ignore[union-attr]


def test_a_place_in_another_gu_gives_no_point(hear: Hear) -> None:
    """A name that exists twice must not move the crew: the dong's middle stands."""
    heard = hear("강남구 역삼동 망원시장이요").location
    assert heard is not None
    assert heard.uncertainty_m == 1500.0


@pytest.mark.parametrize("joint", [" 아니", "이요 아니", "이 아니라"])
def test_a_correction_takes_back_the_gu_with_its_dong(hear: Hear, joint: str) -> None:
    """마포구 신정동 is withdrawn whole when another gu and dong follow."""
    place = hear(f"마포구 신정동{joint} 성동구 응봉동이요").location
    assert place is not None
    assert (place.gu, place.dong, place.conflict) == ("성동구", "응봉동", False)


def test_a_road_whose_name_holds_gil(hear: Hear) -> None:
    """신길로 is a road of its own, not 신길 with a particle."""
    place = hear("신길동 신길로 백육십이에요").location
    assert place is not None
    assert (place.dong, place.road, place.number) == ("신길동", "신길로", "160")


@pytest.mark.parametrize("said", ["남산 삼호터널", "남산삼호 터널", "남산 3호터널"])
def test_a_tunnel_by_its_spoken_number(hear: Hear, said: str) -> None:
    """The numbered tunnels are known as they are said, with their points."""
    place = hear(f"{said} 안이에요").location
    assert place is not None
    assert place.place == "남산3호터널"
    assert place.lat is not None
