"""The second opinion beside the rules: learned from examples, raising only."""

from pathlib import Path

import pytest

from tests.unit.understanding.conftest import Hear
from voicebot.errors import DialogError
from voicebot.understanding.naive_bayes import NO_OPINION, Opinion, load_naive_bayes, trained
from voicebot.understanding.rules import Hit, Rule
from voicebot.understanding.triage import judge
from voicebot.vocabulary.urgency import Urgency

LEARNED = trained(
    {
        "fire": {"urgent": ["지붕이 활활 타올라요", "연기가 자욱해요"]},
        "inquiry": {"non_urgent": ["약국이 어디예요", "병원 번호 알려주세요"]},
    }
)
AGAINST = Opinion({"ems": -30.0, "inquiry": 30.0}, -60.0, {})
FOR = Opinion({"ems": 20.0, "inquiry": 0.0}, 60.0, {})


def _hit(urgency: Urgency | None, weight: int = 30) -> Hit:
    rule = Rule(rule="ems/made", any=("x",), category="ems", code="ems.made", urgency=urgency, weight=weight)
    return Hit(rule, "x", 0, 1)


def test_a_text_sounds_like_the_examples_that_share_its_pieces() -> None:
    """Pieces of words tell the kind, and the word that tells most is named."""
    found = LEARNED.opinion("지붕에서 연기가 나요")
    assert found.kinds["fire"] > 0 > found.kinds["inquiry"]
    assert found.urgent > 0
    assert found.words["fire"] == "연기가"


def test_names_of_places_and_unknown_words_say_nothing() -> None:
    """Where it is does not tell what it is."""
    assert LEARNED.opinion("역삼동 테헤란로 152") == NO_OPINION


def test_the_second_opinion_lowers_no_stated_urgency() -> None:
    """An urgent rule stands against any likeness."""
    assert judge([_hit("urgent")], (), AGAINST).urgency == "urgent"
    assert judge([_hit("urgent", 1)], (), AGAINST).urgency == "urgent"


def test_a_kind_told_by_likeness_alone_is_never_calm() -> None:
    """Without a rule the urgency stays unknown, which is routed as urgent."""
    alone = judge([], (), AGAINST)
    assert (alone.category, alone.urgency, alone.sounds) == ("inquiry", "unknown", ("likeness/inquiry",))


def test_a_kind_told_by_likeness_alone_does_not_break_a_calm_dialog() -> None:
    """Where the caller describes a house, nothing is urgent because an urgent caller named one too."""
    assert judge([], (), FOR).urgency == "unknown"


def test_a_low_urgency_that_sounds_urgent_is_raised_and_says_why() -> None:
    """What no rule knows may still sound like the urgent calls."""
    raised = judge([_hit("non_urgent")], (), FOR)
    assert (raised.urgency, raised.sounds) == ("urgent", ("likeness/urgent",))


def test_answers_and_scraps_are_judged_by_rules_alone(hear: Hear) -> None:
    """A yes to a question must not sound like the question's danger."""
    for text in ("네 의식은 있고 숨은 편하게 쉬어요", "서른두 살이요", "이층이요"):
        assert not any(item.rule.startswith("likeness/") for item in hear(text).evidence)


def test_a_wrong_examples_file_is_refused_with_its_name(tmp_path: Path) -> None:
    """An author learns which entry to mend."""
    (tmp_path / "examples.yaml").write_text("fires:\n  urgent: [불이야]\n", encoding="utf-8")
    with pytest.raises(DialogError, match=r"examples\.yaml.*fires"):
        load_naive_bayes(tmp_path)


def test_a_lexicon_without_examples_has_no_opinion(tmp_path: Path) -> None:
    """Rules alone are enough to run."""
    assert load_naive_bayes(tmp_path).opinion("불이 났어요") == NO_OPINION
