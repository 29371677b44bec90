"""How callers name a place in Seoul: dong, road and number, station and exit, landmark, housing complex."""

from __future__ import annotations

import random

from models.train.sentences import word_lists
from models.train.sentences.word_forms import spoken_place
from voicebot.vocabulary.numerals import digit_by_digit, sino_korean

_NEAR = (
    "앞",
    "옆",
    "뒤",
    "근처",
    "맞은편",
    "건너편",
    "쪽",
    "안",
    "입구",
    "사거리",
    "삼거리",
    "골목",
    "주차장",
    "지하",
    "뒷골목",
    "정문",
    "후문",
    "위",
    "아래",
    "사이",
)
_CITY = ("서울 ", "서울시 ", "서울특별시 ")
_NAMED_AFTER_DONG = (
    "시장",
    "역",
    "주민센터",
    "초등학교",
    "중학교",
    "고등학교",
    "공원",
    "우체국",
    "파출소",
    "사거리",
    "교회",
    "성당",
    "도서관",
    "로터리",
)
_PSEUDO_SUFFIXES = (
    "아파트",
    "빌라",
    "빌딩",
    "타워",
    "병원",
    "교회",
    "식당",
    "마트",
    "학원",
    "약국",
    "모텔",
    "호텔",
    "카페",
    "상회",
    "고시원",
    "유치원",
    "로",
    "길",
    "동",
    "부동산",
    "치킨",
    "하우스",
    "빌",
    "플라자",
)


def dong(rng: random.Random) -> str:
    """A legal dong as it is said, common ones more often; sometimes an administrative one (역삼 일동)."""
    if rng.random() < 0.5:
        name = rng.choice(word_lists.words("common_dongs.txt"))
    else:
        name = rng.choice(word_lists.gu_and_dong())[1]
    if rng.random() < 0.06 and name.endswith("동") and name.isalpha():
        return f"{name[:-1]} {sino_korean(rng.randint(1, 8))}동"
    return spoken_place(name)


def gu_dong(rng: random.Random) -> str:
    """A gu with one of its own dongs."""
    gu, name = rng.choice(word_lists.gu_and_dong())
    common = word_lists.words("common_dongs.txt")
    if name not in common and rng.random() < 0.4:
        name = rng.choice(common)
        gu = next((g for g, d in word_lists.gu_and_dong() if d == name), gu)
    return f"{gu} {spoken_place(name)}"


def building_number(rng: random.Random) -> str:
    """A building number, sometimes with a second part (백오십이 다시 삼)."""
    number = sino_korean(rng.choice((rng.randint(1, 99), rng.randint(1, 600), rng.randint(1, 999))))
    second = rng.random()
    if second < 0.12:
        number += f" {rng.choice(('다시', '에', '의', '대시'))} {sino_korean(rng.randint(1, 40))}"
    return number


def road(rng: random.Random) -> str:
    """A road name, sometimes with a numbered side street (테헤란로 이십삼길)."""
    name = rng.choice(word_lists.words("roads.txt"))
    kind = rng.random()
    if kind < 0.2:
        name += f" {sino_korean(rng.randint(1, 99))}길"
    elif kind < 0.25:
        name += f" {sino_korean(rng.randint(1, 99))}{rng.choice(('가길', '나길', '다길'))}"
    return name


def station(rng: random.Random) -> str:
    """A station, often with an exit."""
    name = rng.choice(word_lists.words("stations.txt"))
    return f"{name} {sino_korean(rng.randint(1, 14))}번 출구" if rng.random() < 0.5 else name


def complex_name(rng: random.Random) -> str:
    """A housing complex with building and flat (삼성아파트 백이동 천삼백사호)."""
    kind = rng.random()
    base = rng.choice(word_lists.words("complexes.txt"))
    name = f"{base}아파트" if kind < 0.7 else base
    if rng.random() < 0.3:
        name += f" {sino_korean(rng.randint(1, 14))}{rng.choice(('차', '단지', '차 아파트'))}"
    return f"{name} {flat(rng)}" if rng.random() < 0.6 else name


