"""A dialog as a picture, laid out by Graphviz: steps with sentences and routes, and the questions below."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from html import escape

import graphviz

from voicebot.dialog import Dialog
from voicebot.dialog.steps.choose import Choose
from voicebot.dialog.steps.transfer import Transfer
from voicebot.dialog.steps.triage import Triage
from voicebot.errors import UserError

_COLUMNS = 40
"""Latin letters in a line of a box; a Korean one takes two. About twenty syllables read as one line."""
_MOST_LINES = 3
"""Lines of a step's sentence, so that a long greeting does not push the routes out of sight."""
_CARDS_IN_A_ROW = 7
"""Question sets side by side: about two thirds as wide as the steps of dialogs/119.yaml."""
_EVERY, _START, _TITLE = "*every", "*start", "title"
_FONTS = "Noto Sans KR,Noto Sans CJK KR,Apple SD Gothic Neo,Malgun Gothic,NanumGothic,sans-serif"
_GAP = '<font point-size="4"> </font><br align="left"/>'
_COLOURS = {
    "transfer": "#fbd9d5", "record": "#d9f0df", "refer": "#d9f0df", "end": "#d9f0df", "stay": "#d9f0df",
    "choose": "#fff1c4", "call": "#fff1c4", "goto": "#fff1c4", "set": "#fff1c4", "event": "#ece7f6",
}  # fmt: skip
_PLAIN, _HUMAN, _GREY, _CARD_LINE = "#e4eefb", "#b3261e", "#6b7280", "#cbd5e1"
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
        "no_dot": "--format svg needs the program dot, which is not on this machine: install Graphviz "
        "(apt-get install graphviz), or take --format mermaid.",
        "broken": "dot could not draw this dialog ({}): take --format mermaid.",
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
        "no_dot": "--format svg에는 dot 프로그램이 필요한데 이 컴퓨터에 없습니다. Graphviz를 "
        "설치하거나(apt-get install graphviz) --format mermaid를 쓰십시오.",
        "broken": "dot이 이 대화를 그리지 못했습니다({}). --format mermaid를 쓰십시오.",
    },
}

Routes = Sequence[tuple[str, str]]
"""What leads on, and to which step."""


def picture(dialog: Dialog, lang: str) -> str:
    """Return the SVG; ``lang`` is that of the words around the dialog, ``ko`` or ``en``.

    Raises `UserError` when Graphviz's program ``dot`` is not on this machine, or cannot draw it.
    """
    try:
        return str(drawing(dialog, lang).pipe(format="svg", encoding="utf-8"))
    except graphviz.ExecutableNotFound:
        raise UserError(_WORDS[lang]["no_dot"]) from None
    except graphviz.CalledProcessError as error:
        raise UserError(_WORDS[lang]["broken"].format(error.returncode)) from error


def drawing(dialog: Dialog, lang: str) -> graphviz.Digraph:
    """Return the picture in Graphviz's own language."""
    words = _WORDS[lang]
    drawn = graphviz.Digraph()
    drawn.attr(
        rankdir="LR",
        fontname=_FONTS,
        nodesep="0.25",
        ranksep="0.9",
        fontsize="12",
        labelloc="b",
        labeljust="l",
    )
    drawn.attr("node", shape="plain", fontname=_FONTS, fontsize="12")
    drawn.attr("edge", color=_GREY, arrowsize="0.7")
    drawn.attr(label=_questions(dialog, words), labelloc="b", labeljust="l")
    humans = {name for name, step in dialog.steps.items() if isinstance(step, Transfer)}
    with drawn.subgraph(name="cluster_steps") as steps:
        steps.attr(label=_heading(dialog, words), labelloc="t", labeljust="l", color="white", margin="16")
        for name, (title, routes) in _events(dialog, words).items():
            steps.node(name, _box(title, "event", "", [], routes, humans))
            _draw(steps, name, routes, dialog, humans if name != _EVERY else frozenset())
        for name in _reached(dialog):
            step, routes = dialog.steps[name], list(_routes(dialog, name))
            steps.node(
                name, _box(name, step.verb, step.verb, _wrapped(_sentence(dialog, name)), routes, humans)
            )
            _draw(steps, name, routes, dialog, humans)
    return drawn


def _draw(
    drawn: graphviz.Digraph, name: str, routes: Routes, dialog: Dialog, undrawn: set[str] | frozenset[str]
) -> None:
    """Draw a line for each route; none to a human but from every step, or half of the lines led there."""
    look = {"color": _HUMAN, "penwidth": "2"} if name == _EVERY else {}
    for number, (_, target) in enumerate(routes):
        if target in dialog.steps and target not in undrawn:
            drawn.edge(f"{name}:{number}:e", f"{target}:{_TITLE}:w", **look)


def _events(dialog: Dialog, words: dict[str, str]) -> dict[str, tuple[str, Routes]]:
    """Return what leads to steps from everywhere: a title and routes, by the name of the box."""
    on = dialog.handlers
    every = [
        (words["human"], on.human),
        (words["silence"], on.silence.then),
        (words["unclear"], on.unclear.then),
        (words["keypad"], on.keypad.then),
        (words["recogniser_failed"], on.recogniser_failed),
        (words["time_limit"], on.time_limit),
    ]
    special = [(words["language"].format(name), target) for name, target in on.language.items()]
    special += [(words["wrong_number"], on.wrong_number)] if on.wrong_number else []
    special += [(words["overload"].format(on.overload.at), on.overload.go)] if on.overload else []
    return {
        _START: (words["start"], [("", dialog.start)]),
        _EVERY: (words["every"], [*every, *special]),
    }


