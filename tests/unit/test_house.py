import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.unit.imports import ROOT, cycles, imports, module_files

MOST_LINES = 400
MOST_MODULES = 14
"""In a package, beside its rooms and its ``__init__``: what a reader takes in at one look."""
MOST_LINES_OF_MOST_FUNCTIONS = 25
VAGUE_NAMES = {"utils", "util", "core", "common", "helpers", "manager", "misc"}
BROAD = {"Exception", "BaseException"}
BORDERS = {
    "calls/current_dialog.py:_read": "no dialog file that is saved may end the service",
    "calls/hearing/listening.py:run": "one bad leg or batch must not deafen all calls",
    "calls/rescue.py:rescue": "the record may be what is broken, and the caller has gone already",
    "calls/switchboard.py:_serve": "nothing of one call may reach the group of all calls",
    "calls/switchboard.py:_attend": "whatever is broken in a call, the caller gets to a human",
    "calls/tasks.py:_bordered": "a fault in a side task costs that task, not the call",
    "calls/transfers/handover.py:_run": "a fault in the search brings the caller back to the dialog",
    "demo/server.py:__aenter__": "a server that did not come up is ended; the exception goes on",
    "doctor/examination.py:examine": "a broken machine must not hide the checks that follow",
    "sip/line.py:run": "ending here would cost every caller of the line process",
    "sip/line.py:_on_command": "a command that fails costs itself",
    "sip/pj/callbacks.py:run": "nothing may unwind into PJSIP",
    "sip/pj/media_port.py:onFrameReceived": "nothing may unwind into PJSIP's clock thread",
    "sip/pj/media_port.py:onFrameRequested": "nothing may unwind into PJSIP's clock thread",
    "sip/pj/request_gate.py:_on_request": "nothing may unwind into PJSIP",
    "sip/rules/body_parts.py:extra_parts": "the email parser promises not to raise, but callers may send anything",
    "speech/recognition_queue.py:_work": "a fault in one batch must not end all hearing",
    "speech/tokens.py:load_tokens": "adapter: both libraries raise bare exceptions of their own",
}
"""Where everything may be caught, and why. The web request's border is an exception handler of Starlette."""


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def test_every_test_says_what_it_proves() -> None:
    """A test without a docstring leaves its reader guessing when it fails."""
    silent = [
        f"{path.relative_to(ROOT)}: {test.name}"
        for path in modules("tests")
        for test in functions(parsed(path))
        if test.name.startswith("test_") and path.name.startswith("test_") and not ast.get_docstring(test)
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


def test_no_package_is_too_wide() -> None:
    """A room whose modules cannot be taken in at one look needs rooms inside."""
    folders = {path.parent for path in modules("voicebot", "models")}
    wide = {
        str(folder.relative_to(ROOT)): count
        for folder in sorted(folders)
        if (count := len([file for file in folder.glob("*.py") if not file.stem.startswith("__")]))
        > MOST_MODULES
    }
    assert wide == {}


def test_most_functions_fit_into_half_a_screen() -> None:
    """The length that 95 of 100 functions stay below."""
    lengths = [
        (function.end_lineno or 0) - function.lineno + 1
        for path in modules("voicebot", "models")
        for function in functions(parsed(path))
    ]
    assert statistics.quantiles(lengths, n=20)[-1] <= MOST_LINES_OF_MOST_FUNCTIONS


def test_no_modules_import_each_other() -> None:
    """Not even for types: two modules that need each other are one, or lack a third."""
    assert cycles(imports(module_files())) == []


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


def test_every_numeric_constant_has_its_reason() -> None:
    """A threshold whose origin nobody knows can never be changed, or is changed without a thought."""
    bare = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in modules("voicebot")
        for line, name in _without_reason(path)
    ]
    assert bare == []


def _without_reason(path: Path) -> Iterator[tuple[int, str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    body = parsed(path).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        names = [each.id for each in ast.walk(target) if isinstance(each, ast.Name)]
        if names and names[0].lstrip("_").isupper() and _is_numeric(node.value):
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            beside = "\n".join(lines[node.lineno - 1 : node.end_lineno])
            if not told and "#" not in beside and not lines[node.lineno - 2].startswith("#"):
                yield node.lineno, names[0]


def _is_numeric(value: ast.expr) -> bool:
    numbers = [each.value for each in ast.walk(value) if isinstance(each, ast.Constant)]
    plain = not isinstance(value, ast.Dict | ast.Call | ast.List)
    return plain and any(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers)


def test_everything_is_caught_at_the_known_borders_only() -> None:
    """Caught elsewhere, a fault is hidden; not caught at a border, it ends more than it should."""
    found = {
        f"{path.relative_to(ROOT / 'voicebot')}:{function.name}"
        for path in modules("voicebot")
        for function in functions(parsed(path))
        for handler in _own(function)
        if _catches_everything(handler)
    }
    assert found == set(BORDERS)


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Return what stands in a function, but not in one inside it."""
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _own(child)


def _catches_everything(node: ast.AST) -> bool:
    """Whether it is an ``except`` or a ``suppress`` of everything."""
    if isinstance(node, ast.ExceptHandler):
        return node.type is None or _names_all(node.type)
    return (
        isinstance(node, ast.Call)
        and "suppress" in ast.unparse(node.func)
        and any(map(_names_all, node.args))
    )


def _names_all(kind: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id in BROAD for each in ast.walk(kind))


def test_callers_and_operators_are_people() -> None:
    """Nobody knows whether it is a man who calls, or who takes the call."""
    said = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [
            *modules("voicebot"),
            *ROOT.glob("*.md"),
            *(ROOT / "docs").rglob("*.md"),
            *(ROOT / "dialogs").rglob("*.yaml"),
        ]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\b([Hh]e|[Hh]is|[Hh]im|[Hh]imself)\b", line)
    ]
    assert said == []
