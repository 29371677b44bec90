from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conversation import load_scenarios, play
from voicebot.dialog import Dialog

SCENARIOS = [
    pytest.param(scenario, id=f"{path.stem}: {scenario['scenario']}")
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for scenario in load_scenarios(path)
]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_conversation_goes_as_written(dialog: Dialog, scenario: dict[str, Any]) -> None:
    """Each conversation of the YAML files beside this test runs as its author expects."""
    play(dialog, scenario)
