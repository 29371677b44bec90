"""What `voicebot doctor` looks at: each check returns findings, a finding that is not ok tells its remedy."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, get_args

from voicebot.errors import UserError
from voicebot.settings import Address, Settings
from voicebot.vocabulary.categories import Category

Status = Literal["ok", "warning", "failed"]

_PROBE_LIMIT_S = 30.0
_FIRST_SAFE_PJSUA2 = (2, 16)
_PORTS_PER_LEG = 4  # RTP and RTCP, twice while a re-INVITE moves the media
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PACKAGES = ("torch", "silero-vad", "ctranslate2", "sentencepiece")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    status: Status
    text: str
    remedy: str = ""
    """What to do about it; empty when all is well."""

    def document(self) -> dict[str, str]:
        """Return it as plain JSON values."""
        return asdict(self)


Check = Callable[[Settings], Iterator[Finding]]


def python(_settings: Settings) -> Iterator[Finding]:
    """Python 3.11 or 3.12."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] in ((3, 11), (3, 12)):
        yield Finding("python", "ok", found)
    else:
        yield Finding("python", "failed", f"{found} is not supported", "use Python 3.11 or 3.12")


def packages(_settings: Settings) -> Iterator[Finding]:
    """The packages behind speech, as installed."""
    for name in _PACKAGES:
        try:
            yield Finding(name, "ok", version(name))
        except PackageNotFoundError:
            yield Finding(name, "failed", "not installed", "run `make setup`")


def pjsua2(settings: Settings) -> Iterator[Finding]:
    """The SIP library: its version, how many legs it holds, and whether it may be reached from outside."""
    try:
        probe = probe_pjsua2()
    except UserError as error:
        yield Finding(
            "pjsua2", "failed", str(error), "run `make setup`, or install a build of pjsua2 for this Python"
        )
        return
    yield Finding(
        "pjsua2",
        "ok",
        f"{probe['pjsua2']}{', stops on misuse (built with asserts)' if probe['asserts'] else ''}",
    )
    yield _legs(settings, int(probe["legs"]))
    yield _exposure(settings, str(probe["pjsua2"]))


