"""Recognised text made even: one Unicode form, no punctuation, single spaces."""

from __future__ import annotations

import re
import unicodedata

from voicebot.vocabulary.hangul import final_consonant

_NOT_WORD = re.compile(r"[^\w\s.-]|_|(?<!\d)[.-]|[.-](?!\d)")
_SPACES = re.compile(r"\s+")
_FINISHED = re.compile(
    r"(요|다|까|죠|슈|유|여|예|디|더|라|소|쇼|줘|어|아|해|돼|음|야|네|지|나|군|데|고|서|니|면)$"
)
_SOMEBODY = re.compile(r"(사람|분|환자|아이|애|데|곳)(들)?(은|는|이|가|도)?")


def normalised(text: str) -> str:
    """Return the text in composed Hangul with points and hyphens kept only inside numbers."""
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", unicodedata.normalize("NFC", text))).strip()


def finished_part(text: str) -> str:
    """Return a partial text without an end that may still turn into its opposite.

    ``불이 났`` may become ``불이 났어요`` or ``불이 났던 건 아니고``, so a last word counts only when it
    ends like a finished one. Nor does the noun before it count, if only a modifier says what it is:
    ``다친 사람은`` may go on with ``있어요`` or with ``없어요``.
    """
    if not text or _FINISHED.search(text):
        return text
    words = text.split(" ")[:-1]
    if len(words) >= 2 and _SOMEBODY.fullmatch(words[-1]) and _modifies(words[-2]):
        words = words[:-2]
    return " ".join(words)


def _modifies(word: str) -> bool:
    """Whether a word ends in ㄴ, as modifiers of a noun do (다친, 갇힌, 없는)."""
    return final_consonant(word[-1]) == "ㄴ"
