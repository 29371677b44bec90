"""Plays a conversation that is written in YAML against a dialog, on a virtual clock; see docs/dialogs.md."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from voicebot.dialog import Dialog
from voicebot.dialog.authoring.author_tests import differences
from voicebot.dialog.authoring.conversation import Conversation


def load_scenarios(path: Path) -> list[dict[str, Any]]:
    """Return the scenarios of one file."""
    return cast("list[dict[str, Any]]", YAML(typ="safe").load(path.read_text(encoding="utf-8")))


def play(dialog: Dialog, scenario: Mapping[str, Any]) -> Conversation:
    """Play all turns; raise AssertionError at the first that goes otherwise than expected."""
    talk = Conversation.begun(dialog)
    _check(talk, scenario.get("begins", {}), "begin", 0)
    for number, turn in enumerate(scenario["turns"], 1):
        before_ms = talk.call_ms
        talk.act(turn)
        label = f"turn {number}: { {key: value for key, value in turn.items() if key != 'expect'} }"
        _check(talk, turn.get("expect", {}), label, talk.call_ms - before_ms)
    return talk


def _check(talk: Conversation, expected: Mapping[str, Any], label: str, took_ms: int) -> None:
    found = differences(talk, expected, Path(label), 0, took_ms)
    assert not found, "\n".join(difference.text() for difference in found)
