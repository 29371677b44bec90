import shutil
from pathlib import Path

import pytest

from voicebot.dialog import examine
from voicebot.errors import DialogError

DATA = Path(__file__).parents[3] / "data" / "dialogs"
BAD = sorted((DATA / "bad").glob("*.yaml"))


def expected(path: Path, language: str) -> list[str]:
    """Return the messages that stand as comments at the end of a broken dialog."""
    mark = f"# {language}: "
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]


def test_the_flow_that_they_extend_is_sound() -> None:
    """Each broken dialog has the one mistake that it shows and no other."""
    assert examine(DATA / "good.yaml").dialog is not None


def test_groups_that_the_settings_do_not_have_are_refused(tmp_path: Path) -> None:
    """A caller must not be sent to a group that nobody is in; without settings groups are not looked at."""
    shutil.copytree(DATA / "lexicon", tmp_path / "lexicon")
    text = (DATA / "good.yaml").read_text(encoding="utf-8")
    path = tmp_path / "dialog.yaml"
    cases = "cases: [{when: {urgency: [urgent]}, group: fier}]"
    assert "    transfer:\n" in text
    path.write_text(
        text.replace("    transfer:\n", f"    transfer:\n      group: fire\n      {cases}\n"), "utf-8"
    )
    assert examine(path).dialog is not None
    assert examine(path, ["fire", "fier"]).dialog is not None
    [wrong] = [each for each in examine(path, ["fire"]).mistakes if not each.warning]
    assert wrong.text("en").endswith(
        "the settings have no group 'fier' of operators, they have: fire. "
        "Add it to 'groups' of the settings, or name one of those."
    )
    both = [each for each in examine(path, []).mistakes if not each.warning]
    assert len(both) == 2
    assert "있는 그룹: 없음" in both[0].text("ko")


def test_the_corpus_is_large_enough() -> None:
    """At least forty ways to go wrong, and no message untested in Korean."""
    assert len(BAD) >= 40
    assert sum(bool(expected(path, "ko")) for path in BAD) >= 40


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_a_broken_flow_is_refused_with_the_exact_message(path: Path) -> None:
    """The author reads where, what and how to mend it, in both languages."""
    here = f"{path.parent}/"
    if not expected(path, "ko"):  # the file cannot be read at all
        with pytest.raises(DialogError) as refused:
            examine(path)
        assert str(refused.value).replace(here, "").splitlines() == expected(path, "en")
        return
    found = [mistake for mistake in examine(path).mistakes if not mistake.warning]
    assert [each.text("en").replace(here, "") for each in found] == expected(path, "en")
    assert [each.text("ko").replace(here, "") for each in found] == expected(path, "ko")
    assert found
