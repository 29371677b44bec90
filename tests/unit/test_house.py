import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_LINES = 400
VAGUE_NAMES = {"utils", "util", "core", "common", "helpers", "manager", "misc"}


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def each_test(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def test_every_test_says_what_it_proves() -> None:
    """A test without a docstring leaves its reader guessing when it fails."""
    silent = [
        f"{path.relative_to(ROOT)}: {test.name}"
        for path in modules("tests")
        for test in each_test(path)
        if path.name.startswith("test_") and not ast.get_docstring(test)
    ]
    assert silent == []


def test_no_module_is_too_long() -> None:
    """A module is one idea."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in modules("voicebot", "models")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > MOST_LINES
    }
    assert long == {}


def test_no_module_has_a_vague_name() -> None:
    """A name such as utils gathers everything and explains nothing."""
    assert [path for path in modules("voicebot", "models") if path.stem in VAGUE_NAMES] == []


def test_every_lint_exception_names_its_rule() -> None:
    """A bare noqa or type: ignore hides the next mistake too."""
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules("voicebot", "tests", "models")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.rstrip().endswith(("# " + "noqa", "# type: " + "ignore"))
    ]
    assert bare == []
