"""``voicebot`` with parts that fail while a test wants it: ``python faulty.py FILE serve --config …``.

While FILE holds the word, ``recogniser``: no recognition ever returns; ``detector``: no detection does;
``dialog``: every step of the dialog raises. SIGUSR1 blocks the event loop while FILE holds ``loop``.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voicebot import dialog
from voicebot.cli.main import main
from voicebot.speech.detector import Detector
from voicebot.speech.recogniser import Recogniser


def _hanging(file: Path, usual: Callable[..., Any], word: str) -> Callable[..., Any]:
    def hang(*arguments: Any) -> Any:
        while word in file.read_text():
            time.sleep(0.02)
        return usual(*arguments)

    return hang


def _raising(file: Path, usual: Callable[..., Any], word: str) -> Callable[..., Any]:
    def step(*arguments: Any) -> Any:
        if word in file.read_text():
            message = "a defect in the dialog"
            raise ZeroDivisionError(message)
        return usual(*arguments)

    return step


def _blocking(file: Path) -> Callable[..., Any]:
    def block(*_: Any) -> None:
        while "loop" in file.read_text():
            time.sleep(0.02)

    return block


if __name__ == "__main__":
    told = Path(sys.argv[1])
    for owner, name, fails in (
        (Recogniser, "encoded", _hanging),
        (Detector, "probabilities", _hanging),
        (dialog, "step", _raising),
    ):
        setattr(owner, name, fails(told, getattr(owner, name), owner.__name__.rpartition(".")[2].lower()))
    signal.signal(signal.SIGUSR1, _blocking(told))
    main(sys.argv[2:])
