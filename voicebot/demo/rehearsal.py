"""Author tests as real calls: a server with the dialog, and phones that say what the turns say.

What a call shows to the outside is compared, within a time limit: the incident record and what the bot was
heard to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np

from voicebot.control import LineConfig
from voicebot.demo.phones import HungUp, Phone, PhoneBox
from voicebot.demo.ports import free_ports, free_row
from voicebot.demo.server import Server
from voicebot.dialog.authoring.author_tests import AuthorTest, Difference
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS

COMPARED = (
    "transfer", "closed", "urgency", "category", "code", "flags", "place", "confirmed", "slots", "text",
)  # fmt: skip
"""Expectations that a call shows to the outside; the others hold for text only."""
_SETTLE_S = 30.0
"""From the end of what the caller does to what must then be seen."""
_SETTLE_PER_SILENCE_S = 15.0
"""More for each further silence: what a rung of a ladder waits, and the sentence after it, with room."""
_TEST_LIMIT_S = 180.0
"""Chosen: a conversation that has not come to its end by then will not."""
_REFUSALS = 3
"""A second apart: the legs of the call before may not be let go yet."""
_INTO_A_SENTENCE_S = 0.7
"""From the first sound of the bot to a barge-in: into its sentence, and before the end of a short one."""
_CONNECT_LIMIT_S = 40.0
"""The desk answers at once here; what remains is a brief of at most 6 s and the key, with room."""
_RING_LIMIT_S = 10.0
"""From the ring to the read model of the call that it is for: moments, with room for a busy machine."""
_LOOK_INTERVAL_S = 0.2
"""Adds little to the seconds of a turn, and little work to the server."""
_RTP_FIRST, _RTP_BLOCK = 17_000, 60
"""A block for the server and one for the phones; twenty runs side by side stay below 20000, where the ports
of a server with default settings begin."""
_BESIDE_MS = 400
"""Noise before and after the speech, as on a line that is open before somebody speaks. Chosen."""
_FIRST_PHONES = 9
"""Number of the first line process of phones; those of the server begin at 0."""


class Rehearsal:
    """A server with one dialog and ``calls`` boxes of phones, on loopback; an async context manager."""

    def __init__(self, dialog: Path, folder: Path, noise_db: float | None = None, calls: int = 1) -> None:
        self._dialog = dialog
        self._folder = folder
        self._noise_db = noise_db
        self._calls = calls
        self._synthesiser = Synthesiser(folder / "speech")
        self._rtp = _RTP_FIRST + os.getpid() % 20 * 2 * _RTP_BLOCK  # two runs at once stay apart
        self._accepting: set[str] = set()
        self._stack = contextlib.AsyncExitStack()
        self._operators: set[asyncio.Task[None]] = set()
        self._boxes: list[PhoneBox] = []

    async def __aenter__(self) -> Self:
        self._sip = free_row(self._calls)
        *phones, http = free_ports(self._calls + 1)
        config = self._write_settings(phones, http)
        self._boxes = [
            PhoneBox(self._phone_config(number, port), self._synthesiser, self._rung)
            for number, port in enumerate(phones)
        ]
        for box in self._boxes:
            serving = asyncio.create_task(box.run())
            self._stack.push_async_callback(_ended, serving)
        server = Server(config, f"127.0.0.1:{http}", self._folder / "server.log")
        self._server = await self._stack.enter_async_context(server)
        for box in self._boxes:
            await box.pool.wait_ready(20)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._operators:
            task.cancel()
        await self._stack.aclose()

    async def play(self, test: AuthorTest, number: str, place: int = 0) -> list[Difference]:
        """Play one test as a call from ``number``; return every difference.

        ``place`` (0 to ``calls`` - 1) is the line that is called; one call at a time may have it.
        """
        if any(turn.get("transfer") == "connected" for turn in test.turns):
            self._accepting.add(number)
        voice = Voice("en-us" if test.dialog.stem.endswith("-en") else "ko+f2", 150, 55)
        uri = f"sip:119@127.0.0.1:{self._sip + place}"
        try:
            phone = await self._call(place, uri, number, voice)
        except (TimeoutError, HungUp) as error:
            return [Difference(test.path, test.line, "call", "answered", type(error).__name__)]
        try:
            async with asyncio.timeout(_TEST_LIMIT_S):
                return await self._converse(phone, test, number, voice)
        except (TimeoutError, HungUp) as error:
            return [Difference(test.path, test.line, "call", "to the end", type(error).__name__)]
        finally:
            with contextlib.suppress(HungUp):
                await phone.hang_up()

    async def heard(self, number: str) -> list[str]:
        """Return what the recogniser made of the caller's words."""
        incident = await self._server.incident_of(number) or {"transcript": []}
        return [entry["text"] for entry in incident["transcript"] if entry["speaker"] == "caller"]

    async def _call(self, place: int, uri: str, number: str, voice: Voice) -> Phone:
        """Place a call; one that is refused is placed again after a moment, as a PBX would."""
        for _ in range(_REFUSALS):
            with contextlib.suppress(HungUp):
                return await self._boxes[place].call(uri, number, voice)
            await asyncio.sleep(1)
        return await self._boxes[place].call(uri, number, voice)

    async def _converse(self, phone: Phone, test: AuthorTest, number: str, voice: Voice) -> list[Difference]:
        turns: list[Mapping[str, Any]] = [{"expect": test.begins}, *test.turns]
        lines = (test.line, *test.lines)
        checks: list[asyncio.Task[list[Difference]]] = []
        for at, turn in enumerate(turns):
            await self._act(phone, turn, number, voice)
            times = int(turn.get("silence", 1))
            expected = turn.get("expect", {})
            checks.append(asyncio.create_task(self._compare(expected, test, lines[at], number, times)))
            spoken_into = at + 1 < len(turns) and "barge_in" in turns[at + 1]
            with contextlib.suppress(TimeoutError):
                await self._hear_out(phone, times, spoken_into=spoken_into)
            found = [] if spoken_into else [each for check in checks for each in await check]
            if found:  # what follows would be said into another conversation
                return found
        return []

    async def _act(self, phone: Phone, turn: Mapping[str, Any], number: str, voice: Voice) -> None:
        """Do what the turn says."""
        said = turn.get("caller", turn.get("barge_in"))
        if said is not None:
            await phone.play(await self._speech(str(said), voice))
        elif "key" in turn:
            await phone.press(str(turn["key"]))
        elif "transfer" in turn:
            await self._server.until(number, "connected", _CONNECT_LIMIT_S)

    async def _hear_out(self, phone: Phone, times: int, *, spoken_into: bool) -> None:
        """Wait for the end of ``times`` answers of the bot, or only for the beginning of one."""
        if spoken_into:
            await phone.until_loud()
            await asyncio.sleep(_INTO_A_SENTENCE_S)
            return
        for _ in range(times):
            await phone.until_asked()

    async def _speech(self, text: str, voice: Voice) -> Clip:
        """Return the sentence spoken, with noise at so many decibels below it."""
        clip = await self._synthesiser.speech(text, voice)
        if self._noise_db is None:
            return clip
        return await asyncio.to_thread(noisy, clip, self._noise_db)

    async def _compare(
        self, expected: Mapping[str, Any], test: AuthorTest, line: int, number: str, times: int
    ) -> list[Difference]:
        """Wait until the record shows what is expected; return what it does not show in time."""
        wanted = {key: value for key, value in expected.items() if key in COMPARED}
        last_s = time.monotonic() + _SETTLE_S + _SETTLE_PER_SILENCE_S * (times - 1)
        while True:
            incident = await self._server.incident_of(number)
            seen = shown(incident) if incident else {}
            missing = {
                key: value for key, value in wanted.items() if not (seen and fits(key, value, seen[key]))
            }
            if not missing or time.monotonic() > last_s:
                return [
                    Difference(test.path, line, key, value, seen.get(key)) for key, value in missing.items()
                ]
            await asyncio.sleep(_LOOK_INTERVAL_S)

    def _rung(self, phone: Phone) -> None:
        task = asyncio.create_task(self._operator(phone))
        self._operators.add(task)
        task.add_done_callback(self._operators.discard)

    async def _operator(self, phone: Phone) -> None:
        """Take the calls of those whose test says so; let the others ring."""
        box = next(each for each in self._boxes if each.has(phone))
        with contextlib.suppress(HungUp, TimeoutError):
            if await self._caller_of(phone) not in self._accepting:
                return
            await box.answer(phone)
            await phone.until_asked(quiet_ms=600)
            await phone.press("1")

    async def _caller_of(self, phone: Phone) -> str:
        """Return the number of the caller for whom a desk rings; raise TimeoutError when none does."""
        desk = (phone.dialled or "").removeprefix("sip:").partition("@")[0]
        async with asyncio.timeout(_RING_LIMIT_S):
            while True:
                for call in await self._server.calls():
                    transfer = call["transfer"]
                    if transfer["operator"] == desk and transfer["phase"] == "ringing":
                        return str(call["number"])
                await asyncio.sleep(_LOOK_INTERVAL_S)

    def _write_settings(self, phones: list[int], http: int) -> Path:
        settings = {
            "dialog": str(self._dialog.resolve()),
            "sip": {
                "listen": f"127.0.0.1:{self._sip}",
                "allow_from": ["127.0.0.1"],
                "line_processes": self._calls,
                "rtp_ports": f"{self._rtp}-{self._rtp + _RTP_BLOCK - 1}",
            },
            "operators": [
                {"name": f"desk{number}", "uri": f"sip:desk{number}@127.0.0.1:{port}"}
                for number, port in enumerate(phones)
            ],
            "speech": {"synthetic_voices_only": True},
            "http": {"listen": f"127.0.0.1:{http}"},
            "store": {"url": f"sqlite:///{self._folder / 'incidents.db'}"},
            "run_directory": str(self._folder / "run"),
        }
        path = self._folder / "voicebot.yaml"
        path.write_text(json.dumps(settings), encoding="utf-8")
        return path

    def _phone_config(self, number: int, port: int) -> LineConfig:
        run = self._folder / f"phones{number}"
        run.mkdir(exist_ok=True)
        share = _RTP_BLOCK // self._calls // 2 * 2
        first = self._rtp + _RTP_BLOCK + number * share
        return LineConfig(
            line=_FIRST_PHONES + number,
            socket=str(run / "line.sock"),
            rings=str(run / "line.rings"),
            lock=str(run / "line.lock"),
            sip_host="127.0.0.1",
            sip_port=port,
            rtp_first_port=first,
            rtp_last_port=first + share - 1,
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
        case "place":  # the record may know the gu, too
            return (seen is None) if expected is None else set(expected.split()) <= set((seen or "").split())
        case "slots":
            return all(str((seen or {}).get(slot)) == str(value) for slot, value in expected.items())
        case _:
            return bool(expected == seen)


def noisy(clip: Clip, below_db: float) -> Clip:
    """Return the clip with noise so many decibels below the speech, from before it until after it.

    The noise falls with frequency as that of streets and rooms does (pink, 3 dB an octave); the same clip
    always gets the same noise.
    """
    speech = np.fromfile(clip.file, np.int16).astype(np.float64)
    beside = np.zeros(_BESIDE_MS * SAMPLES_PER_MS)
    whole = np.concatenate([beside, speech, beside])
    spectrum = np.fft.rfft(np.random.default_rng(len(speech)).normal(size=len(whole)))
    spectrum /= np.sqrt(np.maximum(1.0, np.arange(len(spectrum))))
    noise = np.fft.irfft(spectrum, len(whole))
    level = float(np.sqrt(np.mean(speech**2))) * 10 ** (-below_db / 20)
    noise *= level / float(np.sqrt(np.mean(noise**2)))
    file = clip.file.with_name(f"{clip.file.stem}-{below_db:.0f}db.pcm")
    np.clip(whole + noise, -32_767, 32_767).astype(np.int16).tofile(file)
    return Clip(file, clip.duration_ms + 2 * _BESIDE_MS)
