"""The fairness table: the same figures for every group of callers."""

import json
from pathlib import Path

from voicebot.cli.evaluation import by_group, read_cases
from voicebot.understanding import Knowledge


def test_groups_and_the_gender_of_the_voice_are_counted_apart(knowledge: Knowledge, tmp_path: Path) -> None:
    """A line belongs to its groups, to its voice, or to the standard."""
    common = {"text": "불이 났어요", "category": "fire", "urgency": "urgent"}
    lines = [
        {**common, "id": "1", "group": "전라", "gender": "f"},
        {**common, "id": "2", "groups": ["child", "전라"]},
        {**common, "id": "3", "text": "여보세요"},
    ]
    file = tmp_path / "lines.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    found = by_group(read_cases(file, knowledge))
    assert {name: group["lines"] for name, group in found.items()} == {
        "child": 1,
        "standard": 1,
        "voice: f": 1,
        "전라": 2,
    }
    assert (found["전라"]["category"], found["standard"]["category"]) == (1.0, 0.0)
