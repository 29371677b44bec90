from pathlib import Path

import pytest

from voicebot.cli.evaluation import Case, by_group, figures, read_cases
from voicebot.understanding import Knowledge

LABELLED = sorted((Path(__file__).parents[2] / "data" / "understanding").glob("*.jsonl"))
SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "utterances.dev.jsonl"


@pytest.fixture(scope="module")
def cases(knowledge: Knowledge) -> list[Case]:
    """All labelled lines of the repository, understood."""
    return [case for file in LABELLED for case in read_cases(file, knowledge)]


def test_no_urgent_call_is_judged_low(cases: list[Case]) -> None:
    """Of the urgent lines none is non-urgent and at most one in fifty potential."""
    found = figures(cases)
    assert found["urgent_judged_non_urgent"] == 0
    assert found["urgent_judged_potential"] <= 0.02


def test_the_thresholds_hold_on_the_labelled_lines(cases: list[Case]) -> None:
    """Kind, over-triage, place and the wish for a human are as good as the product promises."""
    found = figures(cases)
    assert found["category"] >= 0.92
    assert found["non_urgent_judged_urgent"] <= 0.25
    assert found["wants_human"] >= 0.98
    for part, share in found["place"].items():
        assert share >= 0.95, part


def test_no_group_of_callers_is_under_triaged(cases: list[Case]) -> None:
    """Dialect, age and origin of a caller lower no urgency."""
    for group, found in by_group(cases).items():
        assert not found["urgent_not_routed"], group


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared development set is not on this machine")
def test_the_thresholds_hold_on_the_development_set(knowledge: Knowledge) -> None:
    """The set that is kept outside the repository is understood as well."""
    found = figures(read_cases(SHARED, knowledge))
    assert (found["urgent_judged_non_urgent"], found["urgent_judged_potential"]) == (0, 0.0)
    assert found["category"] >= 0.92
    assert min(found["place"].values()) >= 0.95
