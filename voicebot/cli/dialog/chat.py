"""``voicebot dialog chat``: a conversation by typing, with all that the bot knows shown at each turn."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path
from typing import get_args

import click

from voicebot import dialog
from voicebot.dialog.authoring.conversation import Conversation
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

_HELP = {
    "en": "Type what the caller says. /key 5, /silence, /noise, /part TEXT, /busy (or /no_answer, /declined "
    "…), /queue 3 120 (place in the queue, seconds to wait), /connect, /broken, /time, /quit.",
    "ko": "신고자의 말을 입력하십시오. /key 5 번호, /silence 침묵, /noise 소음, /part 말하는 중, /busy "
    "통화 중(/no_answer, /declined …), /queue 3 120 대기 순서와 예상 초, /connect 연결, /broken 인식 고장, "
    "/time 시간 초과, /quit 끝.",
}
_LABELS = {
    "en": {"step": "step", "urgency": "urgency", "flags": "flags", "place": "place", "confirmed": "confirmed",
           "slots": "slots", "why": "why", "transfer": "TRANSFER", "rerank": "MOVED UP",
           "closed": "REPORT CLOSED"},
    "ko": {"step": "단계", "urgency": "긴급도", "flags": "위험 신호", "place": "위치", "confirmed": "확인됨",
           "slots": "칸", "why": "근거", "transfer": "사람 연결", "rerank": "순서 당김",
           "closed": "신고 접수"},
}  # fmt: skip


def run(file: Path, voice: Path | None, load: int, lang: str) -> int:
    """Converse until ``/quit`` or the end of the input."""
    talk = Conversation.begun(dialog.load_dialog(file), dialog.Context(load=load))
    click.echo(_HELP[lang])
    spoken = 0
    known = 0
    while True:
        spoken = _show(talk, lang, voice, spoken, known)
        known = len(talk.state.assessment.evidence)
        try:
            line = click.prompt(">", prompt_suffix=" ", default="", show_default=False).strip()
        except (EOFError, click.Abort):
            return 0
        if line == "/quit":
            return 0
        if line:
            _act(talk, line)


def _act(talk: Conversation, line: str) -> None:
    command, _, rest = line.partition(" ")
    outcome = command.removeprefix("/")
    match command:
        case "/key":
            talk.act({"key": rest.strip() or "1"})
        case "/silence" | "/noise":
            talk.act({outcome: 1})
        case "/part":
            talk.act({"partial": rest})
        case "/queue" if rest and all(part.isdigit() for part in rest.split()):
            place = dict(zip(("position", "expected_wait_s"), map(int, rest.split()), strict=False))
            talk.act({"queue": place})
        case "/connect":
            talk.act({"transfer": "connected"})
        case "/broken":
            talk.act({"recogniser": "failed"})
        case "/time":
            talk.act({"time_limit": True})
        case _ if command.startswith("/") and outcome in get_args(dialog.TransferFailure):
            talk.act({"transfer": outcome})
        case _ if command.startswith("/"):
            click.echo(f"? {command}")
        case _:
            talk.act({"caller": line})


def _show(talk: Conversation, lang: str, voice: Path | None, spoken: int, known: int) -> int:
    """Print what the bot does and knows; return how many sentences have been spoken into files."""
    names, seen = _LABELS[lang], talk.seen()
    for effect in talk.effects:
        match effect:
            case dialog.Say(prompt, text):
                click.echo(f"  119  {text}   [{prompt}]")
                if voice is not None:
                    spoken += 1
                    asyncio.run(_speak(talk.dialog, effect, voice, spoken))
            case dialog.RequestTransfer(mode, urgency, reason, brief, group):
                way = ", ".join(filter(None, (mode, group, urgency, reason)))
                click.echo(f"  --   {names['transfer']}: {way}. {brief}")
            case dialog.Rerank(urgency):
                click.echo(f"  --   {names['rerank']}: {urgency}")
            case dialog.CloseIncident():
                click.echo(f"  --   {names['closed']}")
    facts = [f"{names['step']} {seen['step']}", f"{names['urgency']} {seen['urgency']}"]
    if seen["flags"]:
        facts.append(f"{names['flags']} {', '.join(seen['flags'])}")
    if seen["place"]:
        sure = f" ({names['confirmed']})" if seen["confirmed"] else ""
        facts.append(f"{names['place']} {seen['place']}{sure}")
    if seen["slots"]:
        facts.append(
            names["slots"] + " " + ", ".join(f"{key}={value}" for key, value in seen["slots"].items())
        )
    click.echo(f"  --   {' · '.join(facts)}")
    for item in talk.state.assessment.evidence[known:]:
        click.echo(f"  --   {names['why']}: {item.rule} ← {item.words!r}")
    return spoken


async def _speak(spoken: dialog.Dialog, said: dialog.Say, folder: Path, number: int) -> None:
    from voicebot.calls.voice import DialogVoice
    from voicebot.speech.synthesiser import Synthesiser

    voice = DialogVoice(spoken, spoken.folder, Synthesiser(folder / ".cache"))
    clip = await voice.rendered(said)
    write_wav(folder / f"{number:02d}-{said.prompt}.wav", clip.file.read_bytes())


def write_wav(path: Path, pcm: bytes) -> None:
    """Write 16-bit 8 kHz mono samples as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(TELEPHONE_RATE_HZ)
        file.writeframes(pcm)
