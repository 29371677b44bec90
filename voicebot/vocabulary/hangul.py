"""Korean syllables taken apart into letters: similarity of names by sound, and the final of a word.

A recogniser that slips by one letter (``력삼동`` for ``역삼동``) changes a whole syllable but only one
jamo. Decomposition follows the Unicode Standard, section 3.12, on the composed block U+AC00..U+D7A3.
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import Levenshtein

_FIRST, _LAST = 0xAC00, 0xD7A3
"""The block of composed syllables, ordered by initial, vowel and final (Unicode Standard, section 3.12)."""
_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_MOVING = frozenset("ㄱㄲㄴㄷㄹㅁㅂㅅㅆㅈㅊㅋㅌㅍ")
"""Single finals that are spoken at the next syllable when it begins with a silent ㅇ."""
_SOUNDS_LIKE = str.maketrans("ㅐㅒㅙㅚㅞㄲㄸㅃㅆㅉ", "ㅔㅖㅞㅞㅞㄱㄷㅂㅅㅈ")
"""Letters that Seoul speech and a telephone line do not keep apart."""


def final_consonant(char: str) -> str | None:
    """Return the consonant that a syllable ends in (batchim); "" after a vowel, None for any other sign."""
    return _jamo(char)[2].strip() if _is_syllable(char) else None


@lru_cache(maxsize=65536)
def letters(word: str) -> str:
    """Return a word as jamo, three for each syllable, with look-alike sounds made equal.

    A missing final is a space, so that syllables stay aligned. A final moves over to a silent initial, as
    it is spoken: 돈암동 and 도남동 are the same.
    """
    parts: list[str] = []
    for char in word:
        if _is_syllable(char):
            lead, vowel, tail = _jamo(char)
            if lead == "ㅇ" and parts and parts[-1] in _MOVING:
                lead, parts[-1] = parts[-1], " "
            parts += (lead, vowel, tail)
        else:
            parts.append(char)
    return "".join(parts).translate(_SOUNDS_LIKE)


def similarity(first: str, second: str) -> float:
    """Return 0..1: 1 for the same sounds, 0.89 for one letter of nine."""
    return Levenshtein.normalized_similarity(letters(first), letters(second))


def nearest(word: str, names: dict[str, str], *, least: float) -> list[tuple[str, float]]:
    """Return the names that sound at least ``least`` like ``word``, the most similar first.

    ``names`` maps a name to its letters, prepared once with `letters`.
    """
    spelled = letters(word)
    scored = (
        (name, Levenshtein.normalized_similarity(spelled, theirs, score_cutoff=least))
        for name, theirs in names.items()
    )
    return sorted(((name, score) for name, score in scored if score >= least), key=lambda it: (-it[1], it[0]))


def _is_syllable(char: str) -> bool:
    return _FIRST <= ord(char) <= _LAST


def _jamo(syllable: str) -> tuple[str, str, str]:
    """Return initial, vowel and final of a syllable; a space for no final."""
    lead, rest = divmod(ord(syllable) - _FIRST, len(_VOWELS) * len(_TAILS))
    vowel, tail = divmod(rest, len(_TAILS))
    return _LEADS[lead], _VOWELS[vowel], _TAILS[tail]
