"""The whole of `voicebot model adapt` on a made-up Whisper and recordings of tones."""

import json
import sys
from pathlib import Path

import pytest

from models.adapt.recordings import as_called, read_recordings
from tests.unit.models.adapt.made_up import SPEAKERS, TEXTS, bundled, recordings, stock
from voicebot.cli.main import run
from voicebot.speech.recogniser import Recogniser

HELD_OUT, *OTHERS = SPEAKERS


def given(folder: Path, *more: str) -> list[str]:
    model, data, out = (str(folder / name) for name in ("model", "speech/manifest.jsonl", "out"))
    return ["model", "adapt", "--model", model, "--data", data, "--out", out, "--device", "cpu", *more]


def test_eight_clips_are_learned_and_another_speaker_gains(tmp_path: Path) -> None:
    """The loss falls to almost nothing and the recogniser writes the texts; so it does for a voice held out."""
    bundled(tmp_path / "model")
    said = {OTHERS[0]: TEXTS[:4], HELD_OUT: TEXTS, OTHERS[1]: TEXTS[4:]}
    manifest = recordings(tmp_path / "speech", said)
    assert run(given(tmp_path, "--steps", "200", "--rate", "4e-3", "--no-augment")) == 0
    figures = json.loads((tmp_path / "out" / "card.json").read_text(encoding="utf-8"))["adapted"]
    assert figures["held_out_loss"][-1]["loss"] < 0.1
    assert figures["after"]["mistakes"] < 0.2 * figures["before"]["mistakes"]
    recogniser = Recogniser(tmp_path / "out")
    trained = [each for each in read_recordings(manifest) if each.speaker != HELD_OUT]
    heard = [recogniser.transcribe([as_called(each)])[0].text for each in trained]
    assert heard == [each.text for each in trained]
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == sorted(
        [*(each.name for each in (tmp_path / "model").iterdir()), "README.md", "card.json"]
    )


def test_where_nothing_helps_the_model_stays_as_it_was(tmp_path: Path) -> None:
    """Noisy lines, a stock model in float16, steps that only harm: the same bits, and a card that says so."""
    stock(tmp_path / "model", "float16")
    recordings(tmp_path / "speech", dict.fromkeys(SPEAKERS[:3], TEXTS[:2]))
    assert run(given(tmp_path, "--steps", "2", "--rate", "1", "--look-every", "1")) == 0
    out, model = tmp_path / "out", tmp_path / "model"
    assert (out / "model.bin").read_bytes() == (model / "model.bin").read_bytes()
    assert (out / "tokenizer.json").read_bytes() == (model / "tokenizer.json").read_bytes()
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "bit for bit" in card
    assert not any(word in card for word in (*TEXTS, f"{SPEAKERS[0]}-0.wav"))


def test_mistakes_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No manifest, one speaker, no model, a folder in use, no such device: told, and the exit code is 2."""
    for arguments, why in (
        (given(tmp_path), "no model.bin"),
        (given(tmp_path), "manifest"),
        (given(tmp_path), "one speaker"),
        (given(tmp_path, "--device", "tpu"), "torch sees no such device"),
        (given(tmp_path, "--language", "en"), "<|en|>"),
        (given(tmp_path), "already"),
    ):
        if why == "manifest":
            bundled(tmp_path / "model")
        if why == "one speaker":
            recordings(tmp_path / "speech", {"anna": TEXTS[:2]})
        if why == "already":
            (tmp_path / "out").mkdir()
            (tmp_path / "out" / "model.bin").touch()
        assert run(arguments) == 2, why
        told = capsys.readouterr().err
        assert why in told
        assert told.count("\n") == 1, told


def test_without_the_checkout_it_says_where_training_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a wheel there is no `models`."""
    monkeypatch.setitem(sys.modules, "models.adapt.command", None)
    assert run(given(tmp_path)) == 2
    assert "checkout" in capsys.readouterr().err
