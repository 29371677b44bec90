import subprocess
import sys
from pathlib import Path

import click
import pytest

from voicebot import __version__
from voicebot.cli import main
from voicebot.errors import SettingsError, SetupError

HEAVY = (
    "torch",
    "ctranslate2",
    "silero_vad",
    "pjsua2",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "numpy",
    "pydantic",
)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command ``fail`` that raises what the test puts into this list."""
    errors: list[BaseException] = []

    @click.command()
    def fail() -> None:
        raise errors[0]

    monkeypatch.setitem(main.cli.commands, "fail", fail)
    return errors


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The version stands alone on one line."""
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"voicebot {__version__}\n"


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    """`voicebot --version` and --help are quick because they load no model code."""
    program = f"import sys, voicebot.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_promised_command_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    """The names of the commands are a contract."""
    assert main.run(["--help"]) == 0
    told = capsys.readouterr().out
    for name in ("serve", "demo", "doctor", "transcribe", "dialog"):
        assert name in told


def test_a_user_error_is_one_sentence_and_exit_code_2(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake that a person can mend shows no traceback."""
    failing.append(SetupError("the port is taken"))
    assert main.run(["fail"]) == 2
    assert capsys.readouterr() == ("", "the port is taken\n")


def test_user_errors_in_groups_are_told_too(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """Task groups wrap exceptions; the sentence still comes out alone, each once."""
    inner = ExceptionGroup("inner", [SetupError("a"), SettingsError("b")])
    failing.append(ExceptionGroup("outer", [SetupError("a"), inner]))
    assert main.run(["fail"]) == 2
    assert capsys.readouterr().err == "a\nb\n"


def test_a_fault_of_ours_is_not_dressed_up(failing: list[BaseException]) -> None:
    """Other exceptions keep their traceback, also beside a user error in one group."""
    failing.append(ExceptionGroup("both", [SetupError("a"), ZeroDivisionError()]))
    with pytest.raises(ExceptionGroup):
        main.run(["fail"])


def test_ctrl_c_is_quiet(failing: list[BaseException], capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends with 130 and without words."""
    failing.append(KeyboardInterrupt())
    assert main.run(["fail"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_wrong_option_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    """The complaints of click itself keep its exit code."""
    assert main.run(["serve", "--confg", "x"]) == 2
    assert "--config" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_wrong_settings_file_is_told(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong key ends the command with the sentence of the settings."""
    file = tmp_path / "voicebot.yaml"
    file.write_text("sip:\n  listn: x\n")
    assert main.run([command, "--config", str(file)]) == 2
    sentence = f"{file}, line 2: the key sip.listn is not known; did you mean sip.listen?\n"
    assert capsys.readouterr() == ("", sentence)


@pytest.mark.parametrize(
    ("audio", "sentence"),
    [("fire", "must be a caller and a file"), ("fire=/nowhere.wav", "there is no file '/nowhere.wav'")],
)
def test_a_wrong_replacement_of_a_caller_is_told(
    audio: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in --audio is found before anything starts."""
    assert main.run(["demo", "--audio", audio]) == 2
    assert sentence in capsys.readouterr().err
