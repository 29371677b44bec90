"""The addresses and ports that voicebot listens on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from voicebot.doctor.finding import Finding
from voicebot.settings import Address, Settings


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
