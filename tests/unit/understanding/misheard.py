"""Every dong of the gazetteer as a recogniser writes it that slips by one letter of one syllable."""

import random
from dataclasses import dataclass

from voicebot.understanding.places.find_place import find_place
from voicebot.understanding.places.gazetteer import Gazetteer

_LEADS, _VOWELS, _TAILS = 19, 21, 28


@dataclass(slots=True)
class Misheard:
    """What became of the misheard names."""

    names: int = 0
    taken_or_offered: int = 0
    """The right dong was taken, or is one of those the caller is asked about."""
    asked: int = 0


def misheard_dongs(gazetteer: Gazetteer) -> Misheard:
    """Look each name up with one wrong letter, the same letters in each run."""
    chance, found = random.Random(7), Misheard()
    for name, dongs in gazetteer.dongs.items():
        if not name.endswith("동") or dongs[0].lat is None or len(name) < 3:
            continue
        place = find_place(f"{_slipped(name, chance)}이에요", gazetteer, confidence=1.0)
        offered = {it.name for it in place.candidates} if place else set()
        found.names += 1
        found.asked += len(offered) > 1
        found.taken_or_offered += place is not None and (place.dong == name or name in offered)
    return found


def _slipped(name: str, chance: random.Random) -> str:
    """Return the name with one letter of one syllable before 동 replaced."""
    at = chance.randrange(len(name) - 1)
    index = ord(name[at]) - 0xAC00
    if not 0 <= index < 11172:
        return name
    lead, vowel, tail = index // 588, index % 588 // 28, index % 28
    which = chance.randrange(3)
    if which == 0:
        lead = chance.randrange(_LEADS)
    elif which == 1:
        vowel = chance.randrange(_VOWELS)
    else:
        tail = chance.choice([0, 1, 4, 8, 16, 17, 19, 21])
    return name[:at] + chr(0xAC00 + lead * 588 + vowel * 28 + tail) + name[at + 1 :]
