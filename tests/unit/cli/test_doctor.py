import json

import pytest

from voicebot.cli import doctor
from voicebot.doctor import Finding, Status
from voicebot.settings import Settings


@pytest.mark.parametrize(("status", "code"), [("ok", 0), ("warning", 0), ("failed", 1)])
def test_only_a_failure_fails(
    status: Status, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A warning does not stop a deployment script."""
    finding = Finding("x", status, "text", "remedy" if code else "")
    monkeypatch.setattr(doctor, "examine", lambda _: iter([finding]))
    assert doctor.run(Settings()) == code
    assert ("-> remedy" in capsys.readouterr().out) == bool(code)


def test_json_is_one_document(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts read all findings as one JSON list."""
    monkeypatch.setattr(doctor, "examine", lambda _: iter([Finding("x", "ok", "text")]))
    assert doctor.run(Settings(), as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"check": "x", "status": "ok", "text": "text", "remedy": ""}
    ]


def test_a_pipe_gets_no_colours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Output that is not a terminal has no control characters."""
    monkeypatch.setattr(doctor, "examine", lambda _: iter([Finding("x", "failed", "text", "remedy")]))
    doctor.run(Settings())
    assert "\x1b" not in capsys.readouterr().out
