import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.unit.dialog.conftest import DIALOGS
from voicebot.cli import main
from voicebot.cli.dialog.picture import _wrapped, drawing
from voicebot.cli.dialog.schema import schema, text
from voicebot.dialog import load_dialog

DATA = Path(__file__).parents[2] / "data" / "dialogs"


def test_check_tells_all_mistakes_in_the_language_of_the_author(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By --lang, or by the locale without it."""
    file = str(DATA / "bad" / "step_unknown.yaml")
    assert main.run(["dialog", "check", "--lang", "ko", file]) == 1
    assert "모르는 단계 'opne'" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert main.run(["dialog", "check", file]) == 1
    assert "모르는 단계" in capsys.readouterr().out
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert main.run(["dialog", "check", file]) == 1
    assert "unknown step 'opne'. Did you mean 'open'." in capsys.readouterr().out


def test_check_refuses_doubts_only_when_strict(capsys: pytest.CaptureFixture[str]) -> None:
    """A warning is told, and is a mistake with --strict."""
    file = str(DATA / "good.yaml")
    assert main.run(["dialog", "check", "--lang", "en", file]) == 0
    assert "warning: " in capsys.readouterr().out
    assert main.run(["dialog", "check", "--strict", "--lang", "en", file]) == 1


def test_shipped_flows_are_sound_beyond_doubt(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shipped has not even a warning."""
    files = [str(path) for path in sorted(DIALOGS.glob("*.yaml"))]
    assert main.run(["dialog", "check", "--strict", "--lang", "en", *files]) == 0, capsys.readouterr().out


def test_the_schema_is_the_one_that_is_kept() -> None:
    """dialogs/schema.json is what `voicebot dialog schema` prints, and it knows every verb."""
    assert (DIALOGS / "schema.json").read_text(encoding="utf-8") == text()
    verbs = schema()["properties"]["steps"]["additionalProperties"]["properties"]
    assert {"say", "ask", "triage", "refer", "goto", "call", "set", "end"} <= set(verbs)
    json.loads(text())


def test_a_failed_test_says_where_and_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line of the turn, what was expected and what came."""
    file = tmp_path / "tests.yaml"
    file.write_text(
        f"dialog: {DATA / 'good.yaml'}\ntests:\n  - test: key\n    turns:\n      - key: 0\n"
        "        expect: {transfer: silence}\n",
        encoding="utf-8",
    )
    assert main.run(["dialog", "test", "--lang", "en", str(file)]) == 1
    told = capsys.readouterr().out
    assert f"{file}:5: transfer: expected 'silence', got 'human_requested'." in told
    assert "0 of 1 passed" in told


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("- test: a\n    turns: [{calls: 불}]", "a turn does exactly one thing"),
        ("- test: a\n    turns: [{caller: 불, expekt: {}}]", "Did you mean 'expect'"),
        ("- test: a\n    turns: [{caller: 불, expect: {say: []}}]", "Did you mean 'says'"),
        ("- turns: []", "needs 'test'"),
        ("- test: a\n    turns: [{transfer: maybe}]", "no such outcome"),
    ],
)
def test_a_wrong_test_file_is_told(
    wrong: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in a test must not make it pass."""
    file = tmp_path / "tests.yaml"
    file.write_text(f"dialog: {DATA / 'good.yaml'}\ntests:\n  {wrong}\n", encoding="utf-8")
    assert main.run(["dialog", "test", str(file)]) == 2
    assert said in capsys.readouterr().err


GRAPH = ["dialog", "graph", str(DATA / "good.yaml")]


def test_graph_writes_every_step_and_handler_as_mermaid(capsys: pytest.CaptureFixture[str]) -> None:
    """Text that documents can hold, without any program."""
    assert main.run(GRAPH) == 0
    mermaid = capsys.readouterr().out
    assert mermaid.startswith("flowchart TD")
    assert "open -->|unanswered| connect" in mermaid
    assert "in every step" in mermaid


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not on this machine")
def test_graph_draws_every_step_sentence_and_question(tmp_path: Path) -> None:
    """A picture to look at: steps, what holds in every step, the questions by type."""
    picture = tmp_path / "flow.svg"
    assert main.run([*GRAPH, "--format", "svg", "--lang", "en", "--output", str(picture)]) == 0
    told = "\n".join(ET.fromstring(picture.read_text(encoding="utf-8")).itertext())
    for name in load_dialog(DATA / "good.yaml").steps:
        assert name in told
    for part in ("In every step", "recogniser failed", "Questions, most decisive first", "모두 안전합니까?"):
        assert part in told


def test_what_is_drawn_can_be_told_without_graphviz() -> None:
    """Signs that mean something in the language of the drawing are escaped, and long sentences are cut."""
    told = drawing(load_dialog(DATA / "good.yaml"), "ko").source
    assert "어느 단계에서나" in told
    assert '"*every":0:e -> connect:title:w' in told
    assert _wrapped("a " * 200)[-1].endswith("…")


@pytest.mark.parametrize(("lang", "said"), [("en", "apt-get install graphviz"), ("ko", "설치하거나")])
def test_without_graphviz_one_sentence_says_what_to_install(
    lang: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the author's language, with the exit code of a mistake that can be mended."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert main.run([*GRAPH, "--format", "svg", "--lang", lang]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert "--format mermaid" in told
    assert "\n" not in told


def test_chat_shows_what_the_bot_knows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sentences, slots, urgency, evidence and the transfer, turn by turn."""
    lines = iter(["나무 역삼동", "네", "/key 0", "/busy", "/quit"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(lines))
    assert main.run(["dialog", "chat", "--lang", "en", str(DATA / "good.yaml")]) == 0
    told = capsys.readouterr().out
    for part in (
        "모두 안전합니까?",
        "urgency potential",
        "why: safety/tree",
        "REPORT CLOSED",
        "TRANSFER: potential, human_requested",
    ):
        assert part in told


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng")
def test_prompts_lists_and_renders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every sentence becomes a WAV file, and what has no recording is named."""
    assert (
        main.run(["dialog", "prompts", "--lang", "en", "--output", str(tmp_path), str(DATA / "good.yaml")])
        == 0
    )
    assert "0 recorded, 17 synthesised" in capsys.readouterr().out
    assert len(list(tmp_path.glob("*.wav"))) == 17
