import shutil
from pathlib import Path

import pytest

from tests.fakes.synthesiser import SilentClips
from voicebot import metrics
from voicebot.calls.current_dialog import CurrentDialog, VoicedDialog
from voicebot.calls.voice import DialogVoice
from voicebot.dialog import load_dialog

DATA = Path(__file__).parents[2] / "data" / "dialogs"


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    """A copy of the small sound flow."""
    shutil.copytree(DATA / "lexicon", tmp_path / "lexicon")
    return Path(shutil.copy(DATA / "good.yaml", tmp_path / "flow.yaml"))


@pytest.fixture
async def current(flow: Path, tmp_path: Path) -> CurrentDialog:
    """The dialog of a server that has just started with it."""
    dialog = load_dialog(flow)
    voice = DialogVoice(dialog, dialog.folder, SilentClips(tmp_path / "prompts"))
    await voice.prepare()
    return CurrentDialog(flow, VoicedDialog(dialog, voice))


def change(flow: Path, old: str, new: str) -> None:
    text = flow.read_text(encoding="utf-8")
    assert old in text
    flow.write_text(text.replace(old, new, 1), encoding="utf-8")


def counted(result: str) -> float:
    return metrics.REGISTRY.get_sample_value("voicebot_dialog_reloads_total", {"result": result}) or 0.0


async def test_a_saved_dialog_that_asks_for_an_unknown_group_is_refused(
    current: CurrentDialog, flow: Path
) -> None:
    """A group that the settings do not have would be rung for nobody: the last good dialog stays."""
    asks = CurrentDialog(flow, current.voiced, ["fire"])
    change(flow, "    transfer:\n", "    transfer:\n      group: fire\n")
    assert await asks.look()
    change(flow, "group: fire", "group: nowhere")
    refused = counted("refused")
    assert not await asks.look()
    assert counted("refused") == refused + 1


async def test_a_saved_dialog_is_taken_for_new_calls(current: CurrentDialog, flow: Path) -> None:
    """Who began before keeps the old sentences, who begins now hears the new ones."""
    running = current.voiced
    change(flow, "적었습니다.", "잘 적었습니다.")
    taken = counted("taken")
    assert await current.look()
    assert current.voiced.dialog.prompts["noted"].text == "잘 적었습니다."
    assert running.dialog.prompts["noted"].text == "적었습니다."
    assert current.voiced.dialog.version != running.dialog.version
    assert counted("taken") == taken + 1


async def test_a_broken_dialog_is_refused_aloud(
    current: CurrentDialog, flow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Calls go on with the last good one; the log tells every mistake and a metric counts it."""
    before, refused = current.voiced, counted("refused")
    change(flow, "next: open", "next: opne")
    assert not await current.look()
    assert current.voiced is before
    assert counted("refused") == refused + 1
    told = capsys.readouterr().out
    assert "DIALOG REFUSED" in told
    assert "Did you mean 'open'" in told


async def test_a_fault_of_ours_ends_no_service(
    current: CurrentDialog, flow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong while a saved file is read, the watch goes on and calls keep their dialog."""
    before, refused = current.voiced, counted("refused")

    def broken(path: Path) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("voicebot.dialog.load_dialog", broken)
    change(flow, "적었습니다.", "잘 적었습니다.")
    assert not await current.look()
    assert current.voiced is before
    assert counted("refused") == refused + 1


async def test_a_mended_dialog_is_taken_after_a_broken_one(current: CurrentDialog, flow: Path) -> None:
    """The author saves again and it is in use."""
    change(flow, "next: open", "next: opne")
    await current.look()
    change(flow, "next: opne", "next: open")
    change(flow, "적었습니다.", "네, 적었습니다.")
    assert await current.look()


async def test_a_lexicon_that_changes_is_seen_too(current: CurrentDialog, flow: Path) -> None:
    """A new word rule is as good a reason as a new sentence; nothing changed is no reason."""
    assert not await current.look()
    (flow.parent / "lexicon" / "more.yaml").write_text("- {rule: a, any: [a]}\n", encoding="utf-8")
    assert await current.look()
