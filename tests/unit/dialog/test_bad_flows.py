from pathlib import Path

import pytest

from voicebot.dialog import examine
from voicebot.errors import DialogError

DATA = Path(__file__).parents[2] / "data" / "dialogs"
BAD = sorted((DATA / "bad").glob("*.yaml"))


def expected(path: Path, language: str) -> list[str]:
    """Return the messages that stand as comments at the end of a broken flow."""
    mark = f"# {language}: "
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(mark) for line in lines if line.startswith(mark)]


def test_the_flow_that_they_extend_is_sound() -> None:
    """Each broken flow has the one mistake that it shows and no other."""
    assert examine(DATA / "good.yaml").dialog is not None


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
