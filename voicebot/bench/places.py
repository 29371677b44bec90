"""How many place names are right, as heard and after the gazetteer."""

from __future__ import annotations

from typing import Any

from models.train import lexicon
from models.train.hangul import spoken_place
from voicebot.bench import material
from voicebot.bench.material import SEED
from voicebot.calls.place_names import PlaceNames
from voicebot.settings import PROJECT_FOLDER
from voicebot.speech.recogniser import Recogniser, Transcript
from voicebot.understanding import Knowledge, load_knowledge, understand


def dongs_right(recogniser: Recogniser, most: int) -> dict[str, Any]:
    """Return the share of legal dongs, said alone with their gu on a clean line, that come out right."""
    named = list(lexicon.gu_and_dong())
    named = named[:: max(1, len(named) // most)]
    knowledge = load_knowledge(PROJECT_FOLDER / "dialogs" / "lexicon")
    names = PlaceNames(recogniser, knowledge.gazetteer)
    as_heard = understood = scored = 0
    for number, (gu, dong) in enumerate(named):
        clip = material.padded(material.speak(f"{gu} {spoken_place(dong)}이에요", SEED + number), 200, 300)
        (heard,) = recogniser.transcribe([clip])
        as_heard += spoken_place(dong).replace(" ", "") in heard.text.replace(" ", "")
        understood += _means(heard, dong, knowledge)
        scored += _means(names.transcribe([clip])[0], dong, knowledge)
    return {
        "dongs": len(named),
        "right_as_heard": round(as_heard / len(named), 4),
        "right_after_gazetteer": round(understood / len(named), 4),
        "right_after_scoring_and_gazetteer": round(scored / len(named), 4),
    }


def _means(heard: Transcript, dong: str, knowledge: Knowledge) -> bool:
    """Whether the text is understood as ``dong``, or as the whole that it is a numbered part of."""
    place = understand(heard.text, confidence=heard.confidence, utterance=0, knowledge=knowledge).location
    if place is None:
        return False
    numbered = dong[-1] == "가" and any(char.isdigit() for char in dong)
    return place.dong == dong or bool(
        numbered and any(name is not None and dong.startswith(name) for name in (place.dong, place.road))
    )
