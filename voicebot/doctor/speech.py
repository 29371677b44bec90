"""The speech model, and the voice of prompts without a recording."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

from voicebot.doctor.finding import Finding
from voicebot.errors import UserError
from voicebot.settings import Settings
from voicebot.speech_models.folder import SpeechModel, chosen, why_deaf


def speech_model(settings: Settings) -> Iterator[Finding]:
    """The speech model loads on the device that is asked for, and hears people."""
    speech = settings.speech
    try:
        from voicebot.speech.cards import runs_on_a_card  # noqa: PLC0415  may be what is broken
        from voicebot.speech.recogniser import Recogniser  # noqa: PLC0415  as well

        model = chosen(speech, on_a_card=runs_on_a_card(speech.device))
        Recogniser(model.directory, device=speech.device, compute_type=speech.compute_type)
    except UserError as error:
        yield Finding(
            "speech model", "failed", str(error), "name a CTranslate2 Whisper directory as speech.model"
        )
    except ImportError as error:
        yield Finding("speech model", "failed", f"cannot be loaded: {error}", "run `make setup`")
    else:
        yield Finding("speech model", "ok", f"{model.directory} on {speech.device}")
        yield _ears(settings, model)


def _ears(settings: Settings, model: SpeechModel) -> Finding:
    """Say what callers are heard with, and what that was measured to hear."""
    text = f"{model.name}: {model.measured}"
    if why_deaf(settings.speech, model):
        remedy = "run `voicebot model install whisper-base`: without ears for people no telephone is answered"
        return Finding("ears", "warning" if settings.speech.model else "failed", text, remedy)
    return Finding("ears", "ok", text)


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
