"""Who takes over the calls, and where they are reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from voicebot.doctor.finding import Finding
from voicebot.settings import Settings
from voicebot.vocabulary.categories import Category

_LANGUAGE = re.compile(r"[a-z]{2,3}")


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
