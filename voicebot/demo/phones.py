"""Scripted phones: SIP user agents with ears and a voice, on a line process of their own.

The same line process that serves calls can place them, so the demonstration needs no other program.
It talks to the server over the network only, like any phone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np

from voicebot import control, ids
from voicebot.audio.rings import Rings
from voicebot.audio.tones import goertzel_power, sine
from voicebot.lines import LinePool
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS

_LOUD = 300.0
"""RMS of 16-bit samples above which somebody speaks."""
_POLL_S = 0.02
"""A frame of G.711: nothing new comes sooner."""


class HungUp(Exception):
    """The other side has gone; ends what a phone is doing."""


class Phone:
    """One call as the person at the phone has it."""

    def __init__(self, leg: str, pool: LinePool, synthesiser: Synthesiser, voice: Voice) -> None:
        self.leg = leg
        self.connected = asyncio.Event()
        self.ended = asyncio.Event()
        self.invited_s = time.monotonic()
        self.answered_s: float | None = None
        self.first_audio_s: float | None = None
        self.keys_pressed = ""
        self.dialled: str | None = None
        """The URI at which an incoming call reached this phone; None for a call that it placed."""
        self._pool = pool
        self._synthesiser = synthesiser
        self._voice = voice
        self._slot: int | None = None
        self._played: asyncio.Event = asyncio.Event()

    def handle(self, event: control.Event) -> None:
        """Handle an event of this phone's leg."""
        match event:
            case control.LegAnswered(slot=slot):
                self._slot = slot
                self.answered_s = time.monotonic()
                self.connected.set()
            case control.Played():
                self._played.set()
            case control.LegEnded() | control.CommandFailed(command="Dial"):
                self.ended.set()
                self.connected.set()
                self._played.set()
            case _:
                pass

    @property
    def answer_ms(self) -> float | None:
        """From the INVITE to the answer; None while it rings."""
        return None if self.answered_s is None else (self.answered_s - self.invited_s) * 1000

    @property
    def first_audio_ms(self) -> float | None:
        """From the answer to the first audio that was loud enough to be heard; None before."""
        if self.first_audio_s is None or self.answered_s is None:
            return None
        return (self.first_audio_s - self.answered_s) * 1000

    async def until_asked(self, quiet_ms: int = 900, limit_s: float = 40.0) -> None:
        """Wait until the other side has spoken and then been quiet for ``quiet_ms``."""
        loud_since_start = False
        quiet_s = 0.0
        async for loud in self._listen(limit_s):
            if loud:
                loud_since_start, quiet_s = True, 0.0
            else:
                quiet_s += _POLL_S
            if loud_since_start and quiet_s * 1000 >= quiet_ms:
                return

    async def until_loud(self, limit_s: float = 40.0) -> None:
        """Wait until something is to be heard."""
        async for loud in self._listen(limit_s):
            if loud:
                return

    async def until_tone(self, frequency_hz: float, limit_s: float = 20.0) -> bool:
        """Wait for a clear tone; False when it did not come in time."""
        try:
            async with asyncio.timeout(limit_s):
                while not self._hears(frequency_hz):
                    await self._alive(_POLL_S * 2)
        except TimeoutError:
            return False
        return True

    async def say(self, text: str) -> None:
        """Speak and wait for the end."""
        await self.play(await self._synthesiser.speech(text, self._voice))

    async def play(self, clip: Clip) -> None:
        """Play a clip to the other side and wait for its end."""
        self._played.clear()
        self._send(control.Play(leg=self.leg, play_id="say", files=(str(clip.file),)))
        await self._played.wait()
        if self.ended.is_set():
            raise HungUp

    async def press(self, key: str) -> None:
        """Press a key (RFC 4733)."""
        self.keys_pressed += key
        self._send(control.SendKeys(leg=self.leg, keys=key))

    async def hang_up(self) -> None:
        """End the call."""
        self._send(control.HangUp(leg=self.leg))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self.ended.wait()

    async def _listen(self, limit_s: float) -> AsyncIterator[bool]:
        async with asyncio.timeout(limit_s):
            while True:
                await self._alive(_POLL_S)
                loud = float(np.sqrt(np.mean(self._last(40).astype(np.float64) ** 2))) > _LOUD
                if loud and self.first_audio_s is None:
                    self.first_audio_s = time.monotonic()
                yield loud

    def _hears(self, frequency_hz: float) -> bool:
        heard = self._last(200)
        energy = float(np.mean((heard / 32_767.0) ** 2))
        return energy > (_LOUD / 32_767.0) ** 2 and goertzel_power(heard, frequency_hz) > energy

    def _last(self, length_ms: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        rings, slot = self._rings(), self._slot
        count = length_ms * SAMPLES_PER_MS
        if slot is None or rings is None or rings.rx_position(slot) < count:
            return np.zeros(count, np.int16)
        return rings.read_rx(slot, rings.rx_position(slot) - count, count)

    def _rings(self) -> Rings | None:
        return None if self._slot is None else self._pool.rings(self.leg)

    async def _alive(self, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        if self.ended.is_set():
            raise HungUp

    def _send(self, command: control.Command) -> None:
        if self.ended.is_set():
            raise HungUp
        self._pool.send(command)


class PhoneBox:
    """Phones on one line process: dials out, and hands incoming calls to ``ringing``."""

    def __init__(
        self, config: control.LineConfig, synthesiser: Synthesiser, ringing: Callable[[Phone], None]
    ) -> None:
        self.pool = LinePool([config])
        self._line = config.line
        self._synthesiser = synthesiser
        self._ringing = ringing
        self._phones: dict[str, Phone] = {}

    async def run(self) -> None:
        """Serve the phones until cancelled; their line process then ends, whatever calls it has."""
        try:
            await self._serve()
        finally:
            self._kill()

    def _kill(self) -> None:
        pid = self.pool.pid(self._line)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.pool.run())
            while True:
                event = await self.pool.events.get()
                if isinstance(event, control.LegOffered):
                    phone = Phone(event.leg, self.pool, self._synthesiser, Voice())
                    phone.dialled = event.to_uri
                    self._phones[event.leg] = phone
                    self._ringing(phone)
                    continue
                leg = getattr(event, "leg", None)
                if leg in self._phones:
                    self._phones[leg].handle(event)

    def has(self, phone: Phone) -> bool:
        """Say whether it is one of this box's phones."""
        return self._phones.get(phone.leg) is phone

    async def call(self, uri: str, number: str, voice: Voice) -> Phone:
        """Place a call as ``number``, as if a PBX had sent its overflow on; returns once it is answered."""
        leg = ids.new_leg_id(self._line)
        phone = self._phones[leg] = Phone(leg, self.pool, self._synthesiser, voice)
        headers = (
            ("P-Asserted-Identity", f"<sip:{number}@127.0.0.1>"),
            ("Diversion", "<sip:119@127.0.0.1>;reason=user-busy;counter=1"),
        )
        self.pool.send(control.Dial(leg=leg, uri=uri, display_name=number, headers=headers))
        async with asyncio.timeout(10):
            await phone.connected.wait()
        if phone.ended.is_set():
            raise HungUp
        return phone

    async def answer(self, phone: Phone) -> None:
        """Pick up an incoming call."""
        self.pool.send(control.Answer(leg=phone.leg))
        async with asyncio.timeout(5):
            await phone.connected.wait()
        if phone.ended.is_set():
            raise HungUp


def tone_clip(folder: Path, frequency_hz: float, duration_ms: int) -> Clip:
    """Make a clip of a plain tone."""
    file = folder / f"tone-{frequency_hz:.0f}.pcm"
    file.write_bytes(sine(frequency_hz, duration_ms).tobytes())
    return Clip(file, duration_ms)
