"""``voicebot dialog prompts``: all audio of a dialog, and what lacks a recording."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from voicebot import dialog
from voicebot.cli.dialog_chat import write_wav

_TEXT = {
    "en": ("{recorded} recorded, {missing} synthesised", "no recording", "rendered into {folder}"),
    "ko": ("녹음 {recorded}개, 합성 {missing}개", "녹음 없음", "{folder}에 만들었습니다"),
}


def run(file: Path, output: Path | None, lang: str) -> int:
    """List every sentence without a recording; render all into ``output`` when it is given."""
    script = dialog.load_dialog(file)
    total, lacking, done = _TEXT[lang]
    recorded = missing = 0
    for prompt in script.prompts.values():
        for wording in prompt.wordings():
            if wording.audio:
                recorded += 1
            else:
                missing += 1
                click.echo(f"{prompt.key} ({wording.language}): {lacking}: {wording.text}")
    click.echo(total.format(recorded=recorded, missing=missing))
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        asyncio.run(_render(script, output))
        click.echo(done.format(folder=output))
    return 0


async def _render(script: dialog.Dialog, folder: Path) -> None:
    """Write a WAV file for each wording; a field is spoken by its name."""
    from voicebot.calls.voice import DialogVoice
    from voicebot.speech.synthesiser import Synthesiser

    voice = DialogVoice(script, script.folder, Synthesiser(folder / ".cache"))
    for prompt in script.prompts.values():
        for number, wording in enumerate(prompt.wordings()):
            text = prompt.render({name: name for name in wording.fields}, wording)
            pieces = wording.pieces(text, {}, script.recordings) if not wording.fields else ()
            clip = await voice.rendered(
                dialog.Say(prompt.key, text, language=wording.language, pieces=pieces)
            )
            name = prompt.key if number == 0 else f"{prompt.key}-{number + 1}"
            write_wav(folder / f"{name}.wav", clip.file.read_bytes())
