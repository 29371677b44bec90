"""Every example of the authors' guide is run, in the order of the page, as a new author would."""

import re
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path

import pytest

from voicebot.cli import main
from voicebot.dialog import examine, load_dialog
from voicebot.dialog.authoring.author_tests import play, read_author_tests

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "dialogs.md", DOCS / "dialogs.ko.md"]
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """Return language, name and body of each fenced block."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def fits(seen: list[str], expected: list[str]) -> bool:
    """Compare lines; ``…`` stands for any text, and for any number of lines when it stands alone."""
    if not expected:
        return not seen
    if expected[0] == "…":
        return any(fits(seen[skip:], expected[1:]) for skip in range(len(seen) + 1))
    if not seen:
        return False
    pattern = expected[0].replace("[", "[[]").replace("…", "*")
    return (seen[0] == expected[0] or fnmatchcase(seen[0], pattern)) and fits(seen[1:], expected[1:])


def run_console(body: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Type the commands and the callers' words of a block and compare what is printed."""
    lines = body.splitlines()
    assert lines[0].startswith("$ voicebot ")
    typed = [line[2:] for line in lines if line.startswith("> ")]
    expected = [line for line in lines[1:] if not line.startswith("> ")]
    answers = iter(typed)
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    main.run(lines[0].split()[2:])
    seen = capsys.readouterr().out.splitlines()
    assert fits(seen, expected), "\n".join(seen)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_guide_followed_word_for_word_works(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are saved, commands typed, and what is printed is what the page says."""
    monkeypatch.chdir(tmp_path)
    consoles = 0
    for kind, name, body in blocks(page):
        if kind == "yaml" and name.endswith(".yaml"):
            Path(name).write_text(body, encoding="utf-8")
        elif kind == "console":
            consoles += 1
            run_console(body, monkeypatch, capsys)
            if "dialog new" in body:
                monkeypatch.chdir("my-dialogs")
        elif name == "tests":
            file = Path("page.yaml")
            file.write_text(body, encoding="utf-8")
            for test in read_author_tests(file):
                assert [each.text() for each in play(load_dialog(test.dialog), test)] == []
        elif name == "lexicon":
            Path("lexicon", "page.yaml").write_text(body, encoding="utf-8")
            load_dialog(Path("119.yaml"))
        elif name == "part":
            file = Path("part.yaml")
            file.write_text(f"extends: 119.yaml\ndialog: part\n{body}", encoding="utf-8")
            found = [each.text() for each in examine(file).mistakes if not each.warning]
            assert found == [], body
        else:
            pytest.fail(f"a block that nobody runs: {kind} {name}")
    assert consoles >= 4


def test_both_languages_show_the_same_examples() -> None:
    """Authors who read Korean miss nothing."""
    english, korean = ([(kind, name) for kind, name, _ in blocks(page)] for page in PAGES)
    assert english == korean


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_verb_has_an_example(page: Path) -> None:
    """No verb has to be guessed."""
    from voicebot.dialog.steps import VERBS

    shown = "\n".join(body for kind, name, body in blocks(page) if name == "part")
    assert [verb for verb in VERBS if not re.search(rf"\b{verb}:", shown)] == []


def test_pages_are_read_to_their_end() -> None:
    """A fence that does not close would hide the examples after it."""
    for page in PAGES:
        fences = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("```")]
        assert len(fences) == 2 * len(blocks(page))
        assert list(takewhile(lambda line: line != "```", fences)) == fences[:1]
