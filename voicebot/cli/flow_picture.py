"""A dialog as a poster in SVG: steps with sentences and ways, what holds in every step, and the questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from voicebot.cli.layered import Drawn, layered
from voicebot.dialog import Dialog
from voicebot.dialog.steps.choose import Choose
from voicebot.dialog.steps.transfer import Transfer
from voicebot.dialog.steps.triage import Triage

_WIDTH, _PAD, _LINE, _MARGIN, _TITLE = 272, 12, 17, 40, 64
_WIDE_PX, _NARROW_PX = 12.0, 6.7
"""Width of a Korean letter and of a Latin one at 12 px."""
_MOST_LINES = 3
_EVERY, _CARD_GAP = "*", 24
_COLOURS = {
    "transfer": "#fbd9d5", "record": "#d9f0df", "refer": "#d9f0df", "end": "#d9f0df", "stay": "#d9f0df",
    "choose": "#fff1c4", "call": "#fff1c4", "goto": "#fff1c4", "set": "#fff1c4", "event": "#ece7f6",
}  # fmt: skip
_PLAIN, _HUMAN, _GREY = "#e4eefb", "#b3261e", "#6b7280"
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    'viewBox="0 0 {width} {height}" font-size="12" font-family="\'Noto Sans KR\', \'Apple SD Gothic Neo\', '
    "'Malgun Gothic', NanumGothic, sans-serif\">"
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#6b7280"/></marker></defs>'
    '<rect width="100%" height="100%" fill="white"/>'
)
_FRAME = (
    '<rect x="{x:.0f}" y="{y:.0f}" width="{width}" height="{height}" rx="{radius}" '
    'fill="{fill}" stroke="{line}"/>'
)
_WORDS = {
    "en": {
        "every": "In every step",
        "human": "the word for a human, key 0, danger sign",
        "silence": "silence",
        "unclear": "not understood",
        "keypad": "any key after the offer",
        "recogniser_failed": "recogniser failed",
        "time_limit": "time is over",
        "language": "another language: {}",
        "wrong_number": "wrong number",
        "overload": "{} calls or more",
        "version": "version",
        "questions": "Questions, most decisive first",
        "urgent": "urgent",
        "yes": "yes",
        "no": "no",
        "unknown": "unsure",
        "start": "call",
    },
    "ko": {
        "every": "어느 단계에서나",
        "human": "사람을 찾는 말, 0번, 위험 신호",
        "silence": "침묵",
        "unclear": "알아듣지 못함",
        "keypad": "안내 뒤 아무 번호",
        "recogniser_failed": "음성 인식 고장",
        "time_limit": "시간 초과",
        "language": "다른 언어: {}",
        "wrong_number": "잘못 건 전화",
        "overload": "통화 {}건 이상",
        "version": "판",
        "questions": "질문, 가장 결정적인 것부터",
        "urgent": "긴급",
        "yes": "예",
        "no": "아니요",
        "unknown": "모름",
        "start": "전화",
    },
}


@dataclass
class _Box:
    """What stands in one box."""

    title: str
    verb: str = ""
    kind: str = ""
    """Chooses the colour."""
    text: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)
    """Label and target."""
    humans: frozenset[str] = frozenset()
    """Targets at which a human is rung."""

    @property
    def height(self) -> int:
        rows = sum(1 + _two_lines(*row) for row in self.rows)
        return _PAD * 2 + _LINE * (1 + len(self.text) + rows) + (6 if self.rows else 0)


def picture(script: Dialog, lang: str) -> str:
    """Return the drawing; ``lang`` is that of the words around the flow, ``ko`` or ``en``."""
    words = _WORDS[lang]
    boxes = _boxes(script, words)
    ways = [(name, target) for name, box in boxes.items() for target in _drawn_ways(script, name, box, boxes)]
    drawn = layered({name: (_WIDTH, box.height) for name, box in boxes.items()}, ways)
    below = _MARGIN + _TITLE + drawn.height + 2 * _MARGIN
    cards, bottom = _questions(script, words, drawn.width, below)
    width, height = round(drawn.width + 2 * _MARGIN), round(bottom + _MARGIN)
    parts = [
        _HEAD.format(width=width, height=height),
        _text(
            _MARGIN, _MARGIN + 18, f'<tspan font-size="24" font-weight="bold">{escape(script.name)}</tspan>'
        ),
        _text(_MARGIN, _MARGIN + 38, f"{words['version']} {script.version}", fill=_GREY),
        f'<g transform="translate({_MARGIN} {_MARGIN + _TITLE})">',
        *(_line(way, boxes, drawn) for way in dict.fromkeys(ways)),
        *(_box(box, *drawn.at[name]) for name, box in boxes.items()),
        "</g>",
        *cards,
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _boxes(script: Dialog, words: dict[str, str]) -> dict[str, _Box]:
    """Return a box for each step, after one for each thing that leads to it from everywhere."""
    on = script.handlers
    leading = [
        (words["silence"], on.silence.then),
        (words["unclear"], on.unclear.then),
        (words["keypad"], on.keypad.then),
        (words["recogniser_failed"], on.recogniser_failed),
        (words["time_limit"], on.time_limit),
    ]
    boxes = {"\nstart": _Box(words["start"], kind="event", rows=[("", script.start)])}
    special = [(words["language"].format(name), target) for name, target in on.language.items()]
    special += [(words["wrong_number"], on.wrong_number)] if on.wrong_number else []
    special += [(words["overload"].format(on.overload.at), on.overload.go)] if on.overload else []
    boxes[_EVERY] = _Box(
        words["every"],
        kind="event",
        rows=[(words["human"], on.human), *leading],
    )
    for number, (label, target) in enumerate(special):
        boxes[f"\n{number}"] = _Box(label, kind="event", rows=[("", target)])
    humans = frozenset(name for name, step in script.steps.items() if isinstance(step, Transfer))
    for name in _in_reading_order(script, [target for box in boxes.values() for _, target in box.rows]):
        step = script.steps[name]
        text, rows = _wrapped(_sentence(script, name)), list(_rows(script, name))
        boxes[name] = _Box(name, step.verb, step.verb, text, rows, humans)
    return boxes


def _in_reading_order(script: Dialog, beginnings: list[str]) -> list[str]:
    """Return the steps that a call may come to, each after one that leads to it."""
    order: list[str] = []
    waiting = list(dict.fromkeys(beginnings))
    while waiting:
        name = waiting.pop(0)
        if name not in order and name in script.steps:
            order.append(name)
            waiting = [*(target for _, target in _rows(script, name)), *waiting]
    return order


def _rows(script: Dialog, name: str) -> Iterator[tuple[str, str]]:
    """Yield the ways out of a step with what leads there."""
    step = script.steps[name]
    if isinstance(step, Choose):
        for case in step.cases:
            told = case.when.model_dump(exclude_defaults=True)
            yield "; ".join(f"{key}: {_value(value)}" for key, value in told.items()), case.go
        yield "otherwise", step.otherwise
    else:
        for key, target in step.ways().items():
            yield key, target
    override = script.overrides.get(name)
    if override is not None:
        for key, target in override.keys.items():
            yield f"key {key}", target
        for label, ladder in (("silence", override.silence), ("unclear", override.unclear)):
            if ladder is not None:
                yield label, ladder.then


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(each)}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _sentence(script: Dialog, name: str) -> str:
    prompt = next((key for key in script.steps[name].prompts() if key in script.prompts), None)
    return script.prompts[prompt].text if prompt else ""


def _drawn_ways(script: Dialog, name: str, box: _Box, boxes: dict[str, _Box]) -> Iterator[str]:
    """Yield the targets to which a line is drawn; none to a human, or half of the lines led there."""
    for _, target in box.rows:
        if target in boxes and (name == _EVERY or not isinstance(script.steps[target], Transfer)):
            yield target


def _box(box: _Box, x: float, y: float) -> str:
    fill = _COLOURS.get(box.kind, _PLAIN)
    verb = f' <tspan fill="{_GREY}">{box.verb}</tspan>' if box.verb else ""
    radius = 18 if box.kind == "event" else 6
    frame = {
        "x": x,
        "y": y,
        "width": _WIDTH,
        "height": box.height,
        "radius": radius,
        "fill": fill,
        "line": _GREY,
    }
    parts = [_FRAME.format(**frame)]
    line = y + _PAD + 12
    parts.append(
        _text(x + _PAD, line, f'<tspan font-weight="bold" font-size="14">{escape(box.title)}</tspan>{verb}')
    )
    for text in box.text:
        line += _LINE
        parts.append(_text(x + _PAD, line, escape(text)))
    if box.rows:
        line += 6
    for label, target in box.rows:
        line += _LINE
        parts.append(_text(x + _PAD, line, escape(_cut(label, _WIDTH - 2 * _PAD)), fill=_GREY))
        if _two_lines(label, target):
            line += _LINE
        parts.append(
            f'<text x="{x + _WIDTH - _PAD:.0f}" y="{line:.0f}" text-anchor="end" '
            f'fill="{_HUMAN if target in box.humans else "#111827"}">→ {escape(target)}</text>'
        )
    return "".join(parts)


def _line(way: tuple[str, str], boxes: dict[str, _Box], drawn: Drawn) -> str:
    """Return the line from the lower side of a box, around those in between, to the upper side of another."""
    start, end = way
    (x1, y1), (x2, y2) = drawn.at[start], drawn.at[end]
    starts = [target for _, target in boxes[start].rows if (start, target) in drawn.ways]
    place = (starts.index(end) + 1) / (len(dict.fromkeys(starts)) + 1)
    arriving = [one for one, other in drawn.ways if other == end]
    arrival = (arriving.index(start) + 1) / (len(arriving) + 1)
    up = y2 < y1
    first = (x1 + _WIDTH * place, y1 if up else y1 + boxes[start].height)
    last = (x2 + _WIDTH * arrival, y2 + boxes[end].height if up else y2)
    points = [first, *drawn.ways[way], last]
    path = f"M{first[0]:.0f} {first[1]:.0f}"
    for (ax, ay), (bx, by) in pairwise(points):
        half = (by - ay) / 2
        path += f" C{ax:.0f} {ay + half:.0f} {bx:.0f} {by - half:.0f} {bx:.0f} {by:.0f}"
    look = (
        f'stroke="{_HUMAN}" stroke-width="2.5"' if start == _EVERY else f'stroke="{_GREY}" stroke-width="1.3"'
    )
    dash = ' stroke-dasharray="5 4"' if up else ""
    return f'<path d="{path}" fill="none" {look}{dash} marker-end="url(#tip)"/>'


def _questions(script: Dialog, words: dict[str, str], width: float, top: float) -> tuple[list[str], float]:
    """Return the question sets as cards in columns, and where they end."""
    if not script.questions or not any(isinstance(step, Triage | Transfer) for step in script.steps.values()):
        return [], top - _MARGIN
    parts = [_text(_MARGIN, top, f'<tspan font-size="17" font-weight="bold">{words["questions"]}</tspan>')]
    columns = max(1, int((width + _CARD_GAP) // (_WIDTH + _CARD_GAP)))
    ends = [top + 16.0] * columns
    for name, questions in script.questions.items():
        rows: list[tuple[str, str]] = []
        for number, question in enumerate(questions, 1):
            told = [words.get(value, value) for value in question.urgent_if]
            urgent = f"{', '.join(told)} → {words['urgent']}" if told else ""
            text = script.prompts[question.prompt].text
            first, *more = _wrapped(f"{number} {text}")
            rows += [(first, ""), *((f"   {line}", "") for line in more)]
            rows += [("", urgent)] if urgent else []
        column = ends.index(min(ends))
        x, y = _MARGIN + column * (_WIDTH + _CARD_GAP), ends[column]
        height = _PAD * 2 + _LINE * (len(rows) + 1)
        frame = {
            "x": x,
            "y": y,
            "width": _WIDTH,
            "height": height,
            "radius": 6,
            "fill": "#f8fafc",
            "line": "#cbd5e1",
        }
        parts.append(_FRAME.format(**frame))
        parts.append(_text(x + _PAD, y + _PAD + 12, f'<tspan font-weight="bold">{escape(name)}</tspan>'))
        for at, (text, urgent) in enumerate(rows, 1):
            line = y + _PAD + 12 + at * _LINE
            if text:
                parts.append(_text(x + _PAD, line, escape(text)))
            else:
                parts.append(
                    f'<text x="{x + _WIDTH - _PAD}" y="{line:.0f}" text-anchor="end" fill="{_HUMAN}" '
                    f'font-size="11">{escape(urgent)}</text>'
                )
        ends[column] += height + _CARD_GAP
    return parts, max(ends)


def _text(x: float, y: float, inner: str, fill: str = "#111827") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{fill}" xml:space="preserve">{inner}</text>'


def _two_lines(label: str, target: str) -> bool:
    """Say whether a way needs a line for its label and one for its target."""
    return _wide(f"{label}  → {target}") > _WIDTH - 2 * _PAD


def _wide(text: str) -> float:
    return sum(_NARROW_PX if ord(char) < 0x1100 else _WIDE_PX for char in text)


def _cut(text: str, most_px: float) -> str:
    if _wide(text) <= most_px:
        return text
    while text and _wide(text + "…") > most_px:
        text = text[:-1]
    return text + "…"


def _wrapped(text: str) -> list[str]:
    """Break a sentence into lines of a box's width, at most a few."""
    lines: list[str] = []
    for word in text.split():
        if lines and _wide(f"{lines[-1]} {word}") <= _WIDTH - 2 * _PAD:
            lines[-1] += f" {word}"
        else:
            lines.append(_cut(word, _WIDTH - 2 * _PAD))
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES - 1] = _cut(lines[_MOST_LINES - 1] + " " + lines[_MOST_LINES], _WIDTH - 2 * _PAD)
    return lines[:_MOST_LINES]
