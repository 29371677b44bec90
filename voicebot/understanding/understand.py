"""The one entrance: a text goes in, all that it tells comes out."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.understanding.knowledge import Knowledge
from voicebot.understanding.naive_bayes import NO_OPINION
from voicebot.understanding.normalising import finished_part, normalised
from voicebot.understanding.places.find_place import find_place
from voicebot.understanding.results import Answer, Evidence, Location, Understanding
from voicebot.understanding.rules import Hit, hits_and_over
from voicebot.understanding.triage import judge, without_guesses

_FEWEST_WORDS = 3
"""What is shorter without its place, and answers to a question, are judged by rules alone.

An answer ("네 의식은 있고") sounds like the danger it was asked about, and two words are too few to sound
like anything; `test_answers_and_scraps_are_judged_by_rules_alone` holds it.
"""


def understand(
    text: str, *, confidence: float, utterance: int, knowledge: Knowledge, partial: bool = False
) -> Understanding:
    """Return what a text tells, with evidence for each point.

    ``confidence`` (0..1) is the recogniser's; it is noted and never lowers an urgency. ``utterance`` is
    the number of the utterance in the call. In a ``partial`` text the last word counts only when it is
    finished, no place is looked for, and nothing is judged by the second opinion.
    """
    words = normalised(text)
    if partial:
        words = finished_part(words)
    standard = knowledge.dialect.standard(words)
    hits, over = hits_and_over(knowledge.rules, standard.text)
    hits = tuple(without_guesses(hits))
    answer = _answer(hits)
    location = None if partial else find_place(words, knowledge.gazetteer, confidence=confidence)
    matter = _without_place(words, location)
    short = answer is not None or len(matter) < _FEWEST_WORDS
    opinion = NO_OPINION if partial or short else knowledge.naive_bayes.opinion(" ".join(matter))
    judgement = judge(hits, over, opinion)
    first = {hit.rule.rule: hit for hit in reversed(hits)}
    evidence = [
        Evidence(name, standard.words(hit.start, hit.end), utterance, confidence)
        for name, hit in reversed(first.items())
    ]
    evidence += [
        Evidence(name, opinion.words.get(judgement.category, words), utterance, confidence)
        for name in judgement.sounds
    ]
    if location is not None:
        evidence.append(Evidence("place", location.text, utterance, location.confidence))
    return Understanding(
        category=judgement.category,
        code=judgement.code,
        urgency=judgement.urgency,
        flags=judgement.flags,
        location=location,
        wants_human=any(hit.rule.wants == "human" for hit in hits),
        answer=answer,
        wants_repeat=any(hit.rule.wants == "repeat" for hit in hits),
        language=next((hit.rule.language for hit in hits if hit.rule.language), None),
        evidence=tuple(evidence),
    )


def _without_place(words: str, location: Location | None) -> list[str]:
    """Return the words that are no part of the named place."""
    names = location.text.split() if location else []
    return [word for word in words.split() if not any(word.startswith(name) for name in names)]


def _answer(hits: Sequence[Hit]) -> Answer | None:
    """Return the first yes or no of the text; a no wins where both stand at the same word."""
    answers = sorted((hit.start, hit.rule.answer != "no", hit.rule.answer) for hit in hits if hit.rule.answer)
    return answers[0][2] if answers else None
