"""Draws sentences that a caller to 119 in Seoul might say: places, incidents, answers, and mixtures of them.

Everything comes from templates and the lists in ``lexicon/``; no recorded or transcribed call is used. A
sentence belongs to one split for ever: `split_of` hashes its text, so no test sentence can occur in training,
whatever the seed. The closed list of short answers (yes, no) is the exception: it is in every split, because
there is no other way to say those, and the evaluation reports it on its own.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator
from typing import Literal

from models.train.sentences import word_lists
from models.train.sentences.places import pseudo_place, spoken_location, spoken_number_part
from models.train.sentences.word_forms import has_final_consonant, spoken_place, with_ending
from voicebot.vocabulary.numerals import counted, sino_korean

Split = Literal["train", "dev", "test"]

DEMO_SENTENCES = (
    "역삼동 테헤란로 백오십이 건물에 불이 났어요 안에 사람이 갇혀 있어요",
    "불이 났어요 사람이 갇혔어요",
    "망원동 망원시장 앞에 나무가 쓰러졌어요",
    "네 맞아요",
    "아니요",
)
"""Sentences of the first run; all their words are in the lists, the combinations may or may not be drawn."""

_OPENINGS = (
    "여기 ",
    "지금 ",
    "저기요 ",
    "저 여기 ",
    "네 ",
    "어 ",
    "음 ",
    "아 ",
    "여보세요 ",
    "그러니까 ",
    "저기 ",
    "네 여기 ",
    "여기요 ",
    "일일구죠 ",
    "아니 ",
    "그게 ",
    "어 그 ",
)
_FILLERS = ("어", "음", "그", "저기", "그러니까", "그 뭐지", "아", "어 어")
_URGES = (
    "빨리 와 주세요",
    "빨리요",
    "도와주세요",
    "빨리 좀 와 주세요",
    "살려 주세요",
    "어떡해요",
    "구급차 보내 주세요",
    "소방차 보내 주세요",
)
_PERSONS = ("명", "분", "사람")
_RELATIONS = (
    "할머니",
    "할아버지",
    "어머니",
    "아버지",
    "엄마",
    "아빠",
    "남편",
    "아내",
    "친구",
    "아이",
    "딸",
    "아들",
    "손님",
    "직원",
    "이웃",
    "동생",
)


def split_of(sentence: str) -> Split:
    """The split of an open sentence: 2 % test, 1 % dev, the rest training. Blanks do not count."""
    bucket = zlib.crc32(sentence.replace(" ", "").encode()) % 100
    return "test" if bucket < 2 else "dev" if bucket == 2 else "train"


def closed_answers() -> frozenset[str]:
    """The short turns that stand in every split."""
    return frozenset(text for text, _ in word_lists.weighted_answers())


def incident(rng: random.Random) -> str:
    """One phrase of what happened, every pattern equally likely save the very common first ones."""
    patterns = word_lists.phrase_patterns("incidents.txt")
    chosen = patterns[rng.randrange(24)] if rng.random() < 0.25 else rng.choice(patterns)
    return rng.choice(chosen)


def _ended_place(rng: random.Random) -> str:
    place = spoken_location(rng)
    kind = rng.random()
    if kind < 0.3:
        return place
    endings = (
        ("이에요", "예요"),
        ("입니다", "입니다"),
        ("이요", "요"),
        ("인데요", "인데요"),
        ("이거든요", "거든요"),
        (" 쪽이에요", " 쪽이에요"),
        ("이고요", "고요"),
        ("이야", "야"),
    )
    return with_ending(place, *rng.choice(endings))


def _place(rng: random.Random) -> str:
    return rng.choice(("", "", "", *_OPENINGS)) + _ended_place(rng)


def _incident(rng: random.Random) -> str:
    return rng.choice(("", "", "", "", *_OPENINGS)) + incident(rng)


def _place_then_incident(rng: random.Random) -> str:
    place = spoken_location(rng)
    joint = rng.choice(("에", "인데요", "에서", "인데", "에요", "", "", "쪽에"))
    if joint == "에요":
        joint = "이에요" if has_final_consonant(place) else "예요"
    return f"{rng.choice(('', '', '', *_OPENINGS))}{place}{joint} {incident(rng)}"


def _incident_then_place(rng: random.Random) -> str:
    return f"{incident(rng)} {rng.choice(('', '', '여기 ', '여기가 ', '주소는 '))}{_ended_place(rng)}"


def _two_incidents(rng: random.Random) -> str:
    return f"{incident(rng)} {rng.choice((incident(rng), incident(rng), rng.choice(_URGES)))}"


def _place_two_incidents(rng: random.Random) -> str:
    return f"{_place_then_incident(rng)} {rng.choice((incident(rng), incident(rng), rng.choice(_URGES)))}"


def _answer(rng: random.Random) -> str:
    answers = word_lists.weighted_answers()
    return rng.choices([text for text, _ in answers], [weight for _, weight in answers])[0]


def _answer_and_more(rng: random.Random) -> str:
    lead = rng.choice(("네", "네", "예", "아니요", "아니에요", "맞아요", "네 맞아요", "아니 그게 아니고"))
    return f"{lead} {rng.choice((_ended_place, incident, _count))(rng)}"


def _human(rng: random.Random) -> str:
    request = rng.choice(rng.choice(word_lists.phrase_patterns("humans.txt")))
    kind = rng.random()
    if kind < 0.55:
        return request
    if kind < 0.7:
        return f"{rng.choice(('아니', '그냥', '빨리', '네', '아 진짜', '저기요', '됐고'))} {request}"
    return f"{request} {incident(rng)}" if kind < 0.85 else f"{incident(rng)} {request}"


def _count(rng: random.Random) -> str:
    people = f"{counted(rng.randint(1, 10))} {rng.choice(_PERSONS)}"
    kind = rng.random()
    if kind < 0.4:
        return people + rng.choice(
            (
                "이요",
                "이에요",
                " 정도요",
                "",
                " 있어요",
                " 쯤 돼요",
                " 다쳤어요",
                " 갇혔어요",
                "인데요",
                " 정도 있어요",
            )
        )
    if kind < 0.6:
        who = rng.choice(_RELATIONS)
        return rng.choice(
            (
                with_ending(who, "이요", "요"),
                with_ending(who, "이에요", "예요"),
                who + "랑 저요",
                who + " 한 분이요",
            )
        )
    if kind < 0.8:
        age = rng.choice(
            (
                sino_korean(rng.randint(1, 95)) + " 세",
                sino_korean(rng.choice((20, 30, 40, 50, 60, 70, 80, 90))) + " 대",
                counted(rng.randint(1, 10)) + " 살",
            )
        )
        return age + rng.choice(("요", "예요", "입니다", "", " 남자예요", " 여자예요", "인데요"))
    unit = rng.choice(("분", "시간", "층", "개월", "일", "도", "미터"))
    return f"{sino_korean(rng.randint(1, 60))} {unit}" + rng.choice(
        ("이요", " 전에요", " 됐어요", " 정도요", "")
    )


def _correction(rng: random.Random) -> str:
    wrong, right = spoken_location(rng, short=True), spoken_location(rng, short=True)
    turn = rng.choice(("아니", "아니요", "아니 아니", "말고", "아 아니다"))
    return f"{wrong} {turn} {with_ending(right, '이요', '요')}"


def _hesitation(rng: random.Random) -> str:
    filler = rng.choice(_FILLERS)
    return (
        filler
        if rng.random() < 0.12
        else f"{filler} {rng.choice((_place, _incident, _place_then_incident, _answer))(rng)}"
    )


def _number(rng: random.Random) -> str:
    return rng.choice(("", "", "네 ")) + spoken_number_part(rng)


def _pseudo(rng: random.Random) -> str:
    name = pseudo_place(rng)
    return rng.choice(
        (
            name,
            with_ending(name, "이요", "요"),
            with_ending(name, "이에요", "예요"),
            f"{name}에 {incident(rng)}",
            f"{spoken_location(rng, short=True)} {name}",
        )
    )


_KINDS: tuple[tuple[float, Callable[[random.Random], str]], ...] = (
    (0.20, _place), (0.16, _incident), (0.14, _place_then_incident), (0.06, _incident_then_place),
    (0.05, _two_incidents), (0.04, _place_two_incidents), (0.13, _answer), (0.03, _answer_and_more),
    (0.04, _human), (0.03, _count), (0.02, _correction), (0.03, _hesitation), (0.03, _number),
    (0.04, _pseudo),
)  # fmt: skip


def dong_in_context(rng: random.Random, gu: str, dong: str) -> str:
    """One of the 467 legal dongs (as in the register) as a caller names it, alone or with more."""
    name = spoken_place(dong)
    place = rng.choice((name, f"{gu} {name}", f"{gu} {name}", f"서울 {gu} {name}", f"서울시 {gu} {name}"))
    kind = rng.random()
    if kind < 0.2:
        place += f" {sino_korean(rng.randint(1, 999))}" + rng.choice(("번지", "번지", "", " 다시 일"))
    elif kind < 0.35:
        place += rng.choice(
            (" 근처", " 쪽", " 골목", " 사거리", " 입구", " 주민센터", " 시장", " 주민센터 앞")
        )
    opening = rng.choice(("", "", "", *_OPENINGS))
    if rng.random() < 0.25:
        joint = (
            with_ending(place, "이에요", "예요")
            if rng.random() < 0.3
            else place + rng.choice(("에", "인데요"))
        )
        return " ".join(f"{opening}{joint} {incident(rng)}".split())
    endings = (
        ("", ""), ("이에요", "예요"), ("입니다", "입니다"), ("이요", "요"), ("인데요", "인데요"),
        ("이고요", "고요"), ("이야", "야"), ("에 있어요", "에 있어요"), ("에서요", "에서요"),
        ("이라고요", "라고요"), ("으로 와 주세요", "로 와 주세요"),
    )  # fmt: skip
    return " ".join((opening + with_ending(place, *rng.choice(endings))).split())


_PRACTICE_SHARE = 0.14
"""Part of the training sentences that drill dong names beyond what `draw` gives."""


def training_sentences(seed: int, max_syllables: int = 60) -> Iterator[str]:
    """As ``sentences("train", seed)``, with every legal dong drilled in many contexts.

    The evaluation draws from `sentences`, whose mixture this leaves as it is.
    """
    rng = random.Random(seed)
    plain = sentences("train", seed, max_syllables)
    while True:
        if rng.random() >= _PRACTICE_SHARE:
            yield next(plain)
            continue
        drill = dong_in_context(rng, *rng.choice(word_lists.gu_and_dong()))
        if len(drill) <= max_syllables and split_of(drill) == "train":
            yield drill


def draw(rng: random.Random) -> str:
    """One sentence of any kind and any split, blanks single."""
    kind = rng.choices([build for _, build in _KINDS], [weight for weight, _ in _KINDS])[0]
    return " ".join(kind(rng).split())


def sentences(split: Split, seed: int, max_syllables: int = 60) -> Iterator[str]:
    """Endless sentences of one split; the same seed gives the same sentences."""
    rng = random.Random(seed)
    closed = closed_answers()
    while True:
        sentence = draw(rng)
        if len(sentence) <= max_syllables and (sentence in closed or split_of(sentence) == split):
            yield sentence


def open_sentences(split: Split, seed: int, max_syllables: int = 60) -> Iterator[str]:
    """As `sentences`, without the closed list: what a figure about unseen text must use."""
    closed = closed_answers()
    return (sentence for sentence in sentences(split, seed, max_syllables) if sentence not in closed)
