"""What a text sounds like: a second opinion beside the rules, learned from the examples of the lexicon.

Naive Bayes over the words of a text and their pieces of two and three letters, one kind against all others
(Manning, Raghavan and Schütze, Introduction to Information Retrieval, chapter 13). It is counted anew from
``examples.yaml`` at each load, so an author teaches it by adding a sentence. Names of places say nothing
about what happened and are left out.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from voicebot.errors import DialogError
from voicebot.understanding.normalising import normalised
from voicebot.understanding.patterns import read_plain
from voicebot.vocabulary.categories import Category
from voicebot.vocabulary.urgency import Urgency

FILE = "examples.yaml"

Examples = dict[Category, dict[Urgency, list[str]]]

SMOOTHING = 0.2
"""Added to each count, so that a piece seen on one side only rules out nothing.

Of 0.05 to 1 (Laplace) the kind is right most often from 0.1 to 0.5: docs/decisions/0009-rules-judge.md.
"""
_PLACE = re.compile(
    r"\S+(?:동|구|로|길|역|번지|호|층|아파트|단지|대교|출구|시장|병원|공원|학교)"
    r"(?:이?요|인데요?|에서|에|이?에요|예요|으로|입니다|앞|근처|쪽)?$|\d"
    r"|[일이삼사오육칠팔구십백천영공]{2,}(?:이?요|이?에요|예요|번지|점)?$"
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """How much a text sounds like each kind."""

    kinds: Mapping[Category, float]
    """Sum of log odds, one kind against all others; above 0 speaks for it. Empty when no piece is known."""
    urgent: float
    """The same for urgent against not urgent."""
    words: Mapping[Category, str]
    """The word of the text that speaks most for each kind."""


NO_OPINION = Opinion({}, 0.0, {})
"""No opinion, as on a text of which no piece is known."""


@dataclass(frozen=True, slots=True)
class NaiveBayes:
    """What each piece of a word says."""

    categories: tuple[Category, ...]
    odds: Mapping[str, tuple[float, ...]]
    """Log odds for each category, then for urgent."""

    def opinion(self, text: str) -> Opinion:
        """Return what a normalised text sounds like."""
        total = [0.0] * (len(self.categories) + 1)
        best: dict[Category, tuple[float, str]] = {}
        seen: set[str] = set()
        for word in _words(text):
            of_word = [0.0] * len(total)
            for piece in _pieces(word):
                known = self.odds.get(piece)
                if known is not None and piece not in seen:
                    seen.add(piece)
                    of_word = [ours + theirs for ours, theirs in zip(of_word, known, strict=True)]
            total = [ours + theirs for ours, theirs in zip(total, of_word, strict=True)]
            for category, score in zip(self.categories, of_word, strict=False):
                if score > best.get(category, (0.0, ""))[0]:
                    best[category] = (score, word)
        if not seen:
            return NO_OPINION
        kinds = dict(zip(self.categories, total, strict=False))
        return Opinion(kinds, total[-1], {category: word for category, (_, word) in best.items()})


def load_naive_bayes(lexicon: Path) -> NaiveBayes:
    """Read ``examples.yaml``, ``category: {urgency: [sentence]}``; without the file there is no opinion.

    Raises DialogError that names the file and the entry.
    """
    path = lexicon / FILE
    if not path.is_file():
        return NaiveBayes((), {})
    try:
        examples = TypeAdapter(Examples).validate_python(read_plain(path))
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise DialogError(f"{path}: '{key}': {problem['msg']}. Mend the entry.") from error
    return trained(examples)


def trained(examples: Examples) -> NaiveBayes:
    """Count in how many sentences of each category each piece stands, and return the log odds."""
    categories = tuple(examples)
    seen: dict[str, Counter[Category | bool]] = {}
    sentences: Counter[Category | bool] = Counter()
    for category, by_urgency in examples.items():
        for urgency, texts in by_urgency.items():
            for text in texts:
                marks: list[Category | bool] = [category]
                marks += [urgency == "urgent"] if urgency != "unknown" else []
                sentences.update(marks)
                for piece in {piece for word in _words(normalised(text)) for piece in _pieces(word)}:
                    seen.setdefault(piece, Counter()).update(marks)
    total = sum(sentences[category] for category in categories)

    def odds(found: Counter[Category | bool]) -> Iterator[float]:
        everywhere = sum(found[category] for category in categories)
        for category in categories:
            yield _share(found[category], sentences[category]) - _share(
                everywhere - found[category], total - sentences[category]
            )
        yield _share(found[True], sentences[True]) - _share(found[False], sentences[False])

    return NaiveBayes(categories, {piece: tuple(odds(found)) for piece, found in seen.items()})


def _share(count: int, of: int) -> float:
    return math.log((count + SMOOTHING) / (of + 2 * SMOOTHING))


def _words(text: str) -> Iterator[str]:
    return (word for word in text.split() if len(word) < 3 or not _PLACE.match(word))


def _pieces(word: str) -> Iterator[str]:
    yield f"={word}"
    marked = f"^{word}"
    for length in (2, 3):
        for start in range(len(marked) - length + 1):
            yield marked[start : start + length]
