"""How many place names are right, as heard and after the gazetteer."""

from __future__ import annotations

from typing import Any

from models.train import lexicon
from models.train.hangul import spoken_place
from voicebot.bench import material
from voicebot.bench.material import SEED
from voicebot.settings import PROJECT_FOLDER
from voicebot.speech.recogniser import Recogniser
from voicebot.understanding import load_knowledge, understand


def dongs_right(recogniser: Recogniser, most: int) -> dict[str, Any]:
    """Return the share of legal dongs, said alone with their gu on a clean line, that come out right."""
    named = list(lexicon.gu_and_dong())
    named = named[:: max(1, len(named) // most)]
    knowledge = load_knowledge(PROJECT_FOLDER / "dialogs" / "lexicon")
    as_heard = understood = 0
    for number, (gu, dong) in enumerate(named):
        clip = material.padded(material.speak(f"{gu} {spoken_place(dong)}이에요", SEED + number), 200, 300)
        (heard,) = recogniser.transcribe([clip])
        as_heard += spoken_place(dong).replace(" ", "") in heard.text.replace(" ", "")
        place = understand(heard.text, confidence=heard.confidence, utterance=0, knowledge=knowledge).location
        understood += place is not None and place.dong == dong
    return {
        "dongs": len(named),
        "right_as_heard": round(as_heard / len(named), 4),
        "right_after_gazetteer": round(understood / len(named), 4),
    }
