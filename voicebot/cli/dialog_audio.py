"""``voicebot dialog test --audio``: author tests as real SIP calls, with synthesised speech and noise.

A server with the flow is started on loopback, a phone calls it and says the turns. What a call shows to the
outside is compared, within a time limit: the incident record and what the bot was heard to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import click
import numpy as np

from voicebot.cli.demo import free_ports
from voicebot.control import LineConfig
from voicebot.demo.phones import HungUp, Phone, PhoneBox
from voicebot.demo.server import Server
from voicebot.dialog.trials import Difference, Trial
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice

_SETTLE_S = 15.0
"""From the end of what the caller does to what must then be seen."""
_TEST_LIMIT_S = 180.0
_RTP_FIRST = 17_000 + os.getpid() % 20 * 100  # two runs at once stay apart
_OPERATOR = "op1"
_HEARD = {"en": "heard", "ko": "알아들은 말"}
COMPARED = (
    "transfer",
    "closed",
    "urgency",
    "category",
    "code",
    "flags",
    "place",
    "confirmed",
    "slots",
    "text",
)
"""Expectations that a call shows to the outside; the others hold for text only."""


class Rehearsal:
    """A server with one flow and a phone box, on loopback; use as an async context manager."""

    def __init__(self, flow: Path, folder: Path, noise_db: float | None) -> None:
        self._flow = flow
        self._folder = folder
        self._noise_db = noise_db
        self._synthesiser = Synthesiser(folder / "speech")
        self._accepting = False
        self._stack = contextlib.AsyncExitStack()
        self._operators: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        sip, phones, http = free_ports(3)
        self._uri = f"sip:119@127.0.0.1:{sip}"
        config = self._write_settings(sip, phones, http)
        self._box = PhoneBox(self._phone_config(phones), self._synthesiser, self._rung)
        server = Server(config, f"127.0.0.1:{http}", self._folder / "server.log")
        self._server = await self._stack.enter_async_context(server)
        serving = asyncio.create_task(self._box.run())
        self._stack.push_async_callback(_ended, serving)
        await self._box.pool.wait_ready(20)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._operators:
            task.cancel()
        await self._stack.aclose()

    async def play(self, trial: Trial, number: str) -> list[Difference]:
        """Play one test as a call from ``number``; return every difference."""
        self._accepting = any(turn.get("transfer") == "connected" for turn in trial.turns)
        voice = Voice("en-us" if trial.dialog.stem.endswith("-en") else "ko+f2", 150, 55)
        found: list[Difference] = []
        phone = await self._box.call(self._uri, number, voice)
        try:
            async with asyncio.timeout(_TEST_LIMIT_S):
                await phone.until_asked()
                found += await self._compare(trial.begins, trial, trial.line, number)
                for turn, line in zip(trial.turns, trial.lines, strict=True):
                    answered = asyncio.create_task(self._act(phone, turn, voice))
                    found += await self._compare(turn.get("expect", {}), trial, line, number, answered)
                    if found:
                        break  # what follows would be said into another conversation
        except (TimeoutError, HungUp) as error:
            found.append(Difference(trial.path, trial.line, "call", "to the end", type(error).__name__))
        finally:
            with contextlib.suppress(HungUp):
                await phone.hang_up()
        return found

    async def heard(self, number: str) -> list[str]:
        """Return what the recogniser made of the caller's words."""
        incident = await self._server.incident_of(number) or {"transcript": []}
        return [entry["text"] for entry in incident["transcript"] if entry["speaker"] == "caller"]

    async def _act(self, phone: Phone, turn: Mapping[str, Any], voice: Voice) -> None:
        """Do what the turn says and hear the answer out."""
        if "caller" in turn or "barge_in" in turn:
            await phone.play(await self._speech(str(turn.get("caller", turn.get("barge_in"))), voice))
        elif "key" in turn:
            await phone.press(str(turn["key"]))
        for _ in range(turn.get("silence", 1)):
            await phone.until_asked()

    async def _speech(self, text: str, voice: Voice) -> Clip:
        """Return the sentence spoken, with noise at so many decibels below it."""
        clip = await self._synthesiser.speech(text, voice)
        if self._noise_db is None:
            return clip
        return await asyncio.to_thread(_noisy, clip, self._noise_db)

    async def _compare(
        self,
        expected: Mapping[str, Any],
        trial: Trial,
        line: int,
        number: str,
        answered: asyncio.Task[None] | None = None,
    ) -> list[Difference]:
        """Wait until the record shows what is expected; return what it does not show in time."""
        if answered is not None:
            with contextlib.suppress(TimeoutError):
                await answered
        wanted = {key: value for key, value in expected.items() if key in COMPARED}
        seen: dict[str, Any] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_S):
                while True:
                    incident = await self._server.incident_of(number)
                    seen = shown(incident) if incident else {}
                    if all(key in seen and fits(key, value, seen[key]) for key, value in wanted.items()):
                        return []
                    await asyncio.sleep(0.2)
        return [
            Difference(trial.path, line, key, value, seen.get(key))
            for key, value in wanted.items()
            if not fits(key, value, seen.get(key))
        ]

    def _rung(self, phone: Phone) -> None:
        task = asyncio.create_task(self._operator(phone))
        self._operators.add(task)
        task.add_done_callback(self._operators.discard)

    async def _operator(self, phone: Phone) -> None:
        if self._accepting:
            with contextlib.suppress(HungUp, TimeoutError):
                await self._box.answer(phone)
                await phone.until_asked(quiet_ms=600)
                await phone.press("1")

    def _write_settings(self, sip: int, phones: int, http: int) -> Path:
        settings = {
            "dialog": str(self._flow.resolve()),
            "sip": {
                "listen": f"127.0.0.1:{sip}",
                "allow_from": ["127.0.0.1"],
                "rtp_ports": f"{_RTP_FIRST}-{_RTP_FIRST + 49}",
            },
            "operators": [{"name": _OPERATOR, "uri": f"sip:desk1@127.0.0.1:{phones}"}],
            "http": {"listen": f"127.0.0.1:{http}"},
            "store": {"url": f"sqlite:///{self._folder / 'incidents.db'}"},
            "run_directory": str(self._folder / "run"),
        }
        path = self._folder / "voicebot.yaml"
        path.write_text(json.dumps(settings), encoding="utf-8")
        return path

    def _phone_config(self, port: int) -> LineConfig:
        run = self._folder / "phones"
        run.mkdir(exist_ok=True)
        return LineConfig(
            line=9,
            socket=str(run / "line.sock"),
            rings=str(run / "line.rings"),
            lock=str(run / "line.lock"),
            sip_host="127.0.0.1",
            sip_port=port,
            rtp_first_port=_RTP_FIRST + 50,
            rtp_last_port=_RTP_FIRST + 99,
            allow_from=("127.0.0.1",),
            reserved_legs=0,
            display_name="phone",
        )


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def shown(incident: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an incident record tells in the words of a test."""
    place = incident["location"]
    parts = (place[key] for key in ("gu", "dong", "road", "number", "place"))
    bot = " ".join(entry["text"] for entry in incident["transcript"] if entry["speaker"] == "bot")
    return {
        "transfer": incident["transfer"]["mode"],
        "closed": incident["state"] == "reported",
        "urgency": incident["urgency"]["level"],
        "category": incident["type"]["category"],
        "code": incident["type"]["code"],
        "flags": incident["flags"],
        "place": " ".join(part for part in parts if part) or None,
        "confirmed": place["confirmed"],
        "slots": incident["answers"],
        "text": bot,
    }


def fits(key: str, expected: Any, seen: Any) -> bool:
    """Compare one expectation; of a transfer only whether there is one, of a report that is open nothing."""
    match key:
        case "transfer":
            return (expected is None) == (seen is None)
        case "closed":
            return bool(seen) or not expected
        case "text":
            return seen is not None and all(
                part in seen for part in ([expected] if isinstance(expected, str) else expected)
            )
        case "flags":
            return set(expected) <= set(seen or ())
        case "slots":
            return all(str((seen or {}).get(slot)) == str(value) for slot, value in expected.items())
        case _:
            return bool(expected == seen)


def _noisy(clip: Clip, below_db: float) -> Clip:
    speech = np.fromfile(clip.file, np.int16).astype(np.float64)
    level = float(np.sqrt(np.mean(speech**2))) * 10 ** (-below_db / 20)
    noise = np.random.default_rng(len(speech)).normal(0.0, level, len(speech))
    file = clip.file.with_name(f"{clip.file.stem}-{below_db:.0f}db.pcm")
    np.clip(speech + noise, -32_767, 32_767).astype(np.int16).tofile(file)
    return Clip(file, clip.duration_ms)


def run(trials: Sequence[Trial], lang: str, noise_db: float | None) -> int:
    """Play the tests that are marked ``audio: true``; return 1 when one went otherwise than expected."""
    import structlog

    chosen = [trial for trial in trials if trial.audio]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voicebot-dialog-")))
        log = stack.enter_context((folder / "phones.log").open("w", encoding="utf-8"))
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        failed = asyncio.run(_play_all(chosen, folder, lang, noise_db))
    passed = len(chosen) - failed
    text = "{all}개 가운데 {passed}개가 통화로 통과" if lang == "ko" else "{passed} of {all} passed as calls"
    click.echo(text.format(all=len(chosen), passed=passed))
    return 1 if failed else 0


async def _play_all(trials: Sequence[Trial], folder: Path, lang: str, noise_db: float | None) -> int:
    failed = 0
    for number, flow in enumerate(dict.fromkeys(trial.dialog for trial in trials)):
        own = folder / str(number)
        own.mkdir()
        async with Rehearsal(flow, own, noise_db) as rehearsal:
            for count, trial in enumerate(each for each in trials if each.dialog == flow):
                caller = f"010{number:04d}{count:04d}"
                found = await rehearsal.play(trial, caller)
                click.echo(f"{'FAILED' if found else 'passed'} {trial.name}")
                for difference in found:
                    click.echo(f"  {difference.text(lang)}")
                if found:
                    click.echo(f"  {_HEARD[lang]}: {' / '.join(await rehearsal.heard(caller))}")
                failed += bool(found)
    return failed
