"""The demonstration is the product's main job on real SIP and RTP, so it must work and must not be a play."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

from tests.integration.calls.site import speech
from tests.integration.phones import PATIENCE_S, write_wav


async def demo(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run ``voicebot demo``; returns the exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.demo.unhurried", "demo", "--keep", str(folder), *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), 3 * PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return process.returncode, printed.decode()


def words_of_callers(folder: Path) -> str:
    """Return all that callers said, from the records that the demo kept."""
    with sqlite3.connect(folder / "incidents.db") as database:
        documents: list[dict[str, Any]] = [
            json.loads(text) for (text,) in database.execute("SELECT document FROM incidents")
        ]
    said = [entry for document in documents for entry in document["transcript"]]
    return " ".join(entry["text"] for entry in said if entry["speaker"] == "caller")


async def test_the_demo_ends_well(tmp_path: Path) -> None:
    """Three callers end as they should; the operator's key and both tones were seen."""
    code, printed = await demo(tmp_path)
    assert code == 0, printed
    assert printed.count("as it should") == 3
    assert "역삼동" in words_of_callers(tmp_path)


async def test_other_words_of_the_caller_are_other_words_in_the_record(tmp_path: Path) -> None:
    """The transcript comes from the caller's audio: another sentence gives another transcript."""
    other = tmp_path / "other.wav"
    write_wav(other, await speech(tmp_path, "잠실동 석촌호수 앞에 나무가 쓰러졌어요"))
    _, printed = await demo(tmp_path / "kept", "--audio", f"tree={other}")
    words = words_of_callers(tmp_path / "kept")
    assert "잠실" in words, printed
    assert "망원" not in words
