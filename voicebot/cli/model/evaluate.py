"""``voicebot model evaluate``: what a model hears of people on a telephone, heard as calls are heard."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from voicebot.audio.telephone import through_a_telephone
from voicebot.audio.wav import write_wav
from voicebot.bench.machine import machine
from voicebot.cli.transcribe import transcribe
from voicebot.settings import Settings
from voicebot.speech.cards import runs_on_a_card
from voicebot.speech_models.folder import SpeechModel, chosen, keep_measured
from voicebot.speech_models.manifest import GROUPS, SpokenClip, read_audio, read_manifest
from voicebot.speech_models.scoring import syllable_errors
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ
from voicebot.wiring import load_recogniser

_FEWEST_TO_KEEP = 50
"""Clips from which on the result is written into the model's card, which `voicebot doctor` shows: with 50
clips of 20 syllables the standard error of a rate of 18 % is about 2 points, as clips go, not a chance
result of three."""


@dataclass(frozen=True, slots=True)
class HeardClip:
    """A clip and what was heard of it."""

    clip: SpokenClip
    heard: str
    wrong: int
    syllables: int


def run(settings: Settings, manifest: Path, *, as_json: bool) -> int:
    """Measure the model of the settings on a manifest; returns the exit code. Raises `UserError`."""
    clips = read_manifest(manifest)
    model = chosen(settings.speech, on_a_card=runs_on_a_card(settings.speech.device))
    about = machine()
    heard, cost = _heard(settings, clips)
    figures = {
        "machine": about,
        "model": {"name": model.name, "directory": str(model.directory), "bytes": model.size_bytes},
        "manifest": str(manifest),
        **_figures(heard),
        **cost,
        "by": {key: grouped for key in GROUPS if (grouped := _by(heard, key))},
        "by_speaker": _by_speaker(heard),
        "clips": [
            {
                "file": str(each.clip.file),
                "said": each.clip.text,
                "heard": each.heard,
                "wrong": each.wrong,
                "of": each.syllables,
            }
            for each in heard
        ],
    }
    _keep(model, figures, len(figures["by_speaker"]))
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
    else:
        _show(figures)
    return 0


def _heard(settings: Settings, clips: Sequence[SpokenClip]) -> tuple[list[HeardClip], dict[str, float]]:
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="voicebot-evaluate-") as folder:
        files, speech_s = [], 0.0
        for number, clip in enumerate(clips):
            pcm = through_a_telephone(*read_audio(clip.file))
            speech_s += len(pcm) / TELEPHONE_RATE_HZ
            files.append(Path(folder, f"{number}.wav"))
            write_wav(files[-1], pcm)
        recogniser = load_recogniser(settings)
        list(transcribe(recogniser, files[:1]))  # the first run pays for what is made once
        began_s, processor_s = time.perf_counter(), time.process_time()
        results = transcribe(recogniser, files)
        shown = track(results, "hearing", len(files), console=console, disable=not console.is_terminal)
        texts = [str(result["text"]) for result in shown]
        cost = {
            "speech_s": round(speech_s, 1),
            "processor_ms_per_s": round(1000 * (time.process_time() - processor_s) / speech_s, 1),
            "wall_s": round(time.perf_counter() - began_s, 1),
        }
    pairs = zip(clips, texts, strict=True)
    return [HeardClip(clip, text, *syllable_errors(clip.text, text)) for clip, text in pairs], cost


def _figures(heard: Sequence[HeardClip]) -> dict[str, Any]:
    syllables = sum(each.syllables for each in heard)
    return {
        "count": len(heard),
        "syllables": syllables,
        "syllable_error": round(sum(each.wrong for each in heard) / max(1, syllables), 4),
        "empty": sum(not each.heard for each in heard),
    }


def _by(heard: Sequence[HeardClip], key: str) -> dict[str, dict[str, Any]]:
    values = sorted({each.clip.groups[key] for each in heard if key in each.clip.groups})
    return {
        value: _figures([each for each in heard if each.clip.groups.get(key) == value]) for value in values
    }


def _by_speaker(heard: Sequence[HeardClip]) -> dict[str, dict[str, Any]]:
    names = sorted({each.clip.speaker for each in heard if each.clip.speaker})
    return {name: _figures([each for each in heard if each.clip.speaker == name]) for name in names}


def _keep(model: SpeechModel, figures: Mapping[str, Any], speakers: int) -> None:
    if figures["count"] < _FEWEST_TO_KEEP:
        return
    text = (
        f"{figures['syllable_error']:.1%} of syllables wrong on {figures['count']} utterances of "
        f"{speakers} people at "
        f"telephone quality, {figures['processor_ms_per_s']:.0f} ms of processor per second of speech"
    )
    keep_measured(model, {"by": "evaluate", "text": text, "at": datetime.now(UTC).date().isoformat()})


def _show(figures: Mapping[str, Any]) -> None:
    table = Table("group", "clips", "syllables", "wrong", "heard nothing")
    rows = {"all": figures}
    for key, groups in figures["by"].items():
        rows |= {f"{key}: {value}": found for value, found in groups.items()}
    for name, found in rows.items():
        counts = (str(found["count"]), str(found["syllables"]))
        table.add_row(name, *counts, f"{found['syllable_error']:.1%}", str(found["empty"]))
    worst = sorted(figures["by_speaker"].items(), key=lambda each: -each[1]["syllable_error"])
    Console().print(table)
    if len(worst) > 1:
        best_name, best = worst[-1]
        worst_name, most = worst[0]
        click.echo(
            f"of {len(worst)} speakers the best heard is {best_name} ({best['syllable_error']:.1%} wrong), "
            "the worst "
            f"{worst_name} ({most['syllable_error']:.1%})"
        )
    about = figures["machine"]
    click.echo(
        f"{figures['model']['name']}: {figures['processor_ms_per_s']:.1f} ms of processor per second of "
        "speech, the whole "
        f"way of `voicebot transcribe`; {figures['speech_s']:.0f} s of speech on {about['processor']}, "
        f"{about['cores']} cores, load {about['load_average'][0]}"
    )
