"""The command ``voicebot``.

Exit codes: 0 done, 1 a check or the demonstration failed, 2 a mistake that a person can mend (one sentence on
stderr), 130 interrupted. What a command needs is imported when it runs, so that ``--version`` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicebot import __version__
from voicebot.cli.bench import bench
from voicebot.cli.dialog.commands import dialog
from voicebot.cli.model.commands import model
from voicebot.errors import UserError

if TYPE_CHECKING:
    from voicebot.settings import Settings

_INTERRUPTED = 130  # 128 and the number of SIGINT, as in a shell
_MISTAKE = 2  # as click has it for a wrong option

_config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    envvar="VOICEBOT_CONFIG",
    help="The settings file (docs/settings.md). Without one: the defaults and the environment.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="voicebot", message="%(prog)s %(version)s")
def cli() -> None:
    """Answer the overflow of an emergency call centre by SIP and hand callers to people."""


cli.add_command(dialog)


@cli.command()
@_config
def serve(config: Path | None) -> int:
    """Answer calls until SIGTERM or Ctrl-C."""
    settings = _settings(config)
    from voicebot import server

    return server.serve(settings)


@cli.command()
@click.option(
    "--audio",
    multiple=True,
    metavar="CALLER=WAV",
    help="Let a caller (fire, tree) say this recording first instead of the built-in sentence.",
)
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="FOLDER", help="Keep records, recordings and logs."
)
def demo(audio: Sequence[str], keep: Path | None) -> int:
    """Show three calls to a server on this machine; exit 0 only when all end as they should."""
    replaced = dict(_caller_and_file(each) for each in audio)
    from voicebot.cli.demo import run

    return run(replaced, keep)


@cli.command()
@_config
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(config: Path | None, *, as_json: bool) -> int:
    """Check this machine and the settings; exit 1 when something would fail."""
    settings = _settings(config)
    from voicebot.cli.doctor import run

    return run(settings, as_json=as_json)


@cli.command()
@_config
@click.option("--jsonl", is_flag=True, help="Print a JSON object per file and line.")
@click.argument("wav", nargs=-1, required=True, type=click.Path(path_type=Path))
def transcribe(config: Path | None, wav: Sequence[Path], *, jsonl: bool) -> int:
    """Write down what is said in WAV files, heard as a call is heard."""
    settings = _settings(config)
    from voicebot.cli.transcribe import show
    from voicebot.cli.transcribe import transcribe as transcribed
    from voicebot.wiring import deaf_to_people, load_recogniser

    show(transcribed(load_recogniser(settings), wav), jsonl=jsonl)
    if warning := deaf_to_people(settings):
        click.echo(warning, err=True)
    return 0


cli.add_command(bench)
cli.add_command(model)


@cli.command()
@_config
@click.option("--jsonl", is_flag=True, help="Read JSON lines or plain lines from stdin, print one for each.")
@click.option(
    "--evaluate", type=click.Path(path_type=Path), metavar="FILE", help="Measure on labelled JSON lines."
)
@click.option("--json", "as_json", is_flag=True, help="Print the measurement as JSON.")
@click.argument("text", nargs=-1)
def understand(
    config: Path | None, text: Sequence[str], evaluate: Path | None, *, jsonl: bool, as_json: bool
) -> int:
    """Show what is understood of a caller's words, and why."""
    settings = _settings(config)
    from voicebot.cli.understand import run

    return run(settings, " ".join(text), jsonl=jsonl, evaluate=evaluate, as_json=as_json)


def _settings(config: Path | None) -> Settings:
    from voicebot.settings import default_settings, load_settings

    return default_settings(os.environ) if config is None else load_settings(config, os.environ)


def _caller_and_file(text: str) -> tuple[str, Path]:
    caller, equals, file = text.partition("=")
    if not (caller and equals and file):
        message = f"--audio must be a caller and a file such as fire=mine.wav, not {text!r}."
        raise UserError(message)
    if not Path(file).is_file():
        message = f"--audio {text}: there is no file {file!r}; give the path of a WAV file."
        raise UserError(message)
    return caller, Path(file)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave the process with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    try:
        code = cli.main(arguments, standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: end without a word
        return 0
    except UserError as error:
        _complain([error])
        return _MISTAKE
    except BaseExceptionGroup as group:
        mistakes, others = group.split(UserError)
        if others is not None or mistakes is None:
            raise
        _complain(_leaves(mistakes))
        return _MISTAKE
    return code if isinstance(code, int) else 0


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for each in group.exceptions:
        found += _leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return found


def _complain(mistakes: Sequence[BaseException]) -> None:
    for sentence in dict.fromkeys(str(mistake) for mistake in mistakes):
        click.echo(sentence, err=True)
