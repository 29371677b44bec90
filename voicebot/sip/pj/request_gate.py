"""A gate in front of PJSIP's transaction layer. Polling thread only.

It drops ACK requests without a To tag: after an INVITE such an ACK aborts the whole process in PJSIP
2.15 (pjproject #4203). And it answers strangers and a full line before pjsua does, which knows only 486
and would make the PBX give up instead of routing on.

PJSIP offers no such hook to Python, so a ``pjsip_module`` is registered by ctypes. Nothing is assumed
about the library's memory: a known module and probe packets of our own must look as expected, else
the gate stays open and says so.
"""

from __future__ import annotations

import ctypes
import secrets
import socket
import struct
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import structlog

from voicebot.sip.pj import native
from voicebot.sip.rules.admission import RETRY_AFTER_S, Refusal
from voicebot.sip.rules.request_head import RequestHead, read_request_head

log = structlog.get_logger(__name__)

Judge = Callable[[str, RequestHead], Refusal | None]
"""Given source (``address:port``) and request, says why it is refused; called in the polling thread."""

_HANDLED, _PASS = 1, 0
"""What ``on_rx_request`` returns: PJ_TRUE keeps the request from the modules behind."""
_TSX_LAYER = b"mod-tsx-layer"
_PACKET_SEARCH_BYTES = 1024
"""How far into ``pjsip_rx_data`` the packet may begin. Chosen: behind some pointers and a timestamp."""
_PACKET_BYTES = 4000
"""How much of a packet is looked at: all that the stock wheel takes (PJSIP_MAX_PKT_LEN)."""
_SOURCE_SEARCH_BYTES = 70_000
"""The source lies behind the packet's buffer, which no build makes longer than a UDP datagram (65,535)."""
_PROBES = 2
"""What is found must be found twice at the same places, or it was chance."""
_PROBE_LIMIT_S = 0.5
"""For one packet over loopback, far more than it takes. Chosen: the start waits for it twice at most."""


class _Str(ctypes.Structure):
    _fields_ = [("pointer", ctypes.c_char_p), ("length", ctypes.c_ssize_t)]

    @classmethod
    def of(cls, text: bytes) -> _Str:
        return cls(text, len(text))


_OnRequest = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)


