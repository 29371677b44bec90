"""The speech model, and the voice of prompts without a recording."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

from voicebot.doctor.finding import Finding
from voicebot.errors import UserError
from voicebot.settings import Settings


def speech_model(settings: Settings) -> Iterator[Finding]:
    """The speech model loads on the device that is asked for."""
    speech = settings.speech
    try:
        from voicebot.speech.recogniser import Recogniser  # noqa: PLC0415  may be what is broken

        Recogniser(speech.model, device=speech.device, compute_type=speech.compute_type)
    except UserError as error:
        yield Finding(
            "speech model", "failed", str(error), "name a CTranslate2 Whisper directory as speech.model"
        )
    except ImportError as error:
        yield Finding("speech model", "failed", f"cannot be loaded: {error}", "run `make setup`")
    else:
        yield Finding("speech model", "ok", f"{speech.model} on {speech.device}")


def espeak(_settings: Settings) -> Iterator[Finding]:
    """espeak-ng speaks Korean."""
    remedy = "apt-get install espeak-ng"
    program = shutil.which("espeak-ng")
    if program is None:
        yield Finding(
            "espeak-ng", "failed", "not installed: prompts without a recording have no voice", remedy
        )
        return
    done = subprocess.run([program, "--voices=ko"], capture_output=True, text=True, timeout=10, check=False)
    if "Korean" in done.stdout:
        yield Finding("espeak-ng", "ok", f"{program}, with a Korean voice")
    else:
        yield Finding("espeak-ng", "failed", f"{program} has no Korean voice", f"{remedy} espeak-ng-data")
