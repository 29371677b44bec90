"""Free ports of the loopback address, for servers and phones of one run."""

from __future__ import annotations

import contextlib
import socket


def free_row(count: int) -> int:
    """Return the first of ``count`` neighbouring ports of 127.0.0.1 that are free for UDP just now."""
    while True:
        (first,) = free_ports(1)
        with contextlib.ExitStack() as held, contextlib.suppress(OSError, OverflowError):
            for port in range(first, first + count):
                held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
            return first


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that are free for UDP and TCP just now."""
    held: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < count:
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            held.append(udp)
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            held.append(tcp)
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                ports.append(port)
    finally:
        for each in held:
            each.close()
    return ports
