"""The parts of measuring that need no model."""

import json
import sys
from dataclasses import asdict

import numpy as np
import pytest

from models.measure import goals, hearing, load, offline
from voicebot.cli import main
from voicebot.cli.bench import _PARTS


def test_the_command_offers_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    """What can be measured is what can be asked for."""
    assert hearing.PARTS == _PARTS
    assert main.run(["bench", "hearing", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(part in told for part in _PARTS)


def test_without_the_checkout_one_sentence_says_where_to_run_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wheel has no training code: exit code 2, as for every mistake that a person can mend."""
    monkeypatch.setitem(sys.modules, "models.measure.hearing", None)
    assert main.run(["bench", "hearing", "--clips", "12"]) == 2
    assert "only a checkout" in capsys.readouterr().err


def test_utterances_are_found_in_probabilities() -> None:
    """Two stretches of speech with a long pause between are two utterances, the last one to the end."""
    row = np.array([0.0] * 20 + [0.9] * 20 + [0.0] * 40 + [0.9] * 20, np.float32)
    found = offline.utterances(row)
    assert len(found) == 2
    assert all(each.silent_ms >= 700 for each in found)


def test_the_table_names_each_figure() -> None:
    """Nested figures become one row each, told apart by their streams."""
    rows = hearing.rows({"load": [{"streams": 2, "ms": {"p50": 1.0}}, {"streams": 4, "ms": {"p50": 2.0}}]})
    assert ("load", "streams 2: ms p50", "1.0") in rows
    assert ("load", "streams 4: ms p50", "2.0") in rows
    assert json.dumps(rows)


def test_the_weakest_part_is_named() -> None:
    """The report says what would be full first."""
    row = {
        "streams": 100,
        "cores_used": {"recogniser": 0.5, "detector": 0.1, "event_loop": 0.2, "all": 0.8},
        "share_of_machine": 0.4,
        "end_of_speech_to_endpoint_ms": {"p50": 700.0, "p95": 800.0},
        "endpoint_to_text_ms": {"p50": 0.0, "p95": 10.0},
        "decode_ms_per_batch": {"p50": 12.0},
        "cores_used_by_others": 0.0,
        "outcomes": {"clips/partial/refused": 3},
    }
    told = load.weakest([{**row, "streams": 10}, row])
    assert "the processor would be full first, at about 250 streams; 3 partials" in told
    assert "free machine" not in told
    assert "repeat it on a free machine" in load.weakest([{**row, "cores_used_by_others": 1.0}])


def test_goals_stand_beside_what_was_seen() -> None:
    """A goal that was missed is marked; parts that were not measured are left out."""
    figures = {
        "noise": {"empty_by_recogniser": 0.99, "empty_in_call": 1.0},
        "endpointing": [{"line": "8_db", "cut_in_two": 0.01, "merged": 0.023}],
    }
    lines = goals.goals(figures)
    assert [line.reached for line in lines] == [False, True, True, False]
    assert lines[0].seen == "99 %"
    told = hearing.summary({**figures, "goals": [asdict(line) for line in lines]})
    assert "| sentences merged, 8 dB | `endpointing` | 2 % at most | 2.3 % **missed** |" in told
    assert "| noise | empty_in_call | 1.0 |" in told


def test_the_goals_of_load_hold_at_full_load_only() -> None:
    """Fewer streams are shown without a verdict, but nobody may lose a final."""
    row = {
        "streams": 240,
        "endpoint_to_text_ms": {"p50": 0.0, "p95": 61.0},
        "cores_used": {"detector": 0.1, "all": 0.9},
        "finals_without_result": 0,
        "utterances_not_heard": 1,
        "utterances": 900,
    }
    few = {**row, "streams": 60, "utterances_not_heard": 0}
    seen = {line.name: line.reached for line in goals.goals({"load": [few, row]})}
    assert seen["endpoint to text p50 / p95, 240 streams"] is False
    assert seen["endpoint to text p50 / p95, 60 streams"] is None
    assert seen["detector, share of a core, 240 streams"] is True
    assert (seen["finals lost, 60 streams"], seen["finals lost, 240 streams"]) == (True, False)
