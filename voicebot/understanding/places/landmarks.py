"""Mentions of stations with their exits, buildings, bridges, hills, and points on the national grid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebot.understanding.places import districts
from voicebot.understanding.places.gazetteer import Gazetteer
from voicebot.understanding.places.mentions import ENDING, Mention
from voicebot.understanding.places.unlisted import named_by_form
from voicebot.vocabulary.numerals import NUMBER, SPOKEN_DIGITS, parse_number, spelled_digits

LEAST_SIMILAR = 0.82
"""For names of stations: one jamo of nine may differ, two of twelve.

No labelled line tells 0.70 from 0.92 (`python -m tests.measurements.thresholds`).
"""
_UNLISTED_STATION, _STATION_BY_ITSELF = 0.6, 0.7
"""Scores: a station that no list has counts only with an exit, ``무슨역 3번 출구``."""
_LEAST_SIMILAR_BUILDING = 0.88
"""For names of four syllables and more, which share their endings: one jamo of twelve may differ."""
_STATION = re.compile(rf"(?<!\S)(?P<name>[가-힣\d.]{{1,9}}역){ENDING}(?!\S)")
_EXIT = re.compile(rf"\S{{0,2}}?\s?(?P<number>{NUMBER})\s?번\s?(?:출구|출입구|나가는\s?(?:곳|데)|게이트)")
_GRID = re.compile(
    rf"(?<!\S)(?P<letters>[가-하][가-하])\s?(?P<east>\S{{4}})\s?(?P<north>[\d{SPOKEN_DIGITS}]{{4}})"
)
_SUFFIX = (
    "아파트|빌라|빌딩|타워|오피스텔|시장|공원|병원|의원|초등학교|중학교|고등학교|대학교|어린이집|유치원|교회|성당|호텔|모텔"
    "|백화점|터미널|체육관|도서관|경기장|대교|철교|터널|지하차도|고가차도|육교|사거리|오거리|삼거리|교차로|로터리|램프|나들목|분기점"
    "|계곡|약수터|숲길|둘레길|마을|캐슬|자이|래미안|푸르지오|힐스테이트|더샵|아이파크|하이츠|파크|맨션|주공|상가|플라자|센터|쇼핑몰|요양원|경로당"
    "|힐즈|편한세상|센트레빌|위브|캠핑장|야영장|운동장|경기장|골프장|수영장|찜질방|사우나|노래방|피시방|예식장|장례식장|미술관|박물관|문화회관|구민회관|청사|구청|시청|경찰서|소방서|법원|공항|고시원|학원|휴게소|요금소|톨게이트|주유소|충전소|차고지|정류장|선착장|나루터|빗물펌프장|하수처리장|체육센터|국민체육센터|전망대|생태공원|근린공원|어린이공원|체육공원|놀이공원|광장|묘지|현충원|수산시장|꽃시장|한강공원|타운|스퀘어|그라시움|포레온|시티|빌리지|팰리스|수련관|복지관|주민센터|우체국|파출소|주차타워|한의원|이마트|홈플러스"
)
_BRANDS = (
    "이마트|홈플러스|롯데마트|코스트코|하나로마트|스타벅스|맥도날드|버거킹|롯데리아|올리브영|다이소|롯데백화점|현대백화점|신세계백화점"
    "|교보문고|CGV|메가박스|롯데시네마|투썸플레이스|이디야|파리바게뜨"
)
_BUILDING = re.compile(
    rf"(?<!\S)(?P<name>[가-힣A-Za-z\d]{{1,12}}?(?:{_SUFFIX}))(?:\s?(?P<block>{NUMBER})\s?단지)?{ENDING}(?!\S)"
)
_BLOCK = re.compile(
    rf"(?<!\S)(?P<dong>[가-힣]{{1,5}}동\s)?(?P<name>[가-힣]{{2,10}}?)\s?(?P<block>{NUMBER})\s?단지"
)
_BRANCH = re.compile(rf"(?<!\S)(?P<brand>{_BRANDS})\s?(?P<branch>[가-힣]{{1,6}}?점){ENDING}(?!\S)")
_END = re.compile(rf"{ENDING}(?!\S)")
_SPOKEN_GA = re.compile(r"(?<=[가-힣])([일이삼사오육칠])가역$")
_SAID = str.maketrans("123", "일이삼")
_SIDE = re.compile(r"\s?(?P<side>북단|남단)")
_PEAK = re.compile(
    rf"(?<!\S)(?P<name>[가-힣]{{1,4}}(?:봉|대|암|고개|바위|능선|대피소|쉼터)|[가-힣]{{0,4}}(?:폭포|약수터|팔각정|정상|계곡|소망탑|해맞이광장|전망대|정자|헬기장|배드민턴장|쉼터|깔딱고개)){ENDING}(?!\S)"
)


def find_landmarks(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Yield the mentioned places in their usual spelling."""
    yield from _grid_points(text)
    yield from _stations(text, gazetteer)
    known = list(_known(text, gazetteer))
    yield from known
    yield from _summits(text, known)
    yield from named_by_form(text, gazetteer)
    yield from _buildings(text, gazetteer)
    yield from _blocks(text, gazetteer)


