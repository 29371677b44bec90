import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voicebot.doctor import (
    Finding,
    conversation,
    examine,
    folders,
    humans,
    network,
    software,
    speech,
    telephony,
)
from voicebot.settings import Settings

STOCK = {"pjsua2": "2.15.1", "legs": 4, "asserts": True}
FIXED = {"pjsua2": "2.17", "legs": 600, "asserts": False}
OPERATOR = {"name": "desk", "uri": "sip:desk@127.0.0.1"}


def settings(**parts: Any) -> Settings:
    return Settings.model_validate(parts)


def by_check(findings: Iterator[Finding]) -> dict[str, Finding]:
    return {finding.check: finding for finding in findings}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the probe says is installed."""
    found: dict[str, Any] = dict(STOCK)
    monkeypatch.setattr(telephony, "probe_pjsua2", lambda: found)
    return found


def test_the_stock_wheel_on_loopback_is_fine(installed: dict[str, Any]) -> None:
    """The first run warns of nothing in telephony."""
    found = by_check(telephony.pjsua2(settings()))
    assert found["legs"].text == "4 (1 line process of 4): 2 callers at once"
    assert {finding.status for finding in found.values()} == {"ok"}


@pytest.mark.parametrize("listen", ["0.0.0.0:5060", "10.1.2.3:5060", "[::]:5060"])
def test_the_stock_wheel_beyond_loopback_warns(installed: dict[str, Any], listen: str) -> None:
    """Two crafted packets stop the stock wheel: whoever exposes it is told what to do."""
    exposure = by_check(telephony.pjsua2(settings(sip={"listen": listen})))["exposure"]
    assert exposure.status == "warning"
    assert "Kamailio" in exposure.remedy
    assert "2.16" in exposure.remedy


def test_a_mended_build_may_be_exposed(installed: dict[str, Any]) -> None:
    """From 2.16 on the packets do no harm."""
    installed |= FIXED
    assert by_check(telephony.pjsua2(settings(sip={"listen": "0.0.0.0:5060"})))["exposure"].status == "ok"


def test_more_legs_than_the_wheel_holds_warn_with_the_way_out(installed: dict[str, Any]) -> None:
    """Somebody who asks for 240 legs of the stock wheel learns how many processes that takes."""
    legs = by_check(telephony.pjsua2(settings(sip={"legs_per_process": 240})))["legs"]
    assert legs.status == "warning"
    assert "sip.line_processes to 60" in legs.remedy


def test_too_few_audio_ports_fail(installed: dict[str, Any]) -> None:
    """Legs without ports would be calls without sound."""
    installed |= FIXED
    assert by_check(telephony.pjsua2(settings()))["legs"].status == "failed"


def test_a_pjsua2_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of a crash is shown, with the remedy."""
    crash = subprocess.CompletedProcess([], 1, stdout="", stderr="Traceback\nImportError: no pjsua2")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: crash)
    [finding] = telephony.pjsua2(settings())
    assert (finding.status, finding.text) == ("failed", "pjsua2 does not start: ImportError: no pjsua2")


def test_an_abort_without_words_shows_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGABRT leaves no message; the exit code is the only trace."""
    crash = subprocess.CompletedProcess([], -6, stdout="", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: crash)
    [finding] = telephony.pjsua2(settings())
    assert finding.text == "pjsua2 does not start: exit code -6"


def test_ports_in_use_fail_with_the_setting_to_change() -> None:
    """A second start on one machine is explained."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
        socket.create_server(("127.0.0.1", 0)) as http,
    ):
        sip.bind(("127.0.0.1", 0))
        taken = settings(
            sip={"listen": f"127.0.0.1:{sip.getsockname()[1]}"},
            http={"listen": f"127.0.0.1:{http.getsockname()[1]}"},
        )
        found = by_check(network.ports(taken))
    for setting in ("sip.listen", "http.listen"):
        assert found[setting].status == "failed"
        assert f"set {setting}" in found[setting].remedy


