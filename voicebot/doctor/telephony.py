"""pjsua2: whether it starts, how many legs it holds, and whether it may be reached from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from voicebot.doctor.finding import Finding
from voicebot.errors import UserError
from voicebot.settings import Settings

_PROBE_LIMIT_S = 30
"""It starts in under a second on a free machine; what takes this long does not start."""
_FIRST_SAFE_PJSUA2 = (2, 16)
"""Two crafted packets abort 2.15 (pjproject #4203, docs/decisions/0016-gate-before-pjsip.md)."""
_PORTS_PER_LEG = 4  # RTP and RTCP, twice while a re-INVITE moves the media


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
        message = f"pjsua2 does not start: no answer within {_PROBE_LIMIT_S} s"
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
