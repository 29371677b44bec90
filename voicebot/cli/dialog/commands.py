"""The commands ``voicebot dialog …`` for the authors of conversations. Heavy imports wait for the command."""

from __future__ import annotations

import locale
import os
from collections.abc import Sequence
from pathlib import Path

import click

_FILE = click.Path(path_type=Path)
_lang = click.option(
    "--lang", type=click.Choice(["ko", "en"]), help="Language of the messages; without it that of the locale."
)
_dialog_file = click.argument("file", type=_FILE)


@click.group()
def dialog() -> None:
    """Write, check, try and test conversations (docs/dialogs.md)."""


@dialog.command()
@click.argument("folder", type=_FILE)
@_lang
def new(folder: Path, lang: str | None) -> int:
    """Make a folder with the shipped dialogs, lexicon and tests, to write your own in."""
    from voicebot.cli.dialog.new import run
    from voicebot.settings import PROJECT_FOLDER

    return run(folder, PROJECT_FOLDER / "dialogs", lang or language())


@dialog.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--strict", is_flag=True, help="Refuse what is only doubtful, too.")
@click.option(
    "--config",
    type=_FILE,
    envvar="VOICEBOT_CONFIG",
    help="The settings that they are for: the groups that they ask for must be there.",
)
@_lang
def check(files: Sequence[Path], config: Path | None, lang: str | None, *, strict: bool) -> int:
    """Tell every mistake in dialog files, each with its line and how to mend it."""
    from voicebot.cli.dialog.check import run
    from voicebot.settings import load_settings

    groups = None if config is None else [group.name for group in load_settings(config, os.environ).groups]
    return run(files, lang or language(), groups, strict=strict)


@dialog.command()
@click.option("--output", type=_FILE, help="Write to this file instead of the terminal.")
def schema(output: Path | None) -> int:
    """Print the JSON Schema of dialog files, for editors that complete and check while typing."""
    from voicebot.cli.dialog.schema import text

    if output is None:
        click.echo(text(), nl=False)
    else:
        output.write_text(text(), encoding="utf-8")
    return 0


@dialog.command()
@_dialog_file
@click.option("--voice", type=_FILE, metavar="FOLDER", help="Speak each sentence into a WAV file here.")
@click.option("--load", default=1, show_default=True, help="So many calls are under way.")
@_lang
def chat(file: Path, voice: Path | None, load: int, lang: str | None) -> int:
    """Talk to a dialog by typing; shows slots, urgency and evidence at each turn."""
    from voicebot.cli.dialog.chat import run

    return run(file, voice, load, lang or language())


@dialog.command("test")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--verbose", is_flag=True, help="Name the tests that pass, too.")
@click.option("--audio", is_flag=True, help="Play those marked 'audio: true' as real SIP calls, with speech.")
@click.option("--noise", type=float, metavar="DB", help="With --audio: noise so many dB below the speech.")
@click.option("--calls", default=2, show_default=True, help="With --audio: so many calls at once.")
@click.option("--only", metavar="TEXT", help="Only the tests with this text in their names.")
@_lang
def test_(
    files: Sequence[Path],
    lang: str | None,
    noise: float | None,
    calls: int,
    only: str | None,
    *,
    verbose: bool,
    audio: bool,
) -> int:
    """Play the conversations of test files as text on a virtual clock; exit 1 when one goes otherwise."""
    from voicebot.dialog.authoring.author_tests import read_author_tests

    tests = [test for file in files for test in read_author_tests(file) if (only or "") in test.name]
    if audio:
        from voicebot.cli.dialog import play_as_calls

        options = play_as_calls.Options(lang or language(), noise, calls, verbose)
        return play_as_calls.run(tests, options)
    from voicebot.cli.dialog.play_as_text import run

    return run(tests, lang or language(), verbose=verbose)


@dialog.command()
@_dialog_file
@click.option("--format", "form", type=click.Choice(["mermaid", "svg"]), default="mermaid", show_default=True)
@click.option("--output", type=_FILE, help="Write to this file instead of the terminal.")
@_lang
def graph(file: Path, form: str, output: Path | None, lang: str | None) -> int:
    """Draw the steps of a dialog and what happens in every step."""
    from voicebot.cli.dialog.graph import draw

    drawn = draw(file, form, lang or language())
    if output is None:
        click.echo(drawn, nl=False)
    else:
        output.write_text(drawn, encoding="utf-8")
    return 0


@dialog.command()
@_dialog_file
@click.option("--output", type=_FILE, metavar="FOLDER", help="Render every sentence into WAV files here.")
@_lang
def prompts(file: Path, output: Path | None, lang: str | None) -> int:
    """List the sentences that have no recording, and render all audio."""
    from voicebot.cli.dialog.prompts import run

    return run(file, output, lang or language())


def language() -> str:
    """Return the language of messages by the locale: Korean where it is Korean, else English."""
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    named = named or (locale.getlocale()[0] or "")
    return "ko" if named.lower().startswith("ko") else "en"