def flat(rng: random.Random) -> str:
    """Building, floor or flat number."""
    building = rng.choice(
        (
            sino_korean(rng.randint(101, 130)),
            sino_korean(rng.randint(1, 30)),
            sino_korean(rng.randint(101, 1520)),
            rng.choice("가나다라마비에"),
        )
    )
    storey = sino_korean(rng.randint(1, 40))
    room = rng.randint(1, 40) * 100 + rng.randint(1, 12)
    spoken_room = sino_korean(room) if rng.random() < 0.7 else digit_by_digit(str(room))
    return rng.choice(
        (
            f"{building}동 {spoken_room}호",
            f"{building}동",
            f"{spoken_room}호",
            f"{storey}층",
            f"{building}동 {storey}층",
            f"지하 {sino_korean(rng.randint(1, 6))}층",
        )
    )


def spoken_number_part(rng: random.Random) -> str:
    """Only the number part of an address, as an answer to "몇 번지요?"."""
    number = building_number(rng)
    return rng.choice(
        (
            number,
            f"{number}번지",
            f"{number}번지요",
            flat(rng),
            f"{flat(rng)}요",
            f"{sino_korean(rng.randint(1, 14))}번 출구요",
            f"{number} 이요",
            f"{number}번",
            digit_by_digit(str(rng.randint(100, 9999))),
        )
    )


def pseudo_place(rng: random.Random) -> str:
    """A name that no list holds, of syllables that lists hold: the model shall spell what it hears."""
    syllables = syllable_pool()
    name = "".join(rng.choice(syllables) for _ in range(rng.choice((2, 2, 3, 3, 4))))
    return name + rng.choice(_PSEUDO_SUFFIXES) if rng.random() < 0.85 else name


def syllable_pool() -> str:
    """The syllables of all name lists, each once, sorted."""
    names = [word for _, word in word_lists.gu_and_dong()]
    for listing in (
        "roads.txt",
        "stations.txt",
        "landmarks.txt",
        "complexes.txt",
        "generic_places.txt",
        "expressways.txt",
    ):
        names += word_lists.words(listing)
    return "".join(sorted({letter for letter in "".join(names) if "가" <= letter <= "힣"}))


def _landmark(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.55:
        return rng.choice(word_lists.words("landmarks.txt"))
    if kind < 0.7:
        return rng.choice(word_lists.words("expressways.txt"))
    stem = dong(rng).split()[0]
    return (stem[:-1] if stem.endswith("동") and len(stem) > 2 else stem) + rng.choice(_NAMED_AFTER_DONG)


def spoken_location(rng: random.Random, *, short: bool = False) -> str:
    """A place as a caller gives it, without an ending. ``short``: a single name, as in a correction."""
    if short:
        return rng.choice((dong, dong, station, road, _landmark))(rng)
    kind = rng.random()
    if kind < 0.13:
        return dong(rng)
    if kind < 0.25:
        return rng.choice(("", "", *_CITY)) + gu_dong(rng)
    if kind < 0.33:
        return f"{gu_dong(rng)} {road(rng)} {building_number(rng)}"
    if kind < 0.42:
        return f"{dong(rng)} {road(rng)} {building_number(rng)}" + rng.choice(
            ("", "", " 건물", " 앞", " 지하")
        )
    if kind < 0.51:
        return f"{road(rng)} {building_number(rng)}" + rng.choice(
            ("", "", "", " 건물", " 빌딩", " 앞", f" {flat(rng)}")
        )
    if kind < 0.63:
        return f"{station(rng)} {rng.choice(('', '', *_NEAR))}".strip()
    if kind < 0.74:
        return rng.choice(("", f"{dong(rng)} ")) + f"{_landmark(rng)} {rng.choice(('', '', *_NEAR))}".strip()
    if kind < 0.82:
        return rng.choice(("", f"{dong(rng)} ", f"{gu_dong(rng)} ")) + complex_name(rng)
    if kind < 0.9:
        return f"{dong(rng)} {building_number(rng)}번지" + rng.choice(
            ("", "", f" {sino_korean(rng.randint(1, 40))}호")
        )
    if kind < 0.97:
        place = rng.choice(word_lists.words("generic_places.txt"))
        return (
            rng.choice(("", f"{dong(rng)} ", f"{dong(rng)} "))
            + f"{place} {rng.choice(('', '', *_NEAR))}".strip()
        )
    return rng.choice(word_lists.gu_and_dong())[0]
