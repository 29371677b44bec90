"""What is known before anybody calls: the lexicon of a dialog and the gazetteer of the city."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicebot.understanding.dialect import Dialect, load_dialect
from voicebot.understanding.incident_guides import IncidentGuides, load_incident_guides
from voicebot.understanding.naive_bayes import NaiveBayes, load_naive_bayes
from voicebot.understanding.places.gazetteer import Gazetteer, load_gazetteer
from voicebot.understanding.rules import CompiledRule, load_rules


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Read once at the start; shared by all calls, changed by none."""

    rules: tuple[CompiledRule, ...]
    gazetteer: Gazetteer
    dialect: Dialect
    guides: IncidentGuides
    naive_bayes: NaiveBayes


def load_knowledge(lexicon: Path, gazetteer: Path | None = None) -> Knowledge:
    """Read the lexicon directory and the gazetteer; ``None`` takes the one shipped for Seoul.

    Raises DialogError when a lexicon file is wrong.
    """
    return Knowledge(
        load_rules(lexicon),
        load_gazetteer(gazetteer),
        load_dialect(lexicon),
        load_incident_guides(lexicon),
        load_naive_bayes(lexicon),
    )
