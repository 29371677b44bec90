"""``voicebot demo``: one server, one operator, three callers, all on loopback; about a minute."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import structlog
from rich.console import Console

from voicebot.control import LineConfig
from voicebot.demo.callers import (
    CALLER_TONE_HZ,
    CALLERS,
    OPERATOR_TONE_HZ,
    Result,
    Tones,
    play_caller,
    play_operator,
)
from voicebot.demo.phones import HungUp, Phone, PhoneBox, tone_clip
from voicebot.demo.ports import free_ports, free_row
from voicebot.demo.server import Server
from voicebot.demo.view import View, summary
from voicebot.errors import UserError
from voicebot.speech.synthesiser import Synthesiser

_LOOK_INTERVAL_S = 0.2
"""Five looks a second at the live calls: as fast as somebody can read."""
_LINES = 2
"""Line processes: each takes two callers with the stock pjsua2."""
_STAGGER_S = 1.5
"""So that the calls begin one after the other on the screen."""
_CALL_LIMIT_S = 120.0
"""Chosen: what has not come to an end by then will not."""
_PIPE_COLUMNS = 140
"""The longest line fits; rich would fold at 80 where there is no terminal."""
_RTP_FIRST, _RTP_BLOCKS = 12_000, 40
"""Blocks of 100 ports up to 15999: apart from the server's default (20000 on) and from those of author tests
(17000 on), and below the ports that Linux gives out by itself (32768 on)."""


def run(audio: Mapping[str, Path] | None = None, keep: Path | None = None) -> int:
    """Run the demonstration; returns 0 only when all calls ended as they should.

    ``audio`` replaces what a caller (``fire``, ``tree``) says first by a WAV file; ``keep`` is a folder
    for records, recordings and logs, otherwise they are deleted at the end.
    """
    unknown = set(audio or {}) - {caller.name for caller in CALLERS if caller.says}
    if unknown:
        names = ", ".join(caller.name for caller in CALLERS if caller.says)
        raise UserError(f"--audio: no caller is called {', '.join(sorted(unknown))}; they are {names}.")
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-demo-")))
        folder = scratch if keep is None else keep
        folder.mkdir(parents=True, exist_ok=True)
        logs = stack.enter_context((folder / "phones.log").open("w", encoding="utf-8"))
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(logs))
        with asyncio.Runner() as runner:
            return runner.run(_Demo(folder, scratch, dict(audio or {})).play())


class _Demo:
    def __init__(self, folder: Path, scratch: Path, audio: dict[str, Path]) -> None:
        self._folder = folder
        self._scratch = scratch  # a short path: sockets lie here
        self._audio = audio
        self._rtp = _RTP_FIRST + os.getpid() % _RTP_BLOCKS * 100  # two demos at once stay apart
        console = Console(highlight=False)
        self._console = console if console.is_terminal else Console(highlight=False, width=_PIPE_COLUMNS)
        self._view = View(self._console, CALLERS)
        self._synthesiser = Synthesiser(folder / "speech")
        self._tones = Tones(
            tone_clip(folder, CALLER_TONE_HZ, 1500), tone_clip(folder, OPERATOR_TONE_HZ, 1500)
        )
        self._results = [Result(caller) for caller in CALLERS]
        self._operator_tasks: set[asyncio.Task[None]] = set()
        self._serving: Result | None = None

    async def play(self) -> int:
        sip = free_row(_LINES)
        phones, http = free_ports(2)
        config = self._write_settings(sip, phones, http)
        self._view.note(f"server on sip:127.0.0.1:{sip}, operator and callers on sip:127.0.0.1:{phones}")
        box = PhoneBox(self._phone_config(phones), self._synthesiser, self._operator_rings)
        self._box = box
        async with Server(config, f"127.0.0.1:{http}", self._folder / "server.log") as server:
            self._server = server
            serving = asyncio.create_task(box.run())
            looking = asyncio.create_task(self._look())
            try:
                await box.pool.wait_ready(20)
                self._view.note("ready; three people dial 119")
                async with asyncio.TaskGroup() as group:
                    for number, result in enumerate(self._results):
                        uri = f"sip:119@127.0.0.1:{sip + number % _LINES}"
                        group.create_task(self._call(result, uri, number * _STAGGER_S))
                await asyncio.sleep(0.5)
                for result in self._results:
                    result.incident = await server.incident_of(result.caller.number)
                    if result.incident is not None:
                        self._view.show(result.incident)
            finally:
                looking.cancel()
                for task in (*self._operator_tasks, serving):
                    task.cancel()
                await asyncio.gather(looking, serving, *self._operator_tasks, return_exceptions=True)
        summary(self._console, self._results)
        return 1 if any(result.problems() for result in self._results) else 0

    async def _call(self, result: Result, uri: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        caller = result.caller
        self._view.note(f"dials: {caller.title}", caller.name)
        try:
            async with asyncio.timeout(_CALL_LIMIT_S):
                phone = await self._box.call(uri, caller.number, caller.voice)
                audio = self._audio.get(caller.name)
                await play_caller(phone, result, self._server, self._tones, audio, self._synthesiser)
        except HungUp:
            result.failure = "the call was refused"
        except TimeoutError:
            result.failure = "the call took too long"

    def _operator_rings(self, phone: Phone) -> None:
        task = asyncio.create_task(self._operator(phone))
        self._operator_tasks.add(task)
        task.add_done_callback(self._operator_tasks.discard)

    async def _operator(self, phone: Phone) -> None:
        with contextlib.suppress(HungUp, TimeoutError):
            await self._box.answer(phone)
            result = await self._result_in_transfer()
            self._view.note("operator picks up and listens to the brief", result.caller.name)
            await play_operator(phone, result, self._tones)

    async def _result_in_transfer(self) -> Result:
        while True:
            for call in await self._server.calls():
                if call["transfer"]["phase"] in ("ringing", "briefing"):
                    return next(each for each in self._results if each.caller.number == call["number"])
            await asyncio.sleep(_LOOK_INTERVAL_S)

    async def _look(self) -> None:
        while True:
            for call in await self._server.calls():
                self._view.show(call)
            await asyncio.sleep(_LOOK_INTERVAL_S)

    def _write_settings(self, sip: int, phones: int, http: int) -> Path:
        settings = {
            "sip": {
                "listen": f"127.0.0.1:{sip}",
                "allow_from": ["127.0.0.1"],
                "line_processes": _LINES,
                "rtp_ports": f"{self._rtp}-{self._rtp + 49}",
            },
            "operators": [{"name": "desk1", "uri": f"sip:desk1@127.0.0.1:{phones}"}],
            "speech": {"synthetic_voices_only": True},
            "http": {"listen": f"127.0.0.1:{http}"},
            "store": {"url": f"sqlite:///{self._folder / 'incidents.db'}"},
            "recordings": {"directory": str(self._folder / "recordings")},
            "run_directory": str(self._scratch / "run"),
        }
        path = self._folder / "voicebot.yaml"
        path.write_text(json.dumps(settings, indent=2))  # JSON is YAML
        return path

    def _phone_config(self, port: int) -> LineConfig:
        run = self._scratch / "phones"
        run.mkdir(exist_ok=True)
        return LineConfig(
            line=9,
            socket=str(run / "line.sock"),
            rings=str(run / "line.rings"),
            lock=str(run / "line.lock"),
            sip_host="127.0.0.1",
            sip_port=port,
            rtp_first_port=self._rtp + 50,
            rtp_last_port=self._rtp + 99,
            allow_from=("127.0.0.1",),
            reserved_legs=0,
            display_name="phone",
        )
