"""``voicebot dialog graph``: the steps of a dialog drawn as Mermaid text or as an SVG picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from voicebot.dialog import Dialog, load_dialog
from voicebot.dialog.steps import RETURN

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 230, 58, 40, 70, 24
_LONGEST = 17
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">'
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#555"/></marker></defs>'
)
_COLOURS = {
    "transfer": "#fde2e1", "record": "#dff3e3", "refer": "#dff3e3", "end": "#dff3e3", "choose": "#fff4cf",
    "call": "#fff4cf", "goto": "#fff4cf", "set": "#fff4cf",
}  # fmt: skip


@dataclass(frozen=True)
class Edge:
    """One way from a step, or from what happens in every step."""

    start: str
    end: str
    label: str


def draw(path: Path, form: str) -> str:
    """Return the drawing of a dialog file; ``form`` is ``mermaid`` or ``svg``."""
    script = load_dialog(path)
    return _mermaid(script) if form == "mermaid" else _svg(script)


def _edges(script: Dialog) -> Iterator[Edge]:
    for name, step in script.steps.items():
        for key, target in step.ways().items():
            if target != RETURN:
                yield Edge(name, target, "" if key in ("next", "step") else key.split(".")[0])
        override = script.overrides.get(name)
        if override is not None:
            for key, target in override.keys.items():
                yield Edge(name, target, f"key {key}")
            for label, ladder in (("silence", override.silence), ("unclear", override.unclear)):
                if ladder is not None:
                    yield Edge(name, ladder.then, label)


def _handlers(script: Dialog) -> list[tuple[str, str]]:
    """Return what happens in every step, with where it leads."""
    on = script.handlers
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


def _sentence(script: Dialog, name: str) -> str:
    prompt = next((key for key in script.steps[name].prompts() if key in script.prompts), None)
    text = script.prompts[prompt].text if prompt else ""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _reached(script: Dialog) -> list[str]:
    """Return the steps in the order in which a call comes to them, those of the handlers last."""
    order = [script.start]
    beginnings = [target for _, target in _handlers(script)]
    edges = list(_edges(script))
    for name in order:
        order += [edge.end for edge in edges if edge.start == name and edge.end not in order]
        if name == order[-1]:
            order += [target for target in beginnings if target not in order][:1]
    return list(dict.fromkeys(order))


def _mermaid(script: Dialog) -> str:
    shown = _reached(script)
    lines = ["flowchart TD"]
    for name in shown:
        step = script.steps[name]
        text = _sentence(script, name).replace('"', "'")
        label = f"<b>{name}</b> · {step.verb}" + (f"<br/>{text}" if text else "")
        lines.append(f'  {name}["{label}"]')
    lines += [
        f"  {edge.start} -->{f'|{edge.label}|' if edge.label else ''} {edge.end}"
        for edge in dict.fromkeys(_edges(script))
        if edge.start in shown
    ]
    lines.append('  subgraph every ["in every step"]')
    lines += [f'    h{number}(["{label}"])' for number, (label, _) in enumerate(_handlers(script))]
    lines.append("  end")
    lines += [f"  h{number} -.-> {target}" for number, (_, target) in enumerate(_handlers(script))]
    return "\n".join(lines) + "\n"


def _layers(script: Dialog, shown: list[str]) -> list[list[str]]:
    """Return the steps in rows, each as far down as its shortest way from the start."""
    depth = {script.start: 0}
    edges = list(_edges(script))
    waiting = [script.start]
    for name in waiting:
        for edge in edges:
            if edge.start == name and edge.end not in depth:
                depth[edge.end] = depth[name] + 1
                waiting.append(edge.end)
    deepest = max(depth.values()) + 1
    rows: list[list[str]] = [[] for _ in range(deepest + 1)]
    for name in shown:
        rows[depth.get(name, deepest)].append(name)
    return [row for row in rows if row]


def _svg(script: Dialog) -> str:
    shown = _reached(script)
    rows = _layers(script, shown)
    widest = max(len(row) for row in rows)
    width = _MARGIN * 2 + widest * (_WIDTH + _GAP_X)
    at: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(rows):
        left = (width - len(row) * (_WIDTH + _GAP_X) + _GAP_X) // 2
        for place, name in enumerate(row):
            at[name] = (left + place * (_WIDTH + _GAP_X), _MARGIN + number * (_HEIGHT + _GAP_Y))
    bottom = _MARGIN + len(rows) * (_HEIGHT + _GAP_Y)
    handlers = _handlers(script)
    height = bottom + 30 + 20 * len(handlers) + _MARGIN
    parts = [
        _HEAD.format(width=width, height=height),
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    parts += [_arrow(edge, at) for edge in dict.fromkeys(_edges(script)) if edge.start in at]
    parts += [_box(script, name, *at[name]) for name in shown]
    parts.append(f'<text x="{_MARGIN}" y="{bottom + 10}" font-weight="bold">in every step</text>')
    parts += [
        f'<text x="{_MARGIN}" y="{bottom + 30 + 20 * number}">{escape(label)} → {escape(target)}</text>'
        for number, (label, target) in enumerate(handlers)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(script: Dialog, name: str, x: int, y: int) -> str:
    verb = script.steps[name].verb
    fill = _COLOURS.get(verb, "#e8f0fb")
    return (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="{fill}" stroke="#555"/>'
        f'<text x="{x + 10}" y="{y + 22}"><tspan font-weight="bold">{escape(name)}</tspan> · {verb}</text>'
        f'<text x="{x + 10}" y="{y + 43}" fill="#333">{escape(_sentence(script, name))}</text>'
    )


def _arrow(edge: Edge, at: dict[str, tuple[int, int]]) -> str:
    (x1, y1), (x2, y2) = at[edge.start], at[edge.end]
    if y2 > y1:
        start, end = (x1 + _WIDTH // 2, y1 + _HEIGHT), (x2 + _WIDTH // 2, y2)
    else:
        start, end = (x1 + _WIDTH, y1 + _HEIGHT // 2), (x2 + _WIDTH, y2 + _HEIGHT // 2)
    bend = max(30, abs(end[1] - start[1]) // 2)
    if y2 > y1:
        curve = f"C{start[0]} {start[1] + bend} {end[0]} {end[1] - bend} {end[0]} {end[1]}"
    else:
        curve = f"C{start[0] + bend} {start[1]} {end[0] + bend} {end[1]} {end[0]} {end[1]}"
    middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
    label = (
        f'<text x="{middle[0] + 4}" y="{middle[1]}" fill="#777" font-size="10">{escape(edge.label)}</text>'
    )
    path = f'<path d="M{start[0]} {start[1]} {curve}" fill="none" stroke="#999" marker-end="url(#tip)"/>'
    return path + (label if edge.label else "")
