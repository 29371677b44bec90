"""``voicebot dialog graph``: the steps of a dialog drawn as Mermaid text or as an SVG picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicebot.cli.dialog.picture import picture
from voicebot.dialog import Dialog, load_dialog
from voicebot.dialog.step import RETURN

_LONGEST = 17
"""Letters of a sentence: a box of Mermaid does not wrap, and grows as wide as its text."""


@dataclass(frozen=True)
class Edge:
    """One way from a step, or from what happens in every step."""

    start: str
    end: str
    label: str


def draw(path: Path, form: str, lang: str) -> str:
    """Return the drawing of a dialog file; ``form`` is ``mermaid`` or ``svg``, ``lang`` ``ko`` or ``en``."""
    dialog = load_dialog(path)
    return _mermaid(dialog) if form == "mermaid" else picture(dialog, lang)


def _edges(dialog: Dialog) -> Iterator[Edge]:
    for name, step in dialog.steps.items():
        for key, target in step.exits().items():
            if target != RETURN:
                yield Edge(name, target, "" if key in ("next", "step") else key.split(".")[0])
        override = dialog.overrides.get(name)
        if override is not None:
            for key, target in override.keys.items():
                yield Edge(name, target, f"key {key}")
            for label, ladder in (("silence", override.silence), ("unclear", override.unclear)):
                if ladder is not None:
                    yield Edge(name, ladder.then, label)


def _handlers(dialog: Dialog) -> list[tuple[str, str]]:
    """Return what happens in every step, with where it leads."""
    on = dialog.handlers
    found = [("human, key 0, red flag", on.human), ("silence", on.silence.then), ("unclear", on.unclear.then)]
    found += [
        ("keypad", on.keypad.then),
        ("recogniser failed", on.recogniser_failed),
        ("time limit", on.time_limit),
    ]
    found += [(f"speaks {language}", target) for language, target in on.language.items()]
    if on.wrong_number:
        found.append(("wrong number", on.wrong_number))
    if on.overload:
        found.append((f"{on.overload.at} calls or more", on.overload.go))
    return found


def _sentence(dialog: Dialog, name: str) -> str:
    prompt = next((key for key in dialog.steps[name].prompts() if key in dialog.prompts), None)
    text = dialog.prompts[prompt].text if prompt else ""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _reached(dialog: Dialog) -> list[str]:
    """Return the steps in the order in which a call comes to them, those of the handlers last."""
    order = [dialog.start]
    beginnings = [target for _, target in _handlers(dialog)]
    edges = list(_edges(dialog))
    for name in order:
        order += [edge.end for edge in edges if edge.start == name and edge.end not in order]
        if name == order[-1]:
            order += [target for target in beginnings if target not in order][:1]
    return list(dict.fromkeys(order))


def _mermaid(dialog: Dialog) -> str:
    shown = _reached(dialog)
    lines = ["flowchart TD"]
    for name in shown:
        step = dialog.steps[name]
        text = _sentence(dialog, name).replace('"', "'")
        label = f"<b>{name}</b> · {step.verb}" + (f"<br/>{text}" if text else "")
        lines.append(f'  {name}["{label}"]')
    lines += [
        f"  {edge.start} -->{f'|{edge.label}|' if edge.label else ''} {edge.end}"
        for edge in dict.fromkeys(_edges(dialog))
        if edge.start in shown
    ]
    lines.append('  subgraph every ["in every step"]')
    lines += [f'    h{number}(["{label}"])' for number, (label, _) in enumerate(_handlers(dialog))]
    lines.append("  end")
    lines += [f"  h{number} -.-> {target}" for number, (_, target) in enumerate(_handlers(dialog))]
    return "\n".join(lines) + "\n"
