"""Reads the word lists beside this file into Python tuples."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path

from models.train.sentences.word_forms import has_final_consonant

_PARTICLES = frozenset("이가을를")
LEXICON_DIR = Path(__file__).parent / "lexicon"


def _lines(name: str) -> list[str]:
    text = (LEXICON_DIR / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def words(name: str) -> tuple[str, ...]:
    """All blank-separated words of a list such as ``stations.txt``."""
    return tuple(itertools.chain.from_iterable(line.split() for line in _lines(name)))


@cache
def gu_and_dong() -> tuple[tuple[str, str], ...]:
    """The 467 pairs (gu, legal dong) of Seoul, written with digits as in the register (성수동1가)."""
    return tuple((gu, dong) for gu, dong in (line.split() for line in _lines("dongs.txt")))


@cache
def weighted_answers() -> tuple[tuple[str, int], ...]:
    """The closed list of short turns with their weights."""
    pairs = (line.split("|") for line in _lines("answers.txt"))
    return tuple((text, int(weight)) for weight, text in pairs)


@cache
def phrase_patterns(name: str) -> tuple[tuple[str, ...], ...]:
    """For each pattern line of a list: every phrase that it stands for, written with single blanks."""
    return tuple(tuple(dict.fromkeys(expand(line))) for line in _lines(name))


def expand(pattern: str) -> list[str]:
    """All phrases of a pattern with choices: ``불이 (나요|났어요)`` -> two phrases. Choices do not nest.

    Of a choice of particles such as ``(이|가)`` only the one that fits the sound before it is used.
    """
    phrases = [""]
    for index, part in enumerate(re.split(r"\(([^()]*)\)", pattern)):
        options = part.split("|") if index % 2 else [part]
        phrases = [
            phrase + option for phrase in phrases for option in options if _fits(phrase, option, options)
        ]
    return [" ".join(phrase.split()) for phrase in phrases]


def _fits(before: str, particle: str, options: list[str]) -> bool:
    if particle not in _PARTICLES or not before.strip() or len(options) < 2:
        return True
    return has_final_consonant(before) == (particle in "이을")
