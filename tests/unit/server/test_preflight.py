from pathlib import Path

import pytest

from voicebot.errors import SetupError
from voicebot.server.preflight import check_ears, make_run_directory
from voicebot.settings import SpeechSettings
from voicebot.speech_models.folder import BUNDLED, described


def test_a_new_run_directory_is_for_us_alone(tmp_path: Path) -> None:
    """Nobody else can reach the sockets and the callers' audio."""
    make_run_directory(tmp_path / "run")
    assert (tmp_path / "run").stat().st_mode & 0o077 == 0


def test_a_run_directory_that_somebody_laid_out_for_us_is_refused(tmp_path: Path) -> None:
    """A link in a public folder could lead the sockets anywhere."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SetupError, match="run_directory"):
        make_run_directory(tmp_path / "run")


def test_people_are_not_answered_with_ears_for_synthetic_voices() -> None:
    """The default refuses; a site of synthetic callers goes on, and so does who named that model."""
    model = described(BUNDLED)
    with pytest.raises(SetupError, match="voicebot model install whisper-base"):
        check_ears(SpeechSettings(), model)
    for speech in (SpeechSettings(synthetic_voices_only=True), SpeechSettings(model=BUNDLED)):
        check_ears(speech, model)