def probe_pjsua2() -> dict[str, Any]:
    """Ask a process of its own what the installed pjsua2 can do; raises `UserError`."""
    command = [sys.executable, "-m", "voicebot.sip.pj.capabilities"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        message = "pjsua2 does not start: no answer within 30 s"
        raise UserError(message) from None
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        complaint = done.stderr.strip().splitlines()[-1:]
        message = f"pjsua2 does not start: {''.join(complaint) or f'exit code {done.returncode}'}"
        raise UserError(message) from None
    return answer


def _legs(settings: Settings, possible: int) -> Finding:
    wanted, processes = settings.sip.legs, settings.sip.line_processes
    each = min(wanted, possible) if wanted else possible
    lines = f"{processes} line process{'es' if processes > 1 else ''} of {each}"
    text = f"{each * processes} ({lines}): {each // 2 * processes} callers at once"
    if wanted > possible:
        more = -(-wanted * processes // possible)
        remedy = f"set sip.legs_per_process to auto and sip.line_processes to {more}"
        return Finding(
            "legs", "warning", f"{text}: this pjsua2 holds {possible}, {wanted} are asked for", remedy
        )
    first, last = settings.sip.rtp_ports
    share = (last - first + 1) // processes
    if share < each * _PORTS_PER_LEG:
        needed = each * _PORTS_PER_LEG * processes
        return Finding(
            "legs", "failed", f"{text}: sip.rtp_ports has {last - first + 1} ports", f"give it {needed}"
        )
    return Finding("legs", "ok", text)


def _exposure(settings: Settings, pjsua2_version: str) -> Finding:
    listen = settings.sip.listen
    if listen.is_loopback:
        return Finding("exposure", "ok", f"SIP listens on {listen}, this machine only")
    if _numbers(pjsua2_version) >= _FIRST_SAFE_PJSUA2:
        return Finding(
            "exposure", "ok", f"SIP listens on {listen}; pjsua2 {pjsua2_version} stands crafted packets"
        )
    return Finding(
        "exposure",
        "warning",
        f"SIP listens on {listen}, and two crafted packets (an INVITE and an ACK without To tag) abort "
        f"pjsua2 {pjsua2_version}; our gate drops these two, but later fixes of PJSIP are not in it",
        "listen on loopback behind a Kamailio that drops ACKs without To tag, "
        "or install a build of pjsua2 2.16 or later",
    )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.partition("-")[0].split(".") if part.isdigit())


def speech_model(settings: Settings) -> Iterator[Finding]:
    """The speech model loads on the device that is asked for."""
    speech = settings.speech
    try:
        from voicebot.speech.recogniser import Recogniser

        Recogniser(speech.model, device=speech.device, compute_type=speech.compute_type)
    except UserError as error:
        yield Finding(
            "speech model", "failed", str(error), "name a CTranslate2 Whisper directory as speech.model"
        )
    except ImportError as error:
        yield Finding("speech model", "failed", f"cannot be loaded: {error}", "run `make setup`")
    else:
        yield Finding("speech model", "ok", f"{speech.model} on {speech.device}")


def espeak(_settings: Settings) -> Iterator[Finding]:
    """espeak-ng speaks Korean."""
    remedy = "apt-get install espeak-ng"
    program = shutil.which("espeak-ng")
    if program is None:
        yield Finding(
            "espeak-ng", "failed", "not installed: prompts without a recording have no voice", remedy
        )
        return
    done = subprocess.run([program, "--voices=ko"], capture_output=True, text=True, timeout=10, check=False)
    if "Korean" in done.stdout:
        yield Finding("espeak-ng", "ok", f"{program}, with a Korean voice")
    else:
        yield Finding("espeak-ng", "failed", f"{program} has no Korean voice", f"{remedy} espeak-ng-data")


def dialog(settings: Settings) -> Iterator[Finding]:
    """The dialog file loads."""
    from voicebot.dialog import load_dialog

    try:
        load_dialog(settings.dialog, [group.name for group in settings.groups])
    except UserError as error:
        yield Finding("dialog", "failed", str(error), "mend the dialog file, or name another one as dialog")
    else:
        yield Finding("dialog", "ok", str(settings.dialog))


def humans(settings: Settings) -> Iterator[Finding]:
    """Somebody takes over the calls."""
    names = ", ".join(operator.name for operator in settings.operators)
    if not names:
        way = f"only {settings.fallback}" if settings.fallback else "nobody"
        yield Finding("operators", "warning", f"none is set: urgent callers reach {way}", "set operators")
    elif settings.fallback is None:
        text = f"{names}; no fallback: callers stay on the line when no operator answers or voicebot fails"
        yield Finding("operators", "warning", text, "set fallback to a number that is always answered")
    else:
        yield Finding("operators", "ok", f"{names}; fallback {settings.fallback}")


def addresses(settings: Settings) -> Iterator[Finding]:
    """No human is sought at voicebot's own address, where callers would go round in circles."""
    listen, lines = settings.sip.listen, settings.sip.line_processes
    ours = {(listen.host, listen.port + line) for line in range(lines)}
    uris = {f"operator {each.name}": each.uri for each in settings.operators}
    uris |= {f"group {each.name}": each.uri for each in settings.groups if each.uri}
    uris |= {"fallback": settings.fallback} if settings.fallback else {}
    circular = [f"{name} ({uri})" for name, uri in uris.items() if _host_and_port(uri) in ours]
    if circular:
        text = f"{', '.join(circular)}: that is voicebot itself, on sip.listen"
        yield Finding("addresses", "failed", text, "give the address of the phone, or of the PBX")
    elif uris:
        yield Finding("addresses", "ok", "nobody is sought at voicebot's own address")


def _host_and_port(uri: str) -> tuple[str, int]:
    """Return where a SIP URI leads; without a port to 5060 (RFC 3261 section 19.1.2)."""
    _, _, rest = uri.partition(":")
    place = rest.rpartition("@")[2].partition(";")[0]
    found = re.fullmatch(r"\[?(.*?)\]?(?::(\d+))?", place)
    host, port = (found[1], found[2]) if found else (place, None)
    return "127.0.0.1" if host == "localhost" else host, int(port or 5060)


def groups(settings: Settings) -> Iterator[Finding]:
    """Each group has somebody, and each skill is one that a caller can need."""
    manned = {name for operator in settings.operators for name in operator.groups}
    empty = [each.name for each in settings.groups if each.name not in manned and not each.uri]
    if empty:
        text = f"{', '.join(empty)}: no operator and no uri, so that these callers go straight on"
        yield Finding(
            "groups", "warning", text, "name the group in the groups of an operator, or give it a uri"
        )
    elif settings.groups:
        yield Finding("groups", "ok", ", ".join(each.name for each in settings.groups))
    if settings.transfer.urgent == "blind" and not any(each.uri for each in settings.groups):
        text = "transfer.urgent is blind, but no group has a uri to send urgent callers to"
        yield Finding("groups", "warning", text, "give a group a uri, or set transfer.urgent to hot or warm")
    skills = {skill for operator in settings.operators for skill in operator.skills}
    odd = sorted(
        skill for skill in skills if skill not in get_args(Category) and not _LANGUAGE.fullmatch(skill)
    )
    if odd:
        text = f"{', '.join(odd)}: neither a language nor a type of incident"
        yield Finding(
            "skills", "warning", text, f"use languages such as en, or {', '.join(get_args(Category))}"
        )


def console(settings: Settings) -> Iterator[Finding]:
    """The console, which has no login, is not open to the network."""
    listen = settings.http.listen
    if listen.is_loopback:
        yield Finding("console", "ok", f"HTTP listens on {listen}, this machine only")
    else:
        text = f"HTTP listens on {listen}, and whoever reaches it reads and takes calls"
        yield Finding("console", "warning", text, "listen on loopback behind a proxy that asks for a login")


def ports(settings: Settings) -> Iterator[Finding]:
    """The ports of SIP, audio and HTTP are free."""
    host, port = settings.sip.listen
    for line in range(settings.sip.line_processes):
        yield _port("sip.listen", Address(host, port + line), socket.SOCK_DGRAM)
    yield _port("http.listen", settings.http.listen, socket.SOCK_STREAM)
    first, last = settings.sip.rtp_ports
    taken = [
        number for number in range(first, last + 1) if _refusal(Address(host, number), socket.SOCK_DGRAM)
    ]
    text = f"UDP ports {settings.sip.rtp_ports}"
    if not taken:
        yield Finding("sip.rtp_ports", "ok", f"{text} are free")
    else:
        few = len(taken) * 2 < last - first
        remedy = "set sip.rtp_ports to a range that is free"
        yield Finding(
            "sip.rtp_ports", "warning" if few else "failed", f"{text}: {len(taken)} are in use", remedy
        )


def _port(setting: str, address: Address, kind: socket.SocketKind) -> Finding:
    name = f"{address} ({'UDP' if kind == socket.SOCK_DGRAM else 'TCP'})"
    why = _refusal(address, kind)
    if why is None:
        return Finding(setting, "ok", f"{name} is free")
    remedy = f"stop the program that holds it (is voicebot running?), or set {setting} to another address"
    return Finding(setting, "failed", f"{name} cannot be had: {why}", remedy)


def _refusal(address: Address, kind: socket.SocketKind) -> str | None:
    """Return why an address cannot be had, None when it can."""
    with socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(tuple(address))
        except (OSError, OverflowError) as error:
            return getattr(error, "strerror", None) or str(error)
    return None


def folders(settings: Settings) -> Iterator[Finding]:
    """The folders that are written to can be."""
    yield _folder("run_directory", settings.run_directory)
    if settings.recordings.directory is None:
        yield Finding(
            "recordings.directory",
            "warning",
            "not set: only the words of calls are kept, though the greeting tells callers of a recording",
            "set recordings.directory, or change the greeting of the dialog",
        )
    else:
        yield _folder("recordings.directory", settings.recordings.directory)
    if settings.store.url.startswith("sqlite") and ":////" in settings.store.url:
        yield _folder("store.url", Path(settings.store.url.partition(":///")[2]).parent)


def _folder(setting: str, folder: Path) -> Finding:
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return Finding(setting, "ok", str(folder) if existing == folder else f"{folder}, will be made")
    remedy = f"give this user the right to write to {existing}, or set {setting} to another place"
    return Finding(setting, "failed", f"{folder} cannot be written", remedy)


ALL: tuple[Check, ...] = (
    python,
    packages,
    pjsua2,
    speech_model,
    espeak,
    dialog,
    humans,
    addresses,
    groups,
    console,
    ports,
    folders,
)
"""Every check, in the order of the report."""
