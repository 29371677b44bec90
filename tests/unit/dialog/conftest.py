import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from voicebot.dialog import Dialog, load_dialog

DIALOGS = Path(__file__).parents[3] / "dialogs"

Mend = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def dialog() -> Dialog:
    """The shipped conversation."""
    return load_dialog(DIALOGS / "119.yaml")


@pytest.fixture
def changed(tmp_path: Path) -> Mend:
    """Write the shipped conversation with one piece of text replaced; return its path."""

    def change(old: str, new: str) -> Path:
        text = (DIALOGS / "119.yaml").read_text(encoding="utf-8")
        assert old in text
        for folder in ("lexicon", "lexicon-en"):
            shutil.copytree(DIALOGS / folder, tmp_path / folder)
        path = tmp_path / "changed.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return change
