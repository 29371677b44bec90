"""``voicebot dialog test --audio``: author tests as real SIP calls, with synthesised speech and noise."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from voicebot.demo.rehearsal import Rehearsal
from voicebot.dialog.authoring.author_tests import AuthorTest

_TEXTS = {
    "en": {"heard": "heard", "total": "{passed} of {all} passed as calls, {seconds:.0f} s"},
    "ko": {"heard": "알아들은 말", "total": "{all}개 가운데 {passed}개가 통화로 통과, {seconds:.0f}초"},
}


@dataclass(frozen=True, slots=True)
class Options:
    """How the calls are made and shown."""

    lang: str = "en"
    noise_db: float | None = None
    """Noise so many dB below the speech; None for none."""
    calls: int = 2
    """Calls at the same time."""
    verbose: bool = False
    """Show what was heard of the tests that pass, too."""


def run(tests: Sequence[AuthorTest], options: Options) -> int:
    """Play the tests that are marked ``audio: true``; return 1 when one went otherwise than expected."""
    import structlog

    chosen = [test for test in tests if test.audio]
    began_s = time.monotonic()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-dialog-")))
        log = stack.enter_context((folder / "phones.log").open("w", encoding="utf-8"))
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        passed = asyncio.run(_play_all(chosen, folder, options))
    seconds = time.monotonic() - began_s
    click.echo(_TEXTS[options.lang]["total"].format(all=len(chosen), passed=passed, seconds=seconds))
    return 0 if passed == len(chosen) else 1


async def _play_all(tests: Sequence[AuthorTest], folder: Path, options: Options) -> int:
    """Play each dialog's tests on a server of its own; return how many went as expected."""
    passed = 0
    for number, dialog in enumerate(dict.fromkeys(test.dialog for test in tests)):
        own = folder / str(number)
        own.mkdir()
        queue = [
            (f"010{number:04d}{count:04d}", each) for count, each in enumerate(tests) if each.dialog == dialog
        ]
        calls = min(options.calls, len(queue))
        async with Rehearsal(dialog, own, options.noise_db, calls) as rehearsal:
            lines = (_play_in_turn(rehearsal, queue, place, options) for place in range(calls))
            passed += sum(await asyncio.gather(*lines))
    return passed


async def _play_in_turn(
    rehearsal: Rehearsal, queue: list[tuple[str, AuthorTest]], place: int, options: Options
) -> int:
    """Play tests from the queue on one line until it is empty; return how many went as expected."""
    passed = 0
    while queue:
        number, test = queue.pop(0)
        found = await rehearsal.play(test, number, place)
        click.echo(f"{'FAILED' if found else 'passed'} {test.name}")
        for difference in found:
            click.echo(f"  {difference.text(options.lang)}")
        if found or options.verbose:
            heard = " / ".join(await rehearsal.heard(number))
            click.echo(f"  {_TEXTS[options.lang]['heard']}: {heard}")
        passed += not found
    return passed
