"""Checks of the sentence generator: splits, repeatability, coverage."""

import itertools
import random
from collections import Counter

from models.train.sentences import corpus, word_lists
from models.train.sentences.word_forms import spoken_place


def _drawn(split: corpus.Split, seed: int, count: int = 4_000) -> list[str]:
    return list(itertools.islice(corpus.sentences(split, seed), count))


def test_splits_share_no_open_sentence() -> None:
    """Outside the closed answers no test sentence occurs in training, also with other blanks or seeds."""
    closed = corpus.closed_answers()
    train, dev, test = (
        {text.replace(" ", "") for text in drawn if text not in closed}
        for drawn in (_drawn("train", 1), _drawn("dev", 2, 400), _drawn("test", 3, 400))
    )
    assert train.isdisjoint(test)
    assert train.isdisjoint(dev)
    assert dev.isdisjoint(test)


def test_the_same_seed_says_the_same() -> None:
    """Sentences depend on the seed alone."""
    assert _drawn("train", 5, 300) == _drawn("train", 5, 300)
    assert _drawn("train", 5, 300) != _drawn("train", 6, 300)


def test_open_sentences_leave_the_closed_answers_out() -> None:
    """Figures about unseen text hold no sentence that training knows."""
    drawn = set(itertools.islice(corpus.open_sentences("test", 4), 100))
    assert not drawn & corpus.closed_answers()
    assert {corpus.split_of(sentence) for sentence in drawn} == {"test"}


def test_short_answers_are_common() -> None:
    """Yes and no, which telephones hear most, stand often among the sentences."""
    counts = Counter(_drawn("train", 1))
    assert counts["네"] > 10
    assert counts["아니요"] > 10
    assert sum(len(text.split()) == 1 for text in counts.elements()) > 400


def test_every_dong_is_said_sooner_or_later() -> None:
    """All 467 legal dongs are in the list and nearly all of them in a modest sample."""
    dongs = {spoken_place(dong) for _, dong in word_lists.gu_and_dong()}
    assert len(word_lists.gu_and_dong()) == 467
    said = " ".join(_drawn("train", 1, 12_000))
    assert sum(dong in said for dong in dongs) > 0.95 * len(dongs)


def test_training_drills_every_dong_and_holds_out_what_is_held_out() -> None:
    """All 467 are said in training, most with their gu, and no open test sentence among them."""
    drawn = list(itertools.islice(corpus.training_sentences(2), 20_000))
    said = " ".join(drawn)
    assert all(spoken_place(dong) in said for _, dong in word_lists.gu_and_dong())
    closed = corpus.closed_answers()
    assert {corpus.split_of(text) for text in drawn if text not in closed} == {"train"}


def test_a_dong_is_named_in_many_ways() -> None:
    """The contexts vary, and the name stands whole in each."""
    rng = random.Random(3)
    drawn = {corpus.dong_in_context(rng, "성동구", "성수동1가") for _ in range(200)}
    assert len(drawn) > 150
    assert all("성수동 일가" in text for text in drawn)
    assert sum("성동구" in text for text in drawn) > 100


def test_there_are_many_incidents_and_they_are_spelled_right() -> None:
    """The list stands for more than 250 phrases; the choice of particles follows the word before."""
    phrases = {phrase for one in word_lists.phrase_patterns("incidents.txt") for phrase in one}
    assert len(phrases) > 250
    assert "나무가 쓰러졌어요" in phrases
    assert "나무이 쓰러졌어요" not in phrases
    assert not any("(" in phrase or "|" in phrase or "  " in phrase for phrase in phrases)


def test_choices_in_a_pattern() -> None:
    """Brackets hold choices, an empty one may stand, blanks become single."""
    assert word_lists.expand("(지금 |)불이 (나요|났어요)") == [
        "지금 불이 나요",
        "지금 불이 났어요",
        "불이 나요",
        "불이 났어요",
    ]


def test_sentences_hold_nothing_but_syllables_and_blanks() -> None:
    """No digit, mark or Latin letter: the vocabulary has none."""
    letters = set("".join(_drawn("train", 8))) - {" "}
    assert all("가" <= letter <= "힣" for letter in letters)
