"""``voicebot doctor``: a line per finding, the remedy below each that is not ok."""

from __future__ import annotations

import json

import click

from voicebot.doctor import Finding, Status, examine
from voicebot.settings import Settings

_COLOURS: dict[Status, str] = {"ok": "green", "warning": "yellow", "failed": "red"}
_WIDTH = 22  # the longest name of a check, recordings.directory, and two blanks


def run(settings: Settings, *, as_json: bool = False) -> int:
    """Print the report; returns 1 when something failed, else 0."""
    findings = []
    for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            _show(finding)
    failed = sum(finding.status == "failed" for finding in findings)
    warned = sum(finding.status == "warning" for finding in findings)
    if as_json:
        click.echo(json.dumps([finding.document() for finding in findings], ensure_ascii=False, indent=2))
    elif failed or warned:
        click.echo(f"\n{failed} failed, {warned} warned.")
    else:
        click.echo("\nAll is well.")
    return 1 if failed else 0


def _show(finding: Finding) -> None:
    status = click.style(f"{finding.status:8}", fg=_COLOURS[finding.status])
    click.echo(f"{status} {finding.check:{_WIDTH}} {finding.text}")
    if finding.remedy:
        click.echo(f"{'':8} {'':{_WIDTH}} -> {finding.remedy}")
