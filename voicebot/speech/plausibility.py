"""What is not believed of a recogniser's text: Whisper models write sentences into noise and silence.

Thresholds of no-speech and probability are those of openai/whisper's ``transcribe``. A text that is not
believed becomes empty, and the caller is asked again; nothing here changes the words of a believed one,
but that a word said over and over is kept three times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SYLLABLES_PER_S, _SYLLABLES_FREE = 12, 4
"""No Korean speaker is faster; a longer text for so little speech was invented. Four more leave
room in clips of a word or two. Both chosen: lower ones lose what fast speakers said; not measured."""
_USUAL_TOKENS_PER_S, _USUAL_TOKENS_FREE = 10, 10
"""Of 184 utterances of people, cut as in calls, half have 4.4 of Whisper's tokens a second, one in a hundred
has 7.0 and none 7.6: what has more does not end."""
_SLOW_SYLLABLES_PER_S, _MARGIN_S = 3.5, 0.57
"""Of 203 utterances of people 7 have fewer in what is left without 320 ms of pre-roll and 250 ms of tail; a
second search for these costs 1 ms per second of speech and no error. With 4.5 it is 23, 3 ms and 0.3 % more
errors: sentences that were said once are believed twice. docs/performance.md, Hearing people."""
_SILENT_PEAK = 60
"""-55 dB of full scale, only the four lowest levels of A-law: an idle line. Chosen: a higher one would call a
whisper silence, a lower one has the model hear nothing but noise; not measured."""
_REPEATED = re.compile(r"(\S(?:.{0,24}?\S)?)(?:\s*\1){3,}")
_TWICE = re.compile(r"(?<!\S)(\S(?:.{0,24}?\S)?)[.,!?]*(?:\s+\1)(?!\w)")

PHRASES = (
    "시청해주셔서감사합니다",
    "구독과좋아요",
    "좋아요와구독",
    "구독부탁드립니다",
    "다음영상에서만나",
    "다음시간에만나",
    "한글자막",
    "자막제공",
    "자막by",
    "영상편집",
    "mbc뉴스",
    "kbs뉴스",
    "뉴스데스크",
    "thankyouforwatching",
    "thanksforwatching",
    "subtitlesby",
    "amara.org",
    "pleasesubscribe",
)
"""What Whisper learned from the ends of videos, without blanks and in small letters."""


@dataclass(frozen=True, slots=True)
class Plausibility:
    """When a text is not believed."""

    no_speech_prob: float = 0.6
    avg_logprob: float = -1.0
    """Together with ``no_speech_prob``: probably no speech, and unsure of the words."""
    hopeless_logprob: float = -2.0
    """So unsure that nothing is believed, whatever else."""

    def checked(self, text: str, duration_s: float, avg_logprob: float, no_speech_prob: float) -> str:
        """Return ``text`` as far as it is believed of ``duration_s`` seconds of audio."""
        if no_speech_prob > self.no_speech_prob and avg_logprob < self.avg_logprob:
            return ""
        if avg_logprob < self.hopeless_logprob or too_fast(text, duration_s) or known_invention(text):
            return ""
        return without_loops(text)


def silent(peak: int) -> bool:
    """Whether a clip whose loudest sample is ``peak`` (of 32768) holds nothing that could be speech."""
    return peak < _SILENT_PEAK


def most_tokens(duration_s: float, per_s: float = _SYLLABLES_PER_S) -> int:
    """Return the most tokens that speech of this length can have, by default of one syllable or more each."""
    return 6 + int(per_s * duration_s)


def usual_tokens(duration_s: float) -> int:
    """Return the most tokens of Whisper's Korean in speech of this length, unless it is very fast."""
    return _USUAL_TOKENS_FREE + int(_USUAL_TOKENS_PER_S * duration_s)


def too_fast(text: str, duration_s: float) -> bool:
    """Whether the text is longer than anybody could have said in this time."""
    letters = sum(char.isalnum() for char in text)
    hangul = sum("가" <= char <= "힣" for char in text)
    syllables = hangul + (letters - hangul) / 3
    return syllables > _SYLLABLES_FREE + _SYLLABLES_PER_S * duration_s


def too_short(text: str, duration_s: float) -> bool:
    """Whether the text is so short for its time that something which was repeated may be left out."""
    hangul = sum("가" <= char <= "힣" for char in text)
    return hangul < _SLOW_SYLLABLES_PER_S * (duration_s - _MARGIN_S)


def repeats(text: str) -> bool:
    """Whether a word or a phrase stands twice in a row."""
    return _TWICE.search(text) is not None


def known_invention(text: str) -> bool:
    """Whether the text has a phrase that models invent."""
    bare = "".join(text.lower().split())
    return any(phrase in bare for phrase in PHRASES)


def without_loops(text: str) -> str:
    """Return the text with what is said more than three times in a row kept three times."""
    return _REPEATED.sub(lambda found: " ".join([found[1]] * 3), text)
