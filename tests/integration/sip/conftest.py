"""A line process with its core, for each test anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.sip.core import Core, line_config


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    """Give a core whose line 0 takes up to 3 callers."""
    async with Core(line_config(tmp_path)) as started:
        yield started