def _grid_points(text: str) -> Iterator[Mention]:
    """Yield points of the national grid: two letters and twice four digits, ``다사 5961 6284``."""
    for match in _GRID.finditer(text):
        east, north = spelled_digits(match["east"]), spelled_digits(match["north"])
        if east and north:
            name = f"{match['letters']} {east} {north}"
            yield Mention("place", name, match.start(), match.end(), 1.0, match.group(0))


def _stations(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    for match in _STATION.finditer(text):
        heard = _SPOKEN_GA.sub(lambda found: f"{parse_number(found[1])}가역", match["name"])
        if heard in gazetteer.not_places["station"]:
            continue
        if heard in gazetteer.places:
            name, score = heard, 1.0
        else:
            near = gazetteer.near(gazetteer.places, heard, LEAST_SIMILAR) if len(heard) > 2 else []
            name, score = next(
                ((it, how) for it, how in near if it.endswith("역")), (heard, _UNLISTED_STATION)
            )
        end = match.end("name")
        exit_ = _EXIT.match(text[end:])
        number = parse_number(exit_["number"]) if exit_ else None
        if exit_ is not None and number is not None:
            name, end = f"{name} {number}번 출구", end + exit_.end()
        elif score < _STATION_BY_ITSELF:
            continue
        yield Mention("place", name, match.start("name"), end, score, text[match.start("name") : end])


def _known(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Yield listed names, however the recogniser spaced them, with the end of a bridge if it was said."""
    squeezed = text.replace(" ", "")
    origin = [index for index, char in enumerate(text) if char != " "]
    for name in gazetteer.landmarks:
        at = squeezed.find(name)
        if at < 0 and name.endswith("호터널"):
            at = squeezed.find(name.translate(_SAID))
        if at < 0:
            continue
        start, end = origin[at], origin[at + len(name) - 1] + 1
        if (start and text[start - 1] != " ") or not _END.match(text[end:]):
            continue
        if name.endswith("시장") and text[start:end].partition(" ")[0] in gazetteer.dongs:
            continue
        side = _SIDE.match(text[end:])
        spelled = f"{name} {side['side']}" if side else name
        yield Mention("place", spelled, start, end + (side.end() if side else 0), 1.0, text[start:end])


def _summits(text: str, known: list[Mention]) -> Iterator[Mention]:
    """Yield mountains joined with the peak or pavilion that is named after them."""
    for mountain in known:
        if not mountain.name.endswith(("산", "스카이웨이", "사")):
            continue
        peak = _PEAK.search(text[mountain.end :])
        if peak is not None:
            end = mountain.end + peak.end("name")
            words = text[mountain.start : end]
            yield Mention("place", f"{mountain.name} {peak['name']}", mountain.start, end, 1.0, words)


def _buildings(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    for match in _BRANCH.finditer(text):
        name = f"{match['brand']} {match['branch']}"
        yield Mention("place", name, match.start(), match.end("branch"), 0.9, match.group(0))
    for match in _BUILDING.finditer(text):
        heard = match["name"]
        listed = heard in gazetteer.places or heard in gazetteer.not_places["building"]
        if listed or re.fullmatch(_SUFFIX, heard):
            continue
        name, score = heard, 0.7
        if len(heard) >= 4:
            near = [
                it
                for it in gazetteer.near(gazetteer.places, heard, _LEAST_SIMILAR_BUILDING)
                if it[0][-2:] == heard[-2:]
            ]
            name, score = near[0] if near else (name, score)
        block = parse_number(match["block"]) if match["block"] else None
        if block is not None:
            name += f"{block}단지"
        yield Mention("place", name, match.start("name"), match.end("name"), score, match.group(0))


def _blocks(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Yield estates by block, ``번동 주공 이단지`` and ``가양동 육단지``, which is 가양6단지."""
    for match in _BLOCK.finditer(text):
        block, name = parse_number(match["block"]), match["name"]
        if block is None or name in gazetteer.not_places["estate"]:
            continue
        if name.endswith("동"):
            near = gazetteer.near_dongs(name, districts.LEAST_SIMILAR)
            name = (near[0][0] if near else name).removesuffix("동")
        elif name in ("주공", "신시가지", "시영", "주공아파트") and match["dong"]:
            dong = match["dong"].strip()
            name = f"{dong.removesuffix('동') if len(dong) > 2 else dong}{name}"
        yield Mention("place", f"{name}{block}단지", match.start("name"), match.end(), 0.8, match.group(0))
