"""The kinds of values that settings hold, and how each is read from text."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, StringConstraints, ValidationInfo

_MAX_URI_CHARACTERS = 255  # PJSIP_MAX_URL_SIZE of the stock build, less the terminating zero
_SIP_URI = re.compile(r"sips?:([^\s<>\"@]+@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(;[^\s<>\"]*)?")


class Address(NamedTuple):
    """An IP address and a port, written ``127.0.0.1:5060`` or ``[::1]:5060``."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self.host).is_loopback


class PortRange(NamedTuple):
    """UDP ports ``first`` to ``last``, both included, written ``20000-20999``."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


def _address(value: object) -> Address:
    if isinstance(value, Address):
        return value
    host, _, port = str(value).rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    number = int(port) if port.isascii() and port.isdigit() else 0
    if not 0 < number < 65536:
        message = "port"
        raise ValueError(message)
    return Address(str(ip_address("127.0.0.1" if host == "localhost" else host)), number)


def _port_range(value: object) -> PortRange:
    if isinstance(value, PortRange):
        return value
    found = re.fullmatch(r"(\d{1,5})\s*-\s*(\d{1,5})", str(value))
    ports = PortRange(int(found[1]), int(found[2])) if found else PortRange(0, 0)
    if not 1024 <= ports.first < ports.last < 65536 or ports.last - ports.first < 15:
        message = "range"
        raise ValueError(message)
    return ports


def _network(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    if not isinstance(value, str):
        message = "network"
        raise ValueError(message)  # noqa: TRY004  pydantic turns a ValueError into our sentence
    return ip_network(value, strict=False)


def _path(value: object, info: ValidationInfo) -> Path:
    if not isinstance(value, str | Path) or not str(value):
        message = "path"
        raise ValueError(message)
    base = (info.context or {}).get("base", Path.cwd())
    return Path(base, Path(value).expanduser()).resolve()


def _model(value: object, info: ValidationInfo) -> Path | None:
    return None if value == "auto" else _path(value, info)


def _sip_uri(value: str) -> str:
    if len(value) > _MAX_URI_CHARACTERS or not _SIP_URI.fullmatch(value):
        message = "uri"
        raise ValueError(message)
    return value


def _http_url(value: str) -> str:
    if len(value) > _MAX_URI_CHARACTERS or not re.fullmatch(r"https?://[^\s<>\"]+", value):
        message = "url"
        raise ValueError(message)
    return value


def _store_url(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not re.match(r"[a-z][a-z0-9+_]*://", value):
        message = "url"
        raise ValueError(message)
    scheme, _, rest = value.partition("://")
    if scheme.split("+")[0] == "sqlite" and rest.startswith("/") and rest not in {"/", "/:memory:"}:
        return f"{scheme}:///{_path(rest[1:], info)}"
    return value


_as_text = PlainSerializer(str, return_type=str)
AddressField = Annotated[Address, BeforeValidator(_address), _as_text]
PortRangeField = Annotated[PortRange, BeforeValidator(_port_range), _as_text]
NetworkField = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network), _as_text]
PathField = Annotated[Path, BeforeValidator(_path), _as_text]
ModelField = Annotated[Path | None, BeforeValidator(_model), _as_text]
"""A folder, or ``auto``, which is read as None."""
StoreUrl = Annotated[str, BeforeValidator(_store_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\s<>\",;]{1,64}$")]
"""A word without blanks, fit for a SIP header."""
SipUri = Annotated[str, AfterValidator(_sip_uri)]
