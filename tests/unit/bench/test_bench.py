"""The parts of the bench that need no model."""

import json

import numpy as np
import pytest

from voicebot.bench import hearing as bench_hearing
from voicebot.bench import load, offline
from voicebot.cli import main
from voicebot.cli.bench import _PARTS


def test_the_command_offers_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    """What can be measured is what can be asked for."""
    assert bench_hearing.PARTS == _PARTS
    assert main.run(["bench", "hearing", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(part in told for part in _PARTS)


def test_the_engine_is_timed_turn_by_turn(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON and as a table, with the machine; the exit code follows from the limit."""
    code = main.run(["bench", "dialog", "--turns", "40", "--json"])
    figures = json.loads(capsys.readouterr().out)
    assert figures["turns"] == 40
    assert figures["calls"] >= 5
    assert 0 < figures["turn_ms_median"] <= figures["turn_ms_p99"]
    assert code == (figures["processor_s_per_1000_turns"] > figures["limit_s_per_1000_turns"])
    main.run(["bench", "dialog", "--turns", "10"])
    assert "| processor |" in capsys.readouterr().out


def test_utterances_are_found_in_probabilities() -> None:
    """Two stretches of speech with a long pause between are two utterances, the last one to the end."""
    row = np.array([0.0] * 20 + [0.9] * 20 + [0.0] * 40 + [0.9] * 20, np.float32)
    found = offline.utterances(row)
    assert len(found) == 2
    assert all(each.silent_ms >= 700 for each in found)


def test_the_table_names_each_figure() -> None:
    """Nested figures become one row each, told apart by their streams."""
    rows = bench_hearing.rows(
        {"load": [{"streams": 2, "ms": {"p50": 1.0}}, {"streams": 4, "ms": {"p50": 2.0}}]}
    )
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
        "outcomes": {"clips/partial/refused": 3},
    }
    told = load.weakest([{**row, "streams": 10}, row])
    assert "the processor would be full first, at about 250 streams; 3 partials" in told
