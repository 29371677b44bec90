"""All checks, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voicebot.doctor.conversation import dialog
from voicebot.doctor.finding import Check, Finding
from voicebot.doctor.folders import folders
from voicebot.doctor.humans import addresses, groups, humans
from voicebot.doctor.network import console, ports
from voicebot.doctor.software import packages, python
from voicebot.doctor.speech import espeak, speech_model
from voicebot.doctor.telephony import pjsua2
from voicebot.settings import Settings

CHECKS: tuple[Check, ...] = (
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


def examine(settings: Settings, checks: Iterable[Check] = CHECKS) -> Iterator[Finding]:
    """Yield the findings of all checks, as they come; a check that breaks is a finding too."""
    for check in checks:
        try:
            yield from check(settings)
        except Exception as error:  # noqa: BLE001  a broken machine must not hide the checks after this one
            text = f"{type(error).__name__}: {error}"
            yield Finding(check.__name__, "failed", text, "this is unexpected: report it with the text above")
