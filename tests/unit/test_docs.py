"""The tables and paths of the docs are those of the code; `make docs` writes what can be made from it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from starlette.routing import Route

from tests.unit.imports import ROOT, module_files
from voicebot import metrics
from voicebot.cli.reference import PAGES
from voicebot.console import create_app

TEXTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PLACES = [ROOT, ROOT / "voicebot", ROOT / "docs", ROOT / "tests" / "integration"]
"""What a path in a text may count from."""


def table(page: str, heading: str) -> Iterator[list[str]]:
    """Return the cells of the rows of the first table below a heading, without its head."""
    text = (ROOT / page).read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    yield from ([cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:])


def code(text: str) -> list[str]:
    """Return what stands between backticks."""
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_made_from_the_code_is_up_to_date(page: Path) -> None:
    """What people look up is what the code has; `make docs` writes it."""
    assert page.read_text(encoding="utf-8") == PAGES[page]()


def test_the_rooms_of_the_architecture_are_those_of_the_product() -> None:
    """Every package and every module that stands alone has a row, and no row is about something that is gone."""
    named = {
        name
        for row in table("docs/architecture.md", "Rooms")
        for each in code(row[0])
        for name in each.split()
    }
    modules = module_files()
    packages = {f"{file.parent.relative_to(ROOT / 'voicebot')}/" for file in modules.values()} - {"./"}
    alone = {file.name for file in modules.values() if file.parent == ROOT / "voicebot"} - {
        "__init__.py",
        "__main__.py",
    }
    assert named == packages | alone


def test_every_path_that_a_text_names_is_there() -> None:
    """A reader who follows a path finds it."""
    lost = [
        f"{text.relative_to(ROOT)}: {path}"
        for text in TEXTS
        for path in code(text.read_text(encoding="utf-8"))
        if re.fullmatch(r"[a-z_0-9]+(/[a-z_0-9.-]+)+(\.py|\.md|\.sh|/)", path)
        and not any((place / path).exists() for place in PLACES)
    ]
    assert lost == []


def test_alarms_are_about_metrics_that_exist() -> None:
    """An alarm on a metric of another name never rings."""
    known = {name for family in metrics.REGISTRY.collect() for name in (family.name, f"{family.name}_total")}
    alarms = {
        name.split("{")[0] for row in table("docs/operations.md", "What to watch") for name in code(row[0])
    }
    assert alarms
    assert alarms <= known


def test_the_paths_of_the_readme_are_those_of_the_console() -> None:
    """Who writes a program against the console finds every path, and none that is gone."""
    nothing = cast("Any", None)
    app = create_app(nothing, nothing, nothing, CollectorRegistry(), tuple)
    served = {
        (method, re.sub(r"\{\w+\}", "{}", route.path))
        for route in app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD" and not re.search(r"\.(js|css|svg)$", route.path)
    }
    told = set()
    for row in table("README.md", "HTTP"):
        method, path = "", ""
        for each in code(row[0]):
            if " " in each:
                method, path = each.split(" ")
            else:  # `/resume` after `/api/operators/{name}/pause`
                path = path.rsplit("/", 1)[0] + each
            told.add((method, re.sub(r"\{\w+\}", "{}", path).split("?")[0]))
    assert told == served
