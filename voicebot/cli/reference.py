"""Writes the pages of docs made from the code: ``python -m voicebot.cli.reference`` (`make docs`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from voicebot import metrics
from voicebot.settings import PROJECT_FOLDER, Settings
from voicebot.settings.loading import section_of

_DOCS = PROJECT_FOLDER / "docs"

_SETTINGS_HEAD = """\
# Settings

Written by `make docs` from `voicebot/settings/models.py`; change it there.

Settings are one YAML file: `voicebot serve --config FILE`. Any key may be left out; unknown ones are refused.
An environment variable overrides a key: `VOICEBOT_` and the key in capitals with `__` for the dot, so
`VOICEBOT_SIP__LISTEN=10.1.2.3:5060` sets `sip.listen`; its value is read as YAML. Relative paths count from
the folder of the settings file. `systemd/voicebot.example.yaml` is a file to start from.
"""


_METRICS_HEAD = """\
# Metrics

Written by `make docs` from `voicebot/metrics.py`; change it there. They are on `/metrics`, in the format of
Prometheus. Which of them to alarm on: [operations.md](operations.md#what-to-watch).

| metric | kind | what it counts |
|---|---|---|"""


_HEADER = ("| key | default | what it is | must be |", "|---|---|---|---|")


def settings_page() -> str:
    """Return docs/settings.md as the models have it."""
    top: list[str] = []
    sections: list[str] = []
    for name, info in Settings.model_fields.items():
        section = section_of(info.annotation)
        if section is None:
            top.append(_row(name, info))
            continue
        prefix = f"{name}[]" if info.description else name
        rows = [_row(f"{prefix}.{key}", field) for key, field in section.model_fields.items()]
        sections += ["", f"## {name}", "", info.description or section.__doc__ or "", "", *_HEADER, *rows]
    return "\n".join([_SETTINGS_HEAD, "## At the top", "", *_HEADER, *top, *sections, ""])


def _row(key: str, info: FieldInfo) -> str:
    extra: dict[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return f"| `{key}` | {_default(info, extra)} | {info.description} | {extra['expected']} |"


def _default(info: FieldInfo, extra: dict[str, Any]) -> str:
    if "shown_default" in extra:
        return str(extra["shown_default"])
    if info.is_required():
        return "required"
    if info.default is None or info.default == ():
        return "none"
    if type(info.default) is tuple:
        return ", ".join(f"`{each}`" for each in info.default)
    return f"`{info.default}`"


def metrics_page() -> str:
    """Return docs/metrics.md as the registry has it; without those that only tell of the process."""
    rows = []
    for family in metrics.REGISTRY.collect():
        if family.name.startswith("voicebot_"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            rows.append(f"| `{name}` | {family.type} | {family.documentation} |")
    return "\n".join([_METRICS_HEAD, *sorted(rows), ""])


PAGES: dict[Path, Callable[[], str]] = {
    _DOCS / "settings.md": settings_page,
    _DOCS / "metrics.md": metrics_page,
}
"""What is written, and what makes it."""


def main() -> None:
    """Write the pages."""
    for page, text in PAGES.items():
        page.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
