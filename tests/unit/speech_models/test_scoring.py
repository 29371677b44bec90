import json
from pathlib import Path

import pytest

from voicebot.errors import UserError
from voicebot.speech_models.manifest import read_audio, read_manifest
from voicebot.speech_models.scoring import syllable_errors


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("불이 났어요", "불이났어요.", 0),
        ("불이 났어요", "물이 났어요", 1),
        ("불이 났어요", "", 5),
        ("네", "네 네 네", 2),
        ("테헤란로 백오십이", "테헤란로 152", 0),
        ("일일구에 전화했어요", "119에 전화했어요", 0),
        ("두 명이 다쳤어요", "2명이 다쳤어요", 0),
        ("스무 명", "20명", 0),
        ("이천이십육 년", "2,026년", 0),
        ("삼점오 킬로", "3.5킬로", 0),
        ("공일공 일이삼사", "010 1234", 0),
        ("오십 퍼센트", "50%", 0),
        ("백오십이", "153", 1),
        ("에이 동", "A동", 2),
    ],
)
def test_errors_are_counted_by_reading(said: str, heard: str, wrong: int) -> None:
    """Blanks and punctuation do not count, and a number is right in each way that it can be read."""
    assert syllable_errors(said, heard)[0] == wrong


def test_the_share_is_of_what_was_said() -> None:
    """The second figure is the number of syllables said, whatever was heard."""
    assert syllable_errors("불이 났어요!", "불이 났어요 불이 났어요") == (5, 5)


def test_many_numbers_do_not_take_for_ever() -> None:
    """A recogniser that runs away in digits is measured within bounds."""
    assert syllable_errors("네", "1 2 3 4 5 6 7 8 9 " * 30)[1] == 1


def test_a_manifest_names_files_beside_it(tmp_path: Path) -> None:
    """Groups are those keys that a line has."""
    rows = [
        {"file": "a.wav", "text": "네", "speaker": "s1", "sex": "F", "more": 1},
        {"file": "b.wav", "text": "예"},
    ]
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    first, second = read_manifest(manifest)
    assert (first.file, first.text, first.speaker, first.groups) == (
        tmp_path / "a.wav",
        "네",
        "s1",
        {"sex": "F"},
    )
    assert (second.speaker, second.groups) == ("", {})


@pytest.mark.parametrize("content", ["", "[1]", '{"file": "a.wav"}', "no json"])
def test_a_wrong_manifest_is_told_with_its_line(tmp_path: Path, content: str) -> None:
    """One sentence with the path."""
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text(content)
    with pytest.raises(UserError, match=r"manifest\.jsonl"):
        read_manifest(manifest)


def test_audio_that_is_not_there_or_none_is_one_sentence(tmp_path: Path) -> None:
    """A path is named in both."""
    (tmp_path / "text.flac").write_text("no audio")
    for name in ("text.flac", "none.wav"):
        with pytest.raises(UserError, match=name):
            read_audio(tmp_path / name)
