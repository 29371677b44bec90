"""Recognised text made even: one Unicode form, no punctuation, single spaces."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^\w\s.-]|_|(?<!\d)[.-]|[.-](?!\d)")
_SPACES = re.compile(r"\s+")
_FINISHED = re.compile(
    r"(요|다|까|죠|슈|유|여|예|디|더|라|소|쇼|줘|어|아|해|돼|음|야|네|지|나|군|데|고|서|니|면)$"
)


def normalised(text: str) -> str:
    """Return the text in composed Hangul with points and hyphens kept only inside numbers."""
    return _SPACES.sub(" ", _NOT_WORD.sub(" ", unicodedata.normalize("NFC", text))).strip()


def finished_part(text: str) -> str:
    """Return a partial text without a last word that may still turn into its opposite.

    ``불이 났`` may become ``불이 났어요`` or ``불이 났던 건 아니고``, so a last word counts only when it
    ends like a finished one.
    """
    if not text or _FINISHED.search(text):
        return text
    return text.rpartition(" ")[0]
