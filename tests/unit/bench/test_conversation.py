import json
from pathlib import Path

import pytest

from voicebot.cli import main


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


def test_understanding_is_timed_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the built-in lines or of a file's, as JSON or as a list; the exit code follows from the limits."""
    file = tmp_path / "lines"
    file.write_text('{"text": "불이 났어요"}\n여보세요\n', encoding="utf-8")
    code = main.run(["bench", "understand", "--rounds", "2", "--json", str(file)])
    figures = json.loads(capsys.readouterr().out)
    assert figures["lines"] == 2
    assert 0 < figures["median_ms"] <= figures["p99_ms"]
    assert code == (figures["median_ms"] > 3.0 or figures["p99_ms"] > 10.0)
    file.write_text("", encoding="utf-8")
    assert main.run(["bench", "understand", str(file)]) == 2
