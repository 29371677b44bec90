from pathlib import Path

import pytest

from voicebot.dialog import Dialog, load_dialog

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def dialog() -> Dialog:
    """The shipped conversation."""
    return load_dialog(ROOT / "dialogs" / "119.yaml")
