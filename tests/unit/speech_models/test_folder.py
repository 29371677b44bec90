import json
from pathlib import Path
from typing import Any

import pytest

from voicebot.errors import ModelError, SetupError
from voicebot.settings import SpeechSettings
from voicebot.speech_models.folder import (
    BUNDLED,
    changing,
    chosen,
    described,
    installed,
    keep_measured,
    models_folder,
    named,
    whole_or_not,
    why_deaf,
)


def put(folder: Path, name: str, language: str = "ko", size: int = 1000) -> Path:
    """Lay out what a model directory looks like from outside."""
    directory = folder / name
    directory.mkdir(parents=True)
    with (directory / "model.bin").open("wb") as file:
        file.truncate(size)
    if language:
        preprocessor: dict[str, Any] = {"voicebot": {"language": language}}
        (directory / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return directory


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"VOICEBOT_MODELS": "/m", "STATE_DIRECTORY": "/s", "XDG_DATA_HOME": "/x"}, "/m"),
        ({"STATE_DIRECTORY": "/s:/t", "XDG_DATA_HOME": "/x"}, "/s/models"),
        ({"XDG_DATA_HOME": "/x"}, "/x/voicebot/models"),
        ({}, "/home/her/.local/share/voicebot/models"),
    ],
)
def test_where_models_live(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], folder: str) -> None:
    """Named by hand, else of the service, else of the user."""
    monkeypatch.setenv("HOME", "/home/her")
    assert models_folder(environ) == Path(folder)


def test_auto_takes_the_largest_korean_model_that_a_processor_keeps_up_with(tmp_path: Path) -> None:
    """A stock model waits for its own language; a card takes the largest."""
    put(tmp_path, "whisper-base", language="", size=145_000_000)
    put(tmp_path, "whisper-base-ko", size=54_000_000)
    put(tmp_path, "whisper-tiny-ko", size=30_000_000)
    put(tmp_path, "turbo-ko", size=800_000_000)
    put(tmp_path, "turbo-en", language="en", size=900_000_000)
    assert chosen(SpeechSettings(), folder=tmp_path).name == "whisper-base-ko"
    assert chosen(SpeechSettings(), on_a_card=True, folder=tmp_path).name == "turbo-ko"


def test_any_ears_for_people_are_better_than_none(tmp_path: Path) -> None:
    """A large or a stock model is taken where there is nothing else; one for another language is not."""
    put(tmp_path, "turbo-en", language="en")
    assert chosen(SpeechSettings(), folder=tmp_path).synthetic
    put(tmp_path, "whisper-base", language="", size=145_000_000)
    assert chosen(SpeechSettings(), folder=tmp_path).name == "whisper-base"


def test_synthetic_callers_are_heard_with_the_bundled_model(tmp_path: Path) -> None:
    """Also where a model for people is installed, which would not understand them."""
    put(tmp_path, "whisper-base-ko")
    assert chosen(SpeechSettings(synthetic_voices_only=True), folder=tmp_path).directory == BUNDLED
    own = SpeechSettings(synthetic_voices_only=True, model=put(tmp_path, "own"))
    assert chosen(own, folder=tmp_path).name == "own"


def test_people_are_not_heard_with_the_bundled_model(tmp_path: Path) -> None:
    """The sentence says why and how to mend it; synthetic voices and other models raise no complaint."""
    why = why_deaf(SpeechSettings(), described(BUNDLED))
    assert "96 %" in why
    assert "voicebot model install whisper-base" in why
    assert "speech.synthetic_voices_only" in why
    assert why_deaf(SpeechSettings(synthetic_voices_only=True), described(BUNDLED)) == ""
    assert why_deaf(SpeechSettings(), described(put(tmp_path, "whisper-base-ko"))) == ""
    assert "speech.model names" in why_deaf(SpeechSettings(model=BUNDLED), described(BUNDLED))


def test_what_is_not_whole_is_no_model(tmp_path: Path) -> None:
    """Folders under way begin with a point; a folder without weights is none of ours."""
    put(tmp_path, ".part-whisper-base")
    (tmp_path / "notes").mkdir()
    assert installed(tmp_path) == []
    assert installed(tmp_path / "nowhere") == []


def test_a_model_is_found_by_name_or_path(tmp_path: Path) -> None:
    """An unknown one tells which there are."""
    directory = put(tmp_path, "whisper-base-ko")
    assert named("whisper-base-ko", tmp_path).directory == directory
    assert named(str(directory), tmp_path / "nowhere").directory == directory
    assert named("ko-119-mini", tmp_path).synthetic
    with pytest.raises(ModelError, match="whisper-base-ko, ko-119-mini"):
        named("turbo", tmp_path)


def test_a_measurement_is_kept_in_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Doctor tells it later; a model outside the folder of models is left alone."""
    monkeypatch.setenv("VOICEBOT_MODELS", str(tmp_path / "models"))
    inside, outside = put(tmp_path / "models", "a"), put(tmp_path, "b")
    for directory in (inside, outside):
        keep_measured(described(directory), {"text": "17 % wrong"})
    assert described(inside).measured == "17 % wrong"
    assert "not measured" in described(outside).measured


def test_a_model_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """Whatever goes wrong between leaves the folder as it was."""

    def interrupted() -> None:
        with whole_or_not(tmp_path / "model") as part:
            (part / "model.bin").write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    with whole_or_not(tmp_path / "model") as part:
        (part / "model.bin").write_bytes(b"whole")
        assert installed(tmp_path) == []
    assert [model.name for model in installed(tmp_path)] == ["model"]


def test_one_installation_at_a_time_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    """The second waits for nothing: it is told; leftovers go with the next."""
    (tmp_path / ".part-whisper-base-x").mkdir()
    with changing(tmp_path):
        assert not (tmp_path / ".part-whisper-base-x").exists()
        with pytest.raises(SetupError, match="under way"), changing(tmp_path):
            pass


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A file in its place is as bad as a missing right."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="VOICEBOT_MODELS"), changing(tmp_path / "file" / "models"):
        pass
