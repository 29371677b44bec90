import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return dict(line.lower().split("==") for line in lines if not line.startswith("#"))


def wanted() -> dict[str, str]:
    names = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["dev"],
        *PROJECT["build-system"]["requires"],
    ]
    return dict(name.lower().split("==") for name in names)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name)


def test_the_lock_holds_what_the_project_wants() -> None:
    """A dependency that was added or moved without `make lock` is found here, not on a fresh machine."""
    lock = {normal(name): version for name, version in locked().items()}
    assert {normal(name): version for name, version in wanted().items()}.items() <= lock.items()


def test_every_version_is_exact_and_public() -> None:
    """Local version tags exist on one machine only."""
    assert [version for version in locked().values() if not re.fullmatch(r"[0-9][0-9a-z.]*", version)] == []


def test_torch_is_the_pinned_one() -> None:
    """An unpinned torch pulls in several gigabytes."""
    assert locked()["torch"] == "2.13.0"


def test_each_dependency_has_its_line_in_the_decision() -> None:
    """Docs/decisions/0018 tells of every dependency, and of none that has gone."""
    text = (ROOT / "docs/decisions/0018-dependencies.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1].strip() for row in text.splitlines() if row.startswith("| ")]
    told = {name.strip().lower() for row in rows if row != "package" for name in row.split(",")}
    assert told == set(wanted())


def test_the_package_is_typed_as_its_classifier_says() -> None:
    """Type checkers of programs that import voicebot look for `py.typed` (PEP 561)."""
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]
    assert (ROOT / "voicebot/py.typed").exists()
