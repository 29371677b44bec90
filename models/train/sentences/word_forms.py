"""Korean word forms that the corpus needs: particles and numbers as they are spoken."""

from __future__ import annotations

import re

from voicebot.vocabulary.hangul import final_consonant
from voicebot.vocabulary.numerals import sino_korean


def has_final_consonant(word: str) -> bool:
    """Whether the last syllable of ``word`` ends in a consonant (batchim)."""
    return bool(final_consonant(word[-1]))


def with_ending(word: str, after_consonant: str, after_vowel: str) -> str:
    """``word`` with the ending that fits its last sound, as 이에요 or 예요."""
    return word + (after_consonant if has_final_consonant(word) else after_vowel)


def spoken_place(name: str) -> str:
    """A place name as it is said: 성수동1가 -> 성수동 일가, 상도1동 -> 상도 일동."""
    return re.sub(r"(\d+)", lambda match: " " + sino_korean(int(match.group())), name)
