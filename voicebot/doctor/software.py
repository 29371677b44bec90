"""Python, and the packages behind speech."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from voicebot.doctor.finding import Finding
from voicebot.settings import Settings

_PACKAGES = ("torch", "silero-vad", "ctranslate2", "sentencepiece")


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
