"""What the demonstration shows: a line for everything that happens, and a summary.

The same lines in a terminal (in colour) and in a pipe (plain), as they happen.
"""

from __future__ import annotations

import time
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voicebot.demo.callers import Caller, Result

_COLOURS = {"fire": "red", "tree": "green", "silent": "cyan"}
_LEVEL_STYLES = {"urgent": "bold red", "potential": "yellow", "non_urgent": "green", "unknown": "magenta"}
_SPEAKERS = {"caller": "caller  ", "bot": "voicebot", "operator": "operator"}


class View:
    """Prints what changed between two looks at the live calls."""

    def __init__(self, console: Console, callers: tuple[Caller, ...]) -> None:
        self._console = console
        self._names = {caller.number: caller.name for caller in callers}
        self._began_s = time.monotonic()
        self._seen_words: dict[str, int] = {}
        self._seen: dict[tuple[str, str], str] = {}

    def note(self, text: str, name: str = "demo") -> None:
        """Print a remark of the demonstration itself."""
        self._line(name, Text(text, style="dim"))

    def show(self, call: dict[str, Any]) -> None:
        """Print what is new in a call or an incident record."""
        name = self._names.get(call["caller"]["number"] if "caller" in call else call["number"], "?")
        seen = self._seen_words.get(name, 0)
        for entry in call["transcript"][seen:]:
            words = Text(f"{_SPEAKERS[entry['speaker']]}  {entry['text']}")
            if entry["speaker"] == "caller":
                words.stylize("bold")
                words.append(f"   ({entry['confidence']:.0%} sure)", style="dim")
            self._line(name, words)
        self._seen_words[name] = max(seen, len(call["transcript"]))
        self._changes(name, call)

    def _changes(self, name: str, call: dict[str, Any]) -> None:
        urgency = call["urgency"]
        if self._new(name, "urgency", urgency["level"]) and urgency["level"] != "unknown":
            style = _LEVEL_STYLES.get(urgency["level"], "")
            text = Text("urgency   ", style="dim").append(urgency["level"], style=style)
            for item in urgency["evidence"][-2:]:
                text.append(f"  {item['rule']} “{item['words']}”", style="dim")
            self._line(name, text)
        place = call["location"]
        spoken = " ".join(
            str(place[key]) for key in ("gu", "dong", "road", "number", "place") if place.get(key)
        )
        if spoken and self._new(name, "place", f"{spoken}{place['confirmed']}"):
            confirmed = "confirmed by the caller" if place["confirmed"] else f"{place['confidence']:.0%} sure"
            self._line(name, Text("place     ", style="dim").append(f"{spoken}  ({confirmed})"))
        kind = call["type"]
        if kind["category"] != "unclear" and self._new(
            name, "type", f"{kind['category']} {kind['code'] or ''}"
        ):
            sure = f"  ({kind['confidence']:.0%} sure)"
            self._line(
                name, Text("type      ", style="dim").append(f"{kind['category']} {kind['code'] or ''}{sure}")
            )
        if call["flags"] and self._new(name, "flags", ", ".join(call["flags"])):
            self._line(name, Text("flags     ", style="dim").append(", ".join(call["flags"]), style="red"))
        transfer = call["transfer"]
        phase = transfer.get("phase")
        if phase and self._new(name, "transfer", f"{phase}"):
            self._line(name, Text("transfer  ", style="dim").append(f"{phase}: {transfer['operator']}"))
        if self._new(name, "state", call["state"]):
            self._line(name, Text("state     ", style="dim").append(call["state"]))

    def _new(self, name: str, what: str, value: str) -> bool:
        if self._seen.get((name, what)) == value:
            return False
        self._seen[(name, what)] = value
        return True

    def _line(self, name: str, text: Text) -> None:
        stamp = Text(f"{time.monotonic() - self._began_s:6.1f} s  ", style="dim")
        stamp.append(f"{name:<7}", style=_COLOURS.get(name, "blue"))
        self._console.print(stamp.append(" ").append_text(text), soft_wrap=True)


def summary(console: Console, results: list[Result]) -> None:
    """Print the table of results and, for each call that went wrong, why."""
    table = Table(title="How the calls ended", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    columns = ("call", "state", "urgency", "type", "place", "200 OK", "audio", "key", "tone", "verdict")
    for column in columns:
        table.add_column(column, no_wrap=column != "place")
    for result in results:
        incident = result.incident or {}
        place = incident.get("location", {})
        problems = result.problems()
        tone = "-"
        if result.caller.expected_state == "connected":
            tone = "both ways" if result.tone_reached_operator and result.tone_came_back else "lost"
        table.add_row(
            result.caller.name,
            str(incident.get("state", "-")),
            str(incident.get("urgency", {}).get("level", "-")),
            str(incident.get("type", {}).get("code") or incident.get("type", {}).get("category", "-")),
            " ".join(str(place[key]) for key in ("dong", "road", "number", "place") if place.get(key)) or "-",
            _ms(result.answer_ms),
            _ms(result.first_audio_ms),
            result.operator_key or "-",
            tone,
            Text("as it should", style="green") if not problems else Text("WRONG", style="bold red"),
        )
    console.print(table)
    for result in results:
        for problem in result.problems():
            console.print(f"{result.caller.name}: {problem}", style="red", highlight=False)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"