def test_nobody_to_take_over_warns() -> None:
    """A service without humans works, but not for long."""
    [nobody] = humans.humans(settings())
    [no_fallback] = humans.humans(settings(operators=[OPERATOR]))
    [fine] = humans.humans(settings(operators=[OPERATOR], fallback="sip:a@b"))
    assert [each.status for each in (nobody, no_fallback, fine)] == ["warning", "warning", "ok"]


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("sip:desk@127.0.0.1", "failed"),
        ("sip:desk@localhost:5061;transport=udp", "failed"),
        ("sip:desk@127.0.0.1:5062", "ok"),
        ("sip:desk@10.0.0.1", "ok"),
        ("sip:127.0.0.1:5060", "failed"),
        ("sip:desk@[::1]:5060", "ok"),
    ],
)
def test_an_operator_at_our_own_address_fails(uri: str, status: str) -> None:
    """Calls to ourselves would ring nobody; each line process has a port of its own."""
    sip = {"listen": "127.0.0.1:5060", "line_processes": 2}
    [operator] = humans.addresses(settings(sip=sip, operators=[{"name": "desk", "uri": uri}]))
    [fallback] = humans.addresses(settings(sip=sip, fallback=uri))
    [group] = humans.addresses(settings(sip=sip, groups=[{"name": "g", "uri": uri}]))
    assert [operator.status, fallback.status, group.status] == [status] * 3


def test_groups_without_anybody_and_odd_skills_warn() -> None:
    """A group that rings nobody and a skill that no caller needs are mistakes in typing, mostly."""
    desk = OPERATOR | {"groups": ["fire"], "skills": ["en", "fire", "swimming"]}
    found = by_check(humans.groups(settings(operators=[desk], groups=[{"name": "fire"}, {"name": "ems"}])))
    assert (found["groups"].status, found["skills"].status) == ("warning", "warning")
    assert "ems" in found["groups"].text
    assert "swimming" in found["skills"].text
    fine = settings(
        operators=[desk | {"skills": ["en"]}], groups=[{"name": "fire"}, {"name": "x", "uri": "sip:a@b"}]
    )
    assert [each.status for each in humans.groups(fine)] == ["ok"]
    assert list(humans.groups(settings())) == []


def test_blind_without_a_place_to_send_callers_warns() -> None:
    """A blind transfer needs the uri of a group."""
    [finding] = humans.groups(settings(transfer={"urgent": "blind"}))
    assert finding.status == "warning"


def test_an_open_console_warns() -> None:
    """The console has no login."""
    [finding] = network.console(settings(http={"listen": "0.0.0.0:80"}))
    assert finding.status == "warning"


def test_folders_are_named_with_what_is_wrong(tmp_path: Path) -> None:
    """A path through a file cannot become a folder; one below an existing folder can."""
    (tmp_path / "file").touch()
    wrong = settings(
        run_directory=tmp_path / "a" / "b",
        recordings={"directory": tmp_path / "file" / "x"},
        store={"url": f"sqlite:///{tmp_path}/x.db"},
    )
    found = by_check(folders.folders(wrong))
    assert [found[key].status for key in ("run_directory", "recordings.directory", "store.url")] == [
        "ok",
        "failed",
        "ok",
    ]


def test_a_missing_espeak_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy can be copied into a terminal."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    [finding] = speech.espeak(settings())
    assert (finding.status, finding.remedy) == ("failed", "apt-get install espeak-ng")


def test_a_broken_dialog_and_a_missing_model_fail(tmp_path: Path) -> None:
    """Each is told with the file's own sentence."""
    broken = settings(dialog=tmp_path / "no.yaml", speech={"model": tmp_path / "no"})
    for check in (conversation.dialog, speech.speech_model):
        [finding] = check(broken)
        assert finding.status == "failed"
        assert str(tmp_path) in finding.text


def test_a_check_that_breaks_does_not_hide_the_others() -> None:
    """Doctor is run on broken machines."""

    def breaks(_settings: Settings) -> Iterator[Finding]:
        raise RuntimeError

    found = list(examine(settings(), [breaks, software.python]))
    assert [each.status for each in found] == ["failed", "ok"]
