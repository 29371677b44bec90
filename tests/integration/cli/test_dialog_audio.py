"""Author tests as real calls: a phone dials, speaks with a synthetic voice and is understood."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.phones import PATIENCE_S

DIALOGS = Path(__file__).parents[3] / "dialogs"
TESTS = """
dialog: {flow}
tests:
  - test: a red flag is heard through the noise of a street
    audio: true
    turns:
      - caller: 남편이 숨을 안 쉬어요 역삼동이요
        expect: {{transfer: red_flag, flags: [not_breathing], urgency: urgent, text: 연결합니다}}
  - test: a caller who speaks into the question is understood
    audio: true
    begins: {{text: [인공지능, 녹음]}}
    turns:
      - barge_in: 역삼동에 나무가 쓰러졌어요
        expect: {{place: 역삼동, urgency: potential, transfer: null, text: 맞습니까}}
"""


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng")
def test_author_tests_are_played_as_calls(tmp_path: Path) -> None:
    """Two at once, with noise, in one server; the exit code says whether all went as expected."""
    file = tmp_path / "calls.yaml"
    file.write_text(TESTS.format(flow=DIALOGS / "119.yaml"), encoding="utf-8")
    command = [sys.executable, "-m", "voicebot", "dialog", "test", "--lang", "en", "--verbose"]
    played = subprocess.run(
        [*command, "--audio", "--noise", "20", "--calls", "2", str(file)],
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_S,
        check=False,
    )
    assert "2 of 2 passed as calls" in played.stdout, played.stdout + played.stderr
    assert played.returncode == 0
