"""Mistakes that a person can mend: one sentence, exit code 2, no traceback, from the real command."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.phones import HOST, PATIENCE_S, free_ports
from voicebot.settings import PROJECT_FOLDER


async def serve(folder: Path, **settings: Any) -> tuple[int, str]:
    """Run ``voicebot serve``; returns the exit code and what it said on stderr."""
    config = folder / "voicebot.yaml"
    settings = {
        "sip": {"listen": f"{HOST}:{free_ports()}"},
        "speech": {"synthetic_voices_only": True},
        "http": {"listen": f"{HOST}:{free_ports()}"},
        "store": {"url": f"sqlite:///{folder / 'incidents.db'}"},
        "run_directory": str(folder / "run"),
    } | settings
    config.write_text(json.dumps(settings, indent=1))
    return await voicebot("serve", "--config", str(config))


async def voicebot(*arguments: str) -> tuple[int, str]:
    """Run the command."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voicebot", *arguments, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return process.returncode, said.decode()


def is_one_sentence(said: str, *words: str) -> None:
    """Check what was said."""
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1, said
    for word in words:
        assert word in said


async def test_an_unknown_key_is_refused_with_its_line_and_the_nearest_key(tmp_path: Path) -> None:
    """A typing error in the settings is found before a call is."""
    code, said = await serve(tmp_path, operatorz=[])
    assert code == 2
    is_one_sentence(said, "voicebot.yaml, line", "operatorz", "did you mean operators")


async def test_a_broken_dialog_is_refused_with_file_line_and_step(tmp_path: Path) -> None:
    """An author's mistake names its place."""
    dialogs = PROJECT_FOLDER / "dialogs"
    text = (dialogs / "119.yaml").read_text(encoding="utf-8")
    assert "yes: judge" in text
    lexicon = str(dialogs / "lexicon")
    broken = tmp_path / "broken.yaml"
    broken.write_text(
        text.replace("yes: judge", "yes: nowhere").replace("lexicon: lexicon", f"lexicon: {lexicon}"),
        encoding="utf-8",
    )
    code, said = await serve(tmp_path, dialog=str(broken))
    assert code == 2
    assert "Traceback" not in said
    assert f"{broken}:" in said
    assert "'nowhere'" in said


async def test_a_group_that_the_settings_do_not_have_is_refused(tmp_path: Path) -> None:
    """A dialog that asks for an unknown group does not start, and is told where to add it."""
    flow = tmp_path / "flow.yaml"
    base = PROJECT_FOLDER / "dialogs" / "119.yaml"
    text = base.read_text(encoding="utf-8").replace("lexicon: lexicon", f"lexicon: {base.parent / 'lexicon'}")
    flow.write_text(
        text.replace("      prompt: connecting\n", "      prompt: connecting\n      group: nowhere\n"),
        encoding="utf-8",
    )
    code, said = await serve(tmp_path, dialog=str(flow), groups=[{"name": "fire"}])
    assert code == 2
    is_one_sentence(said, f"{flow}:", "'nowhere'", "they have: fire", "'groups' of the settings")


async def test_a_missing_model_is_refused_with_what_to_give(tmp_path: Path) -> None:
    """A folder without a model says what it lacks."""
    code, said = await serve(tmp_path, speech={"model": str(tmp_path)})
    assert code == 2
    is_one_sentence(said, "preprocessor_config.json", "speech.model")


@pytest.mark.parametrize("which", ["sip", "http"])
async def test_a_port_in_use_is_refused_with_its_setting(tmp_path: Path, which: str) -> None:
    """The setting and the address are named, and nothing else is printed."""
    kind = socket.SOCK_DGRAM if which == "sip" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind((HOST, 0))
        if which == "http":
            holder.listen()
        port = holder.getsockname()[1]
        code, said = await serve(tmp_path, **{which: {"listen": f"{HOST}:{port}"}})
    assert code == 2
    is_one_sentence(said, f"{which}.listen", str(port), "stop the program")


async def test_no_settings_file_and_no_wav_are_told(tmp_path: Path) -> None:
    """Wrong paths are mistakes like any other."""
    for arguments in (("serve", "--config", "none.yaml"), ("transcribe", "--jsonl", "none.wav")):
        code, said = await voicebot(*arguments)
        assert code == 2
        is_one_sentence(said, "there is no such")
