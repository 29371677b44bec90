import time
from pathlib import Path

import pytest

from voicebot.dialog import Dialog, load_dialog
from voicebot.dialog.authoring.author_tests import AuthorTest, play, read_author_tests

DIALOGS = Path(__file__).parents[2] / "dialogs"
TESTS = [test for path in sorted((DIALOGS / "tests").glob("*.yaml")) for test in read_author_tests(path)]
LOADED: dict[Path, Dialog] = {}


def loaded(path: Path) -> Dialog:
    """Load each dialog once."""
    key = path.resolve()
    if key not in LOADED:
        LOADED[key] = load_dialog(key)
    return LOADED[key]


@pytest.mark.parametrize("test", TESTS, ids=[f"{test.path.stem}: {test.name}" for test in TESTS])
def test_an_author_test_goes_as_written(test: AuthorTest) -> None:
    """Each conversation shipped under dialogs/tests runs as its author expects."""
    assert [difference.text() for difference in play(loaded(test.dialog), test)] == []


def test_there_are_enough_of_them_and_they_are_quick() -> None:
    """At least 40 shipped tests run in under 5 s, ten of them fit to be played as calls."""
    dialogs = [loaded(test.dialog) for test in TESTS]
    began = time.process_time()  # not of the other programs of the machine
    for dialog, test in zip(dialogs, TESTS, strict=True):
        play(dialog, test)
    assert time.process_time() - began < 5.0
    assert len(TESTS) >= 40
    assert sum(test.audio for test in TESTS) >= 10


def test_every_shipped_flow_has_tests() -> None:
    """No dialog is shipped that nobody tried."""
    tried = {test.dialog.resolve() for test in TESTS}
    assert tried == {path.resolve() for path in DIALOGS.glob("*.yaml")}
