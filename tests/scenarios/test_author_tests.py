import time
from pathlib import Path

import pytest

from voicebot.dialog import Dialog, load_dialog
from voicebot.dialog.authoring.author_tests import Trial, play, read_trials

DIALOGS = Path(__file__).parents[2] / "dialogs"
TRIALS = [trial for path in sorted((DIALOGS / "tests").glob("*.yaml")) for trial in read_trials(path)]
FLOWS: dict[Path, Dialog] = {}


def flow(path: Path) -> Dialog:
    """Load each flow once."""
    key = path.resolve()
    if key not in FLOWS:
        FLOWS[key] = load_dialog(key)
    return FLOWS[key]


@pytest.mark.parametrize("trial", TRIALS, ids=[f"{trial.path.stem}: {trial.name}" for trial in TRIALS])
def test_an_author_test_goes_as_written(trial: Trial) -> None:
    """Each conversation shipped under dialogs/tests runs as its author expects."""
    assert [difference.text() for difference in play(flow(trial.dialog), trial)] == []


def test_there_are_enough_of_them_and_they_are_quick() -> None:
    """At least 40 shipped tests run in under 5 s, ten of them fit to be played as calls."""
    flows = [flow(trial.dialog) for trial in TRIALS]
    began = time.process_time()  # not of the other programs of the machine
    for dialog, trial in zip(flows, TRIALS, strict=True):
        play(dialog, trial)
    assert time.process_time() - began < 5.0
    assert len(TRIALS) >= 40
    assert sum(trial.audio for trial in TRIALS) >= 10


def test_every_shipped_flow_has_tests() -> None:
    """No flow is shipped that nobody tried."""
    tried = {trial.dialog.resolve() for trial in TRIALS}
    assert tried == {path.resolve() for path in DIALOGS.glob("*.yaml")}
