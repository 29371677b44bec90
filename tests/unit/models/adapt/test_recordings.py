"""Checks of the manifest, the audio and who is held out."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.adapt.recordings import as_called, read_recordings, samples_of, split
from tests.unit.models.adapt.made_up import SPEAKERS, recordings
from voicebot.audio.wav import write_wav
from voicebot.errors import UserError


def test_a_manifest_is_read_with_the_length_of_each_file(tmp_path: Path) -> None:
    """Files count from the manifest's folder; a blank line is none."""
    manifest = recordings(tmp_path, {"anna": ("네", "여기요")})
    manifest.write_text(manifest.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    first, second = read_recordings(manifest)
    assert (first.text, first.speaker, first.seconds) == ("네", "anna", 0.1)
    assert second.file == tmp_path / "anna-1.wav"
    assert len(samples_of(second)) == len(as_called(second)) == 2400


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 2: not a clip"),
        ('{"file": "anna-0.wav", "text": "네"}', "speaker"),
        ('{"file": "gone.wav", "text": "네", "speaker": "anna"}', "there is no such file"),
        ('{"file": "broken.wav", "text": "네", "speaker": "anna"}', "not audio that can be read"),
        ("7", "line 2: not a clip"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    """One sentence says which line and what to mend."""
    manifest = recordings(tmp_path, {"anna": ("네",)})
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    manifest.write_text(manifest.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(UserError, match=why):
        read_recordings(manifest)


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_no_manifest_or_an_empty_one_is_told(tmp_path: Path, content: str | None) -> None:
    """Nothing to train on is a mistake."""
    manifest = tmp_path / "manifest.jsonl"
    if content is not None:
        manifest.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"cannot be read|no clip"):
        read_recordings(manifest)


def test_who_is_held_out_stays_so_when_others_join(tmp_path: Path) -> None:
    """The draw is by name: nobody's recordings wander between training and judging."""
    few = read_recordings(recordings(tmp_path / "few", dict.fromkeys(SPEAKERS[:4], ("네",))))
    many = read_recordings(recordings(tmp_path / "many", dict.fromkeys(SPEAKERS, ("네", "여기요"))))
    for named, share, held in ((few, 0.0, 1), (few, 0.5, 2), (many, 0.25, 2), (many, 1.0, 7)):
        trained, held_out = split(named, share)
        assert {each.speaker for each in held_out} == set(SPEAKERS[:held])
        assert {each.speaker for each in trained}.isdisjoint(SPEAKERS[:held])
        assert len(trained) + len(held_out) == len(named)


def test_one_speaker_alone_cannot_be_judged(tmp_path: Path) -> None:
    """Without others nobody would know whether people who were not in the training are heard better."""
    named = read_recordings(recordings(tmp_path, {"anna": ("네", "여기요")}))
    with pytest.raises(UserError, match="one speaker"):
        split(named, 0.15)


def test_rate_and_channels_do_not_matter(tmp_path: Path) -> None:
    """A recording at 16 kHz is brought to the telephone's 8."""
    write_wav(tmp_path / "a.wav", np.zeros(16_000, np.int16), 16_000)
    line = {"file": "a.wav", "text": "", "speaker": "anna"}
    (tmp_path / "m.jsonl").write_text(json.dumps(line), encoding="utf-8")
    [only] = read_recordings(tmp_path / "m.jsonl")
    assert (only.seconds, len(samples_of(only)), only.text) == (1.0, 8_000, "")
