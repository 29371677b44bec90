"""Writes docs/settings.md from the settings models: ``python -m voicebot.cli.reference`` (`make docs`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from voicebot.settings import PROJECT_FOLDER, Settings
from voicebot.settings.loading import section_of

PAGE = PROJECT_FOLDER / "docs" / "settings.md"

_HEAD = """\
# Settings

Written by `make docs` from `voicebot/settings/models.py`; change it there.

Settings are one YAML file: `voicebot serve --config FILE`. Any key may be left out; unknown ones are refused.
An environment variable overrides a key: `VOICEBOT_` and the key in capitals with `__` for the dot, so
`VOICEBOT_SIP__LISTEN=10.1.2.3:5060` sets `sip.listen`; its value is read as YAML. Relative paths count from
the folder of the settings file. `systemd/voicebot.example.yaml` is a file to start from.
"""


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
    return "\n".join([_HEAD, "## At the top", "", *_HEADER, *top, *sections, ""])


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


def main(page: Path = PAGE) -> None:
    """Write the page."""
    page.write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
