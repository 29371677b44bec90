"""What the thresholds of understanding are worth: `python -m tests.measurements.thresholds` prints a table.

Each threshold is moved alone, the others stay. The second opinion is measured on the sentences of
``examples.yaml`` in five folds: learned from four fifths, it judges the fifth with the rules as they are
(which were written with these sentences in sight; only the opinion is unseen). Places are measured on the
labelled lines of ``tests/data/understanding`` and on every dong with one wrong letter. Takes some five minutes of one core.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.unit.understanding.misheard import misheard_dongs
from voicebot.understanding import Knowledge, Understanding, load_knowledge, naive_bayes, triage, understand
from voicebot.understanding.naive_bayes import NaiveBayes
from voicebot.understanding.normalising import normalised
from voicebot.understanding.patterns import read_plain
from voicebot.understanding.places import districts, landmarks, streets
from voicebot.understanding.places.find_place import find_place

PROJECT = Path(__file__).parents[2]
LEXICON = PROJECT / "dialogs" / "lexicon"
FOLDS = 5
PARTS = ("gu", "dong", "road", "number", "place")

OPINION: dict[str, Iterable[Any]] = {
    "ODDS_PER_WEIGHT": (0.5, 1.0, 2.0, 4.0, 8.0),
    "WIDEST_ODDS": (12.0, 24.0, 36.0, 60.0, 1000.0),
    "SURE_ODDS": (0.0, 6.0, 12.0, 20.0, 30.0),
    "DOUBTED_ODDS": (-1000.0, -40.0, -20.0, -10.0, 0.0),
    "RAISED_ABOVE": (
        *({**triage.RAISED_ABOVE, "non_urgent": odds} for odds in (-20.0, 0.0, 10.0, 20.0, 1000.0)),
        *({**triage.RAISED_ABOVE, "unknown": odds} for odds in (0.0, 10.0, 25.0, 45.0, 1000.0)),
        *({**triage.RAISED_ABOVE, "potential": odds} for odds in (0.0, 25.0, 45.0, 60.0, 1000.0)),
    ),
    "GUESS_WEIGHT": (0, 3, 5, 7, 10),
    "WEAK_WEIGHT": (0, 5, 7, 10, 15),
}
SMOOTHING = (0.05, 0.1, 0.2, 0.5, 1.0)
SIMILARITY = (
    (districts, "LEAST_SIMILAR", (0.66, 0.70, 0.77, 0.80, 0.84)),
    (landmarks, "LEAST_SIMILAR", (0.70, 0.77, 0.82, 0.87, 0.92)),
    (streets, "LEAST_SIMILAR", (0.75, 0.80, 0.85, 0.90, 0.95)),
)


def judged(knowledge: Knowledge) -> Iterator[tuple[str, str, Understanding]]:
    """Yield kind and urgency of each example, with what is understood by an opinion that never saw it."""
    examples = read_plain(LEXICON / naive_bayes.FILE)
    lines = [(kind, urgency, text) for kind, by in examples.items() for urgency in by for text in by[urgency]]
    for fold in range(FOLDS):
        learned: dict[Any, dict[Any, list[str]]] = {}
        for number, (kind, urgency, text) in enumerate(lines):
            if number % FOLDS != fold:
                learned.setdefault(kind, {}).setdefault(urgency, []).append(text)
        unseen = replace(knowledge, naive_bayes=naive_bayes.trained(learned))
        for kind, urgency, text in lines[fold::FOLDS]:
            yield kind, urgency, understand(text, confidence=1.0, utterance=0, knowledge=unseen)


def opinion_line(knowledge: Knowledge) -> str:
    """Return how the examples are judged, in one line."""
    found = list(judged(knowledge))
    right = sum(kind == heard.category for kind, _, heard in found)
    urgent = [heard.urgency for _, urgency, heard in found if urgency == "urgent"]
    low = [heard.urgency for _, urgency, heard in found if urgency == "non_urgent"]
    return (
        f"kind {right / len(found):.1%}; of {len(urgent)} urgent {urgent.count('non_urgent')} non-urgent, "
        f"{urgent.count('potential')} potential; of {len(low)} non-urgent {low.count('urgent')} urgent, "
        f"{low.count('unknown')} unknown"
    )


def places_line(knowledge: Knowledge) -> str:
    """Return how many parts of labelled places are wrong, and how misheard dongs fare, in one line."""
    wrong = dict.fromkeys(PARTS, 0)
    for file in sorted((PROJECT / "tests" / "data" / "understanding").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            label = json.loads(line)
            place = find_place(normalised(label["text"]), knowledge.gazetteer, confidence=1.0)
            for part in PARTS:
                wrong[part] += _bare(label["location"].get(part)) != _bare(getattr(place, part, None))
    slips = misheard_dongs(knowledge.gazetteer)
    return f"wrong {wrong}; misheard dongs {slips.taken_or_offered} of {slips.names}, asked {slips.asked}"


def _bare(name: str | None) -> str:
    return (name or "").replace(" ", "").removesuffix("아파트")


def main() -> None:
    """Print every threshold at every value."""
    knowledge = load_knowledge(LEXICON)
    with patch.object(NaiveBayes, "opinion", lambda *_: naive_bayes.NO_OPINION):
        print(f"{'rules alone':40}", opinion_line(knowledge))
    print(f"{'as it is':40}", opinion_line(knowledge))
    for value in SMOOTHING:
        with patch.object(naive_bayes, "SMOOTHING", value):
            print(f"{f'SMOOTHING {value}':40}", opinion_line(knowledge))
    for name, values in OPINION.items():
        for value in values:
            with patch.object(triage, name, value):
                print(f"{f'{name} {value}':40}", opinion_line(knowledge))
    for module, name, values in SIMILARITY:
        for value in values:
            with patch.object(module, name, value):
                print(f"{f'{module.__name__} {value}':40}", places_line(knowledge))


if __name__ == "__main__":
    main()
