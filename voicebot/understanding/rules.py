"""Rules of the lexicon: patterns of words and what they tell.

Patterns of ``all`` must each be found, one of ``any`` must be, none of ``unless`` may be anywhere in the
text, and none of ``unless_near`` in the words around the finding. How patterns are written: `patterns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voicebot.errors import DialogError
from voicebot.understanding.negation import denied
from voicebot.understanding.patterns import WORDS, load_words, pattern, read_yaml
from voicebot.understanding.results import FLAGS, Answer
from voicebot.vocabulary.categories import Category
from voicebot.vocabulary.urgency import Urgency

NEAR_CHARACTERS = 14
"""How far around a finding `Rule.unless_near` looks: three to four words of Korean, about one clause.

Chosen, not measured: a longer reach takes words of the next clause for this one's.
"""
NOT_RULES = frozenset(
    {
        WORDS,
        "dialect.yaml",
        "examples.yaml",
        "taxonomy.yaml",
        "referrals.yaml",
        "questions.yaml",
        "advice.yaml",
    }
)
"""Files of the lexicon that hold something other than rules; the last two are parts of dialogs."""


class Rule(BaseModel):
    """One entry of a lexicon file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    any: tuple[str, ...] = Field(min_length=1)
    all: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_near: tuple[str, ...] = ()
    """As ``unless``, but looked for only from `NEAR_CHARACTERS` before the finding to as many after it."""
    category: Category | None = None
    code: str | None = None
    weight: int = 10
    """The category of the heaviest hit wins."""
    urgency: Urgency | None = None
    flags: tuple[str, ...] = ()
    wants: Literal["human", "repeat"] | None = None
    answer: Answer | None = None
    language: str | None = None
    """Language that the words show, ISO 639-1, when it is not Korean."""
    cancels: tuple[str, ...] = ()
    """Names of rules, ``*`` for any ending, whose hits are void when they stand before or in this one's."""
    voids: tuple[str, ...] = ()
    """As ``cancels``, but only hits that share words with this one: ``배고파 죽겠어요`` is no dying."""
    over: bool = False
    """What this one takes back has happened and is over: the kind stays, the danger goes."""
    clears: tuple[str, ...] = ()
    """Danger signs that this one takes away, whatever raised them: the caught hand is out."""
    negatable: bool = True
    """False: the words mean the same with a negation beside them."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its patterns ready."""

    rule: Rule
    any: tuple[re.Pattern[str], ...]
    all: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    unless_near: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule and the words that made it true."""

    rule: Rule
    words: str
    start: int
    end: int


def compiled(rule: Rule, words: Mapping[str, str] | None = None) -> CompiledRule:
    """Return the rule with its patterns compiled; raise re.error for a wrong pattern."""
    groups = (rule.any, rule.all, rule.unless, rule.unless_near)
    return CompiledRule(rule, *(tuple(pattern(each, words or {}) for each in group) for group in groups))


def find_hits(rules: Sequence[CompiledRule], text: str) -> tuple[Hit, ...]:
    """Return the hits of all rules in ``text``, without those that other hits cancel."""
    return hits_and_over(rules, text)[0]


def hits_and_over(rules: Sequence[CompiledRule], text: str) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
    """Return the hits that stand, and those of a matter that the text says is over."""
    hits = [hit for rule in rules if _mentioned(rule.any, text) for hit in _hit(rule, text)]
    cancelling = [hit for hit in hits if hit.rule.cancels or hit.rule.voids]
    standing: list[Hit] = []
    over: list[Hit] = []
    for hit in hits:
        cancelled_by = [other for other in cancelling if _cancels(other, hit)]
        if not cancelled_by:
            standing.append(hit)
        elif any(other.rule.over for other in cancelled_by):
            over.append(hit)
    return tuple(standing), tuple(over)


def _cancels(hit: Hit, other: Hit) -> bool:
    """Say whether a hit voids another; what is said after it stands (``껐는데 옆집에 불이 났어요``)."""
    if hit.rule is other.rule or other.start >= hit.end:
        return False
    names = hit.rule.cancels
    if hit.start < other.end:
        names += hit.rule.voids
    return any(fnmatchcase(other.rule.rule, name) for name in names)


def load_rules(directory: Path) -> tuple[CompiledRule, ...]:
    """Read all lexicon files of a directory; raise DialogError that names file, line and rule."""
    paths = sorted(path for path in directory.glob("*.yaml") if path.name not in NOT_RULES)
    if not paths:
        raise DialogError(
            f"{directory}: no lexicon file is here. Set 'lexicon' to the folder of *.yaml files."
        )
    words = load_words(directory / WORDS)
    rules = [rule for path in paths for rule in _read(path, words)]
    names: set[str] = set()
    for rule in rules:
        if rule.rule.rule in names:
            raise DialogError(f"{directory}: rule '{rule.rule.rule}' stands twice. Rename one of them.")
        names.add(rule.rule.rule)
    return tuple(rules)


def _read(path: Path, words: Mapping[str, str]) -> Iterable[CompiledRule]:
    entries = read_yaml(path)
    if entries and not isinstance(entries, list):
        raise DialogError(f"{path}: a file of rules is a list. Begin each rule with '- rule:'.")
    for number, entry in enumerate(entries or ()):
        where = f"{path}:{entries.lc.item(number)[0] + 1}"
        try:
            rule = Rule.model_validate(dict(entry))
            made = compiled(rule, words)
        except ValidationError as error:
            problem = error.errors()[0]
            key = ".".join(str(part) for part in problem["loc"])
            raise DialogError(f"{where}: '{key}': {problem['msg']}. Mend the rule.") from error
        except re.error as error:
            raise DialogError(
                f"{where}: wrong pattern '{error.pattern!s}' ({error.msg}). Mend it."
            ) from error
        unknown = [flag for flag in (*rule.flags, *rule.clears) if flag not in FLAGS]
        if unknown:
            raise DialogError(f"{where}: unknown flag '{unknown[0]}'. Known are: {', '.join(FLAGS)}.")
        yield made


def _mentioned(patterns: Iterable[re.Pattern[str]], text: str) -> bool:
    """Say whether one is found; most rules end here, so this is a plain loop, four times as fast as any()."""
    for expression in patterns:  # noqa: SIM110
        if expression.search(text):
            return True
    return False


def _hit(compiled_rule: CompiledRule, text: str) -> Iterable[Hit]:
    if any(expression.search(text) for expression in compiled_rule.unless):
        return
    if not all(expression.search(text) for expression in compiled_rule.all):
        return
    for expression in compiled_rule.any:
        for match in expression.finditer(text):
            if compiled_rule.rule.negatable and denied(text, match.start(), match.end()):
                continue
            if compiled_rule.unless_near and _near(compiled_rule, text, match):
                continue
            yield Hit(compiled_rule.rule, match.group(0).strip(), match.start(), match.end())


def _near(compiled_rule: CompiledRule, text: str, match: re.Match[str]) -> bool:
    start, end = max(0, match.start() - NEAR_CHARACTERS), match.end() + NEAR_CHARACTERS
    return any(expression.search(text, start, end) for expression in compiled_rule.unless_near)
