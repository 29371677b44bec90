"""``voicebot dialog prompts``: all audio of a dialog with how long it takes, and what lacks a recording."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from voicebot.cli.dialog.chat import write_wav
from voicebot.dialog import Dialog, Say, load_dialog

_LONGEST = 8
"""How many of the sentences are listed: those that an author may want to shorten."""
_TEXT = {
    "en": (
        "{recorded} recorded, {missing} synthesised",
        "no recording",
        "rendered into {folder}, the longest ones are listed",
    ),
    "ko": (
        "녹음 {recorded}개, 합성 {missing}개",
        "녹음 없음",
        "{folder}에 만들었습니다. 가장 긴 문장들입니다",
    ),
}


def run(file: Path, output: Path | None, lang: str) -> int:
    """List every sentence without a recording; render all into ``output`` when it is given."""
    dialog = load_dialog(file)
    total, lacking, done = _TEXT[lang]
    recorded = missing = 0
    for prompt in dialog.prompts.values():
        for wording in prompt.wordings():
            if wording.audio:
                recorded += 1
            else:
                missing += 1
                click.echo(f"{prompt.key} ({wording.language}): {lacking}: {wording.text}")
    click.echo(total.format(recorded=recorded, missing=missing))
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        lasting = asyncio.run(_render(dialog, output))
        for seconds, name in sorted(lasting, reverse=True)[:_LONGEST]:
            click.echo(f"{seconds:5.1f} s  {name}")
        click.echo(done.format(folder=output))
    return 0


def example_values(dialog: Dialog) -> dict[str, str]:
    """Return words that may fill the fields of prompts, of the usual length."""
    words = dialog.words
    slots = {
        name: {"number": "3", "yes_no": words.answers.get("yes", "예")}.get(
            slot.kind, next(iter(slot.words), "서울역 앞")
        )
        for name, slot in dialog.slots.items()
    }
    return {
        "place": "역삼동 테헤란로 152",
        "gu_choices": f"강남구 신사동 {words.choice} 은평구 신사동",
        "incident": words.incident["fire"],
        "urgency": words.urgency["urgent"],
        "flags": words.flags["trapped"],
        "reason": words.reason["silence"],
        "confirmed": words.confirmed["yes"],
        "agency": "다산콜센터",
        "agency_number": "120",
        "call_again": dialog.knowledge.guides.call_again,
        "queue_position": "3",
        "queue_ahead": "2",
        "wait_minutes": "2",
        **slots,
    }


async def _render(dialog: Dialog, folder: Path) -> list[tuple[float, str]]:
    """Write a WAV file for each wording, with examples in its fields; return seconds and names."""
    from voicebot.calls.voice import DialogVoice
    from voicebot.speech.synthesiser import Synthesiser

    voice = DialogVoice(dialog, dialog.folder, Synthesiser(folder / ".cache"))
    values = example_values(dialog)
    lasting: list[tuple[float, str]] = []
    for prompt in dialog.prompts.values():
        for number, wording in enumerate(prompt.wordings()):
            text = prompt.render(values, wording)
            pieces = wording.pieces(text, values, dialog.recordings)
            clip = await voice.rendered(Say(prompt.key, text, language=wording.language, pieces=pieces))
            name = prompt.key if number == 0 else f"{prompt.key}-{number + 1}"
            write_wav(folder / f"{name}.wav", clip.file.read_bytes())
            lasting.append((clip.duration_ms / 1000, name))
    return lasting