def _reached(dialog: Dialog) -> list[str]:
    """Return the steps that a call may come to, each after one that leads to it."""
    order: list[str] = []
    waiting = [target for _, routes in _events(dialog, _WORDS["en"]).values() for _, target in routes]
    while waiting:
        name = waiting.pop(0)
        if name not in order and name in dialog.steps:
            order.append(name)
            waiting = [*(target for _, target in _routes(dialog, name)), *waiting]
    return order


def _routes(dialog: Dialog, name: str) -> Iterator[tuple[str, str]]:
    """Yield the routes out of a step with what leads there."""
    step = dialog.steps[name]
    if isinstance(step, Choose):
        for case in step.cases:
            told = case.when.model_dump(exclude_defaults=True)
            yield "; ".join(f"{key}: {_value(value)}" for key, value in told.items()), case.go
        yield "otherwise", step.otherwise
    else:
        yield from step.exits().items()
    override = dialog.overrides.get(name)
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


def _sentence(dialog: Dialog, name: str) -> str:
    prompt = next((key for key in dialog.steps[name].prompts() if key in dialog.prompts), None)
    return dialog.prompts[prompt].text if prompt else ""


# --- labels, in Graphviz's HTML ------------------------------------------------------------------------


def _heading(dialog: Dialog, words: dict[str, str]) -> str:
    version = f"{words['version']} {dialog.version}"
    title = f'<font point-size="24"><b>{escape(dialog.name)}</b></font>'
    return f'<<table border="0"><tr><td align="left">{title}  {_coloured(version, _GREY)}</td></tr></table>>'


def _box(title: str, kind: str, verb: str, sentence: Sequence[str], routes: Routes, humans: set[str]) -> str:
    """Return the label of a box; each route is a row, and a port for its line."""
    head = f'<b><font point-size="14">{escape(title)}</font></b>'
    rows = [_row(head + (f"  {_coloured(verb, _GREY)}" if verb else ""), port=_TITLE)]
    if sentence:
        rows.append(_row(_left(map(escape, sentence))))
    for number, (label, target) in enumerate(routes):
        to = _coloured(f"→ {target}", _HUMAN if target in humans else "black")
        what = _left(_coloured(line, _GREY) for line in _wrapped(label))
        rows.append(
            f'<tr><td align="left">{what or " "}</td><td align="right" port="{number}">{to}</td></tr>'
        )
    return (
        f'<<table border="1" cellborder="0" cellspacing="0" cellpadding="4" style="rounded" '
        f'bgcolor="{_COLOURS.get(kind, _PLAIN)}" color="{_GREY}">{"".join(rows)}</table>>'
    )


def _questions(dialog: Dialog, words: dict[str, str]) -> str:
    """Return the question sets as cards, in rows; nothing when no step asks them."""
    if not any(isinstance(step, Triage | Transfer) for step in dialog.steps.values()):
        return ""
    cards = []
    for name, questions in dialog.questions.items():
        text = f'<b><font point-size="14">{escape(name)}</font></b><br align="left"/>'
        for number, question in enumerate(questions, 1):
            lines = _wrapped(f"{number} {dialog.prompts[question.prompt].text}")
            text += _GAP + _left(map(escape, lines))
            if question.urgent_if:
                told = ", ".join(words.get(value, value) for value in question.urgent_if)
                text += _GAP + _coloured(f"{told} → {words['urgent']}", _HUMAN) + '<br align="right"/>'
        # one cell, as rows would be spread over the height of the tallest card beside it
        look = f'border="1" style="rounded" color="{_CARD_LINE}" cellpadding="8" align="left" valign="top"'
        cards.append(f"<td {look}>{text}</td>")
    if not cards:
        return ""
    in_rows = [cards[at : at + _CARDS_IN_A_ROW] for at in range(0, len(cards), _CARDS_IN_A_ROW)]
    title = f'<b><font point-size="17">{words["questions"]}</font></b>'
    below = "".join(f"<tr>{''.join(each)}</tr>" for each in in_rows)
    head = f'<tr><td align="left" colspan="{_CARDS_IN_A_ROW}">{title}</td></tr>'
    return f'<<table border="0" cellspacing="12">{head}{below}</table>>'


def _row(inner: str, port: str = "") -> str:
    return (
        f'<tr><td align="left" balign="left" colspan="2"{f" port={port!r}" if port else ""}>{inner}</td></tr>'
    )


def _left(lines: Iterable[str]) -> str:
    return "".join(f'{line}<br align="left"/>' for line in lines)


def _coloured(text: str, colour: str) -> str:
    return f'<font color="{colour}">{escape(text)}</font>' if text else ""


def _wrapped(text: str) -> list[str]:
    """Break a text into lines of a box's width, at most a few; what is left out ends in "…"."""
    lines: list[str] = []
    for word in text.split():
        if lines and _columns(f"{lines[-1]} {word}") <= _COLUMNS:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES - 1] += " …"
    return lines[:_MOST_LINES]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
