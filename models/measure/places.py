"""How many place names are right, as heard and after the gazetteer."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

from models.measure import material
from models.measure.material import SEED, Pcm
from models.train.sentences import corpus, word_lists
from models.train.sentences.word_forms import spoken_place
from voicebot.calls.hearing.place_name_scoring import PlaceNames
from voicebot.settings import PROJECT_FOLDER
from voicebot.speech.recogniser import Recogniser, Transcript
from voicebot.understanding import Knowledge, load_knowledge, understand


def dongs_right(recogniser: Recogniser, most: int = 467) -> dict[str, Any]:
    """Return the share of legal dongs, at most ``most``, that come out right on a clean line.

    Each is said once, in a context that training holds out: most with their gu, some with more around.
    """
    named = list(word_lists.gu_and_dong())
    named = named[:: max(1, math.ceil(len(named) / most))]
    knowledge = load_knowledge(PROJECT_FOLDER / "dialogs" / "lexicon")
    names = PlaceNames(recogniser, knowledge.gazetteer)
    as_heard = understood = scored = 0
    for dong, clip in zip([dong for _, dong in named], said(named), strict=True):
        (heard,) = recogniser.transcribe([clip])
        as_heard += spoken_place(dong).replace(" ", "") in heard.text.replace(" ", "")
        understood += means(heard, dong, knowledge)
        scored += means(names.transcribe([clip])[0], dong, knowledge)
    return {
        "dongs": len(named),
        "right_as_heard": round(as_heard / len(named), 4),
        "right_after_gazetteer": round(understood / len(named), 4),
        "right_after_scoring_and_gazetteer": round(scored / len(named), 4),
    }


def said(named: Sequence[tuple[str, str]]) -> Iterator[Pcm]:
    """Yield a clean telephone clip for each (gu, dong), always the same."""
    rng = random.Random(SEED)  # noqa: S311 - the same sentences in every run, no secret
    for number, (gu, dong) in enumerate(named):
        speech = material.speak(held_out_context(rng, gu, dong), SEED + number)
        yield material.on_a_clean_line(material.padded(speech, 200, 300))


def held_out_context(rng: random.Random, gu: str, dong: str) -> str:
    """Draw a sentence of the test split that names ``dong``."""
    while corpus.split_of(sentence := corpus.dong_in_context(rng, gu, dong)) != "test":
        pass
    return sentence


def means(heard: Transcript, dong: str, knowledge: Knowledge) -> bool:
    """Whether the text is understood as ``dong``, or as the whole that it is a numbered part of."""
    place = understand(heard.text, confidence=heard.confidence, utterance=0, knowledge=knowledge).location
    if place is None:
        return False
    named = {place.dong, place.road} - {None}
    numbered = dong[-1] == "가" and any(char.isdigit() for char in dong)
    return dong in named or (numbered and any(dong.startswith(name) for name in named if name))
