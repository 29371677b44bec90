"""The imports of the product as a graph, read from its source: those for types only, too."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def module_files() -> dict[str, Path]:
    """Return every module of the product by its dotted name."""
    files = sorted((ROOT / "voicebot").rglob("*.py"))
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
    }


def imports(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return which modules each module names in its imports, wherever in the module they stand."""
    return {module: set(_imported(file, files)) - {module} for module, file in files.items()}


def _imported(file: Path, files: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in files)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module in files:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                yield whole if whole in files else node.module


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other (strongly connected components of more than one)."""
    reach = {module: _reached(graph, module) for module in graph}
    groups = {frozenset({other for other in reach[module] if module in reach[other]}) for module in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _reached(graph: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = [start]
    while ahead:
        for other in graph[ahead.pop()] - found:
            found.add(other)
            ahead.append(other)
    return found
