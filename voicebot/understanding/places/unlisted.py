"""Places that no list knows, told by the form of their name: estates, bridges, junctions, posts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebot.understanding.places.gazetteer import Gazetteer
from voicebot.understanding.places.mentions import ENDING, Mention
from voicebot.vocabulary.numerals import NUMBER, parse_number

_BRAND_NAMED = re.compile(
    r"(?<!\S)(?P<name>[가-힣]{0,6}(?:래미안|힐스테이트|푸르지오|롯데캐슬|아이파크|이편한세상|더샵|자이|센트레빌|두산위브|휴먼시아|하늘채|스위첸"
    r"|꿈에그린|벽산블루밍|어울림|에코빌|홈타운|월드메르디앙|베르디움|유보라|해모로|스타힐스|칸타빌|팰리스|렉슬|파크텔|파크뷰|리슈빌|에스케이뷰|트리마제|아크로|한신더휴|데시앙|코오롱하늘채|호반써밋|디에이치|엘에이치|엘에스|경남아너스빌)(?:\s?(?!\S*(?:층|호|동|단지)(?:\s|$))[가-힣A-Za-z]{0,8}?)?)"
    rf"{ENDING}(?!\S)"
)
_BRIDGE = re.compile(
    rf"(?<!\S)(?P<name>[가-힣]{{1,5}}(?<!학)(?<!종)(?<!육)(?<!고)(?<!불)(?<!외)(?<!비)(?<!독)(?<!주)(?<!등)(?<!하)(?<!전)(?<!포)(?<!는)(?<!인)(?<!은)(?<!나)(?<!카)교"
    rf"|[가-힣]{{1,6}}(?:고개|대피소|쉼터|능선|깔딱고개))(?:\s(?:위|아래|밑|지나서|부근|건너|중간|북단|남단|쪽))?{ENDING}(?!\S)"
)
_JUNCTION = re.compile(
    rf"(?<!\S)(?P<name>[가-힣]{{2,6}}(?<![는은던운로긴한]))\s?(?P<kind>나들목|분기점|램프|아이씨|IC|JC|인터체인지|톨게이트|요금소|휴게소|졸음쉼터|지하차도|고가차도|터널){ENDING}(?!\S)"
)
_POST = re.compile(
    rf"(?P<whole>\d+|{NUMBER})\s?(?:\s?(?:\.|점|쩜)\s?(?P<tenth>\d|[영공일이삼사오육칠팔구]))?\s?(?:킬로미터|킬로|키로미터|키로|km|KM)\s?(?:지점|표지|푯말|이정표|팻말|표지판|쯤|부근|근처|지나)"
)
_MARKER = re.compile(
    rf"(?:말뚝|표지판?|푯말|팻말|이정표|기점|시점)\S{{0,2}}\s(?P<whole>\d{{2,3}}|{NUMBER})\s?(?:\.|점|쩜)\s?"
    r"(?P<tenth>\d|[영공일이삼사오육칠팔구])"
)
"""A number read off a post, without the word for kilometres."""
_PLATE = re.compile(
    r"(?P<kind>전신주|전봇대|전주|가로등|승강기|엘리베이터|기초)\s?(?:고유\s?|관리\s?)?번호(?:판)?(?:는|가|은|이)?\s+"
    r"(?P<code>[\dA-Z][\dA-Z -]{2,14}[\dA-Z])"
)
_GENERIC_JUNCTION = frozenset(
    {
        "알코올",
        "아로마",
        "지하",
        "앞",
        "다음",
        "여기",
        "근처",
        "고속도로",
        "무슨",
        "어느",
        "하행",
        "상행",
        "긴",
    }
)


def named_by_form(text: str, gazetteer: Gazetteer) -> Iterator[Mention]:
    """Yield names that show by their form what they are: estates of a brand, bridges, junctions, posts."""
    for match in _BRAND_NAMED.finditer(text):
        name = match["name"].replace(" ", "")
        yield Mention("place", name, match.start(), match.end("name"), 0.85, match["name"])
    for match in _BRIDGE.finditer(text):
        name = match["name"]
        if name not in gazetteer.not_places.get("bridge", ()) and len(name) > 2:
            yield Mention("place", name, match.start(), match.end("name"), 0.95, name)
    for match in _JUNCTION.finditer(text):
        if match["name"] in _GENERIC_JUNCTION:
            continue
        kind = {"아이씨": "IC", "인터체인지": "IC"}.get(match["kind"], match["kind"])
        yield Mention("place", match["name"] + kind, match.start(), match.end("kind"), 0.9, match.group(0))
    for match in (*_POST.finditer(text), *_MARKER.finditer(text)):
        whole = parse_number(match["whole"])
        if whole is None:
            continue
        tenth = f".{parse_number(match['tenth'])}" if match["tenth"] else ""
        yield Mention("place", f"{whole}{tenth}km", match.start(), match.end(), 0.97, match.group(0))
    for match in _PLATE.finditer(text):
        name = f"{match['kind']} {match['code']}"
        yield Mention("place", name, match.start(), match.end(), 0.9, match.group(0))