class _Module(ctypes.Structure):
    _fields_ = [
        ("prev", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
        ("name", _Str),
        ("id", ctypes.c_int),
        ("priority", ctypes.c_int),
        ("load_start_stop_unload", ctypes.c_void_p * 4),
        ("on_rx_request", _OnRequest),
        ("unused", ctypes.c_void_p * 12),
    ]


class RequestGate:
    """Stays installed for the life of the process."""

    def __init__(self, judge: Judge, poll: Callable[[], object]) -> None:
        """``poll`` handles a network event, for the probes."""
        self._judge = judge
        self._poll = poll
        self._library = native.library()
        self._places: tuple[int, int] | None = None
        self._probe: tuple[bytes, bytes] | None = None
        self._found: list[tuple[int, int]] = []
        self._module = _Module()
        self._callback = _OnRequest(self._on_request)
        self._endpoint: Any = None
        self._retry_after: Any = None

    def install(self, host: str, port: int) -> bool:
        """Register and try the gate out on ``host:port``; returns whether it is closed to strangers."""
        priority = self._priority()
        if priority is None:
            log.error("guard is off", why="the module of the transaction layer is not as expected")
            return False
        module = self._module
        module.name, module.id, module.priority = _Str.of(b"mod-voicebot-gate"), -1, priority - 1
        module.on_rx_request = self._callback
        get_endpoint = self._library.pjsua_get_pjsip_endpt
        get_endpoint.restype = ctypes.c_void_p
        self._endpoint = ctypes.c_void_p(get_endpoint())
        self._retry_after = _header_list(self._library, b"Retry-After", str(RETRY_AFTER_S).encode())
        if self._library.pjsip_endpt_register_module(self._endpoint, ctypes.byref(module)) != 0:
            log.error("guard is off", why="the module was not accepted")
            return False
        places = {self._try_out(host, port) for _ in range(_PROBES)}
        if len(places) > 1 or None in places:
            log.error("guard is off", why="probe packets were not read as sent")
            return False
        self._places = places.pop()
        return True

    def _priority(self) -> int | None:
        instance = self._library.pjsip_tsx_layer_instance
        instance.restype = ctypes.POINTER(_Module)
        layer = instance().contents
        if layer.name.length != len(_TSX_LAYER) or layer.name.pointer[: len(_TSX_LAYER)] != _TSX_LAYER:
            return None
        return int(layer.priority) if 8 < layer.priority < 64 and layer.id >= 0 else None

    # --- self-check --------------------------------------------------------------------------------

    def _try_out(self, host: str, port: int) -> tuple[int, int] | None:
        """Send ourselves a request and find where PJSIP keeps its text and its source."""
        nonce = secrets.token_hex(8)
        self._found.clear()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((host, 0))
            own_host, own_port = probe.getsockname()
            text = (
                f"OPTIONS sip:{nonce}@{host}:{port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {own_host}:{own_port};branch=z9hG4bK{nonce}\r\n"
                f"From: <sip:probe@{own_host}>;tag={nonce}\r\nTo: <sip:{nonce}@{host}>\r\n"
                f"Call-ID: {nonce}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\nContent-Length: 0\r\n\r\n"
            ).encode()
            address = (
                struct.pack("=H", socket.AF_INET) + struct.pack("!H", own_port) + socket.inet_aton(own_host)
            )
            self._probe = text, address
            probe.sendto(text, (host, port))
            ends_at = time.monotonic() + _PROBE_LIMIT_S
            while not self._found and time.monotonic() < ends_at:
                self._poll()
        self._probe = None
        return self._found[0] if self._found else None

    def _find(self, rdata: int) -> bool:
        """Look for the probe in ``rdata``; the source address lies behind the packet, in the same object."""
        if self._probe is None:
            return False
        text, address = self._probe
        packet_at = ctypes.string_at(rdata, _PACKET_SEARCH_BYTES).find(text[:64])
        if packet_at < 0 or ctypes.string_at(rdata + packet_at, len(text)) != text:
            return False
        start = packet_at + len(text)
        start += -start % 4
        for source_at in range(start, _SOURCE_SEARCH_BYTES, 4):
            if ctypes.string_at(rdata + source_at, len(address)) == address:
                self._found.append((packet_at, source_at))
                return True
        return True

    # --- the gate ----------------------------------------------------------------------------------

    def _on_request(self, rdata: int) -> int:
        try:
            if self._places is None:
                return _HANDLED if self._find(rdata) else _PASS
            packet_at, source_at = self._places
            request = read_request_head(ctypes.string_at(rdata + packet_at, _PACKET_BYTES))
            if request.method == "ACK":
                return _PASS if request.in_sip_dialog else _HANDLED
            refusal = self._judge(_source(rdata + source_at), request)
            return _PASS if refusal is None else self._refuse(rdata, refusal)
        except BaseException:  # nothing may unwind into PJSIP
            log.exception("request gate failed")
            return _PASS

    def _refuse(self, rdata: int, refusal: Refusal) -> int:
        headers = self._retry_after[0] if refusal.retry_after_s else None
        status = self._library.pjsip_endpt_respond_stateless(
            self._endpoint, ctypes.c_void_p(rdata), refusal.code, None, headers, None
        )
        if status != 0:
            log.warning("stateless refusal failed", status=status)
        return _HANDLED


def _source(at: int) -> str:
    """Read a sockaddr_in or sockaddr_in6 as ``address:port``."""
    family, port = struct.unpack("=H", ctypes.string_at(at, 2))[0], ctypes.string_at(at + 2, 2)
    number = int.from_bytes(port, "big")
    if family == socket.AF_INET6:
        return f"[{IPv6Address(ctypes.string_at(at + 8, 16))}]:{number}"
    return f"{IPv4Address(ctypes.string_at(at + 4, 4))}:{number}"


def _header_list(library: ctypes.CDLL, name: bytes, value: bytes) -> tuple[Any, ...]:
    """Return a PJSIP header list of one header, and what must live as long as it."""
    make_pool, make_header = library.pjsua_pool_create, library.pjsip_generic_string_hdr_create
    make_pool.restype = make_header.restype = ctypes.c_void_p
    pool = ctypes.c_void_p(make_pool(b"gate", ctypes.c_size_t(512), ctypes.c_size_t(512)))
    texts = _Str.of(name), _Str.of(value)
    header = make_header(pool, ctypes.byref(texts[0]), ctypes.byref(texts[1]))
    head = (ctypes.c_void_p * 16)()
    own = ctypes.addressof(head)
    head[0] = head[1] = header
    links = (ctypes.c_void_p * 2).from_address(header)
    links[0] = links[1] = own
    return ctypes.c_void_p(own), head, texts
