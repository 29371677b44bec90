"""What every test shares: each test carries the mark of its folder, so that `pytest -m unit` works."""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_KINDS = ("unit", "scenarios", "integration")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the kind that its folder names."""
    for item in items:
        try:
            kind = item.path.relative_to(_HERE).parts[0]
        except ValueError:
            continue
        if kind in _KINDS:
            item.add_marker(kind)
