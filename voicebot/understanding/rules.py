"""Rules of the lexicon: patterns of words and what they tell.

Patterns are regular expressions with three shorthands, because a recogniser sets spaces freely:
a space matches any or no space, ``<`` the beginning and ``>`` the end of a word. Patterns of ``all``
must each be found, one of ``any`` must be, none of ``unless`` may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from voicebot.errors import DialogError
from voicebot.understanding.negation import denied
from voicebot.understanding.types import FLAGS, Answer, Category, Urgency

_WORD_START = re.compile(r"(?<!\(\?)<")
_WORD_END = re.compile(r"(?<!\(\?)>")


class Rule(BaseModel):
    """One entry of a lexicon file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    any: tuple[str, ...] = Field(min_length=1)
    all: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    category: Category | None = None
    code: str | None = None
    weight: int = 10
    """The category of the heaviest hit wins."""
    urgency: Urgency | None = None
    flags: tuple[str, ...] = ()
    wants: Literal["human", "repeat"] | None = None
    answer: Answer | None = None
    cancels: tuple[str, ...] = ()
    """Names of rules, ``*`` for any ending, whose hits are void when they stand before or in this one's."""
    negatable: bool = True
    """False: the words mean the same with a negation beside them."""


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its patterns ready."""

    rule: Rule
    any: tuple[re.Pattern[str], ...]
    all: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule and the words that made it true."""

    rule: Rule
    words: str
    start: int
    end: int


def compiled(rule: Rule) -> CompiledRule:
    """Return the rule with its patterns compiled; raise re.error for a wrong pattern."""
    return CompiledRule(
        rule,
        tuple(map(_pattern, rule.any)),
        tuple(map(_pattern, rule.all)),
        tuple(map(_pattern, rule.unless)),
    )


def find_hits(rules: Sequence[CompiledRule], text: str) -> tuple[Hit, ...]:
    """Return the hits of all rules in ``text``, without those that other hits cancel."""
    hits = [hit for rule in rules for hit in _hit(rule, text)]
    return tuple(hit for hit in hits if not any(_cancels(other, hit) for other in hits))


def _cancels(hit: Hit, other: Hit) -> bool:
    """Say whether a hit voids another; what is said after it stands (``껐는데 옆집에 불이 났어요``)."""
    if hit.rule is other.rule or other.start >= hit.end:
        return False
    return any(fnmatchcase(other.rule.rule, pattern) for pattern in hit.rule.cancels)


def load_rules(directory: Path) -> tuple[CompiledRule, ...]:
    """Read all lexicon files of a directory; raise DialogError that names file, line and rule."""
    paths = sorted(directory.glob("*.yaml"))
    if not paths:
        raise DialogError(
            f"{directory}: no lexicon file is here. Set 'lexicon' to the folder of *.yaml files."
        )
    rules = [rule for path in paths for rule in _read(path)]
    names: set[str] = set()
    for rule in rules:
        if rule.rule.rule in names:
            raise DialogError(f"{directory}: rule '{rule.rule.rule}' stands twice. Rename one of them.")
        names.add(rule.rule.rule)
    return tuple(rules)


def _read(path: Path) -> Iterable[CompiledRule]:
    try:
        entries = YAML(typ="rt").load(path.read_bytes())
    except (OSError, YAMLError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[-1].strip()
        raise DialogError(f"{path}: not readable as YAML ({first}). Mend the file.") from error
    for number, entry in enumerate(entries or ()):
        where = f"{path}:{entries.lc.item(number)[0] + 1}"
        try:
            rule = Rule.model_validate(dict(entry))
            made = compiled(rule)
        except ValidationError as error:
            problem = error.errors()[0]
            key = ".".join(str(part) for part in problem["loc"])
            raise DialogError(f"{where}: '{key}': {problem['msg']}. Mend the rule.") from error
        except re.error as error:
            raise DialogError(
                f"{where}: wrong pattern '{error.pattern!s}' ({error.msg}). Mend it."
            ) from error
        unknown = [flag for flag in rule.flags if flag not in FLAGS]
        if unknown:
            raise DialogError(f"{where}: unknown flag '{unknown[0]}'. Known are: {', '.join(FLAGS)}.")
        yield made


def _hit(compiled_rule: CompiledRule, text: str) -> Iterable[Hit]:
    if any(pattern.search(text) for pattern in compiled_rule.unless):
        return
    if not all(pattern.search(text) for pattern in compiled_rule.all):
        return
    for pattern in compiled_rule.any:
        for match in pattern.finditer(text):
            if compiled_rule.rule.negatable and denied(text, match.start(), match.end()):
                continue
            yield Hit(compiled_rule.rule, match.group(0).strip(), match.start(), match.end())


def _pattern(source: str) -> re.Pattern[str]:
    bounded = _WORD_START.sub(r"(?<!\\S)", _WORD_END.sub(r"(?!\\S)", source))
    return re.compile(bounded.replace(" ", r"\s*"))
