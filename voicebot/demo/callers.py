"""The people of the demonstration and what they do on the phone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voicebot.demo.phones import HungUp, Phone
from voicebot.demo.server import Server
from voicebot.speech.synthesiser import Clip, Synthesiser, Voice

CALLER_TONE_HZ, OPERATOR_TONE_HZ = 1000.0, 1400.0
"""Two tones that a telephone carries (300 to 3400 Hz) and that are no multiple of each other."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller, what they say turn by turn (the last turn is repeated), and how the call should end."""

    name: str
    title: str
    number: str
    says: tuple[str, ...]
    voice: Voice
    expected_state: str
    expected: Mapping[str, str] = field(default_factory=dict)
    """Further values of the incident, as dotted path to text."""


CALLERS = (
    Caller(
        "fire",
        "fire, somebody trapped: urgent, to a human",
        "01011112222",
        ("역삼동 테헤란로 백오십이 건물에 불이 났어요 안에 사람이 갇혀 있어요",),
        Voice("ko+f2", 150, 55),
        "connected",
        {"type.category": "fire", "urgency.level": "urgent", "location.dong": "역삼동"},
    ),
    Caller(
        "tree",
        "fallen tree: recorded",
        "01033334444",
        ("망원동 망원시장 앞에 나무가 쓰러졌어요", "네 맞아요"),
        Voice("ko+m3", 155, 40),
        "reported",
        {"type.category": "safety", "location.dong": "망원동"},
    ),
    Caller(
        "silent",
        "says nothing: to a human",
        "01055556666",
        (),
        Voice(),
        "connected",
    ),
)
"""An urgent call, one that is only recorded, and one without a word; voices have words a minute and pitch."""


@dataclass(slots=True)
class Result:
    """What was seen of one call."""

    caller: Caller
    answer_ms: float | None = None
    first_audio_ms: float | None = None
    operator_key: str = ""
    tone_reached_operator: bool | None = None
    """None: this call did not get as far as a human."""
    tone_came_back: bool | None = None
    incident: dict[str, Any] | None = None
    failure: str | None = None

    def problems(self) -> list[str]:
        """Return what did not end as it should; empty when all is well."""
        problems = [self.failure] if self.failure else []
        if self.incident is None:
            return [*problems, "no incident record"]
        state = self.incident["state"]
        if state != self.caller.expected_state:
            problems.append(f"state is {state}, not {self.caller.expected_state}")
        for path, value in self.caller.expected.items():
            part: Any = self.incident
            for name in path.split("."):
                part = part[name]
            if part != value:
                problems.append(f"{path} is {part!r}, not {value!r}")
        if self.caller.expected_state == "connected":
            if not self.tone_reached_operator:
                problems.append("the caller's tone did not reach the operator")
            if not self.tone_came_back:
                problems.append("the operator's tone did not reach the caller")
        return problems


@dataclass(frozen=True, slots=True)
class Tones:
    """The two test tones."""

    caller: Clip
    operator: Clip


async def play_caller(
    phone: Phone, result: Result, server: Server, tones: Tones, audio: Path | None, synthesiser: Synthesiser
) -> None:
    """Lead one caller's side until the call has come to its end, then hang up."""
    turns = result.caller.says
    spoken = 0
    try:
        while True:
            state = await _until_turn(phone, server, result)
            if state == "connected":
                await _prove_audio(phone, result, tones)
                return
            if state == "reported":
                return
            if state == "transferring":
                continue  # a human is on the way; nothing more to say to the bot
            if turns and spoken == 0 and audio is not None:
                await phone.play(await synthesiser.recording(audio))
            elif turns:
                await phone.say(turns[min(spoken, len(turns) - 1)])
            spoken += 1
    except HungUp:
        result.failure = "the other side hung up"
    except TimeoutError:
        result.failure = "the call did not go on"
    finally:
        result.answer_ms, result.first_audio_ms = phone.answer_ms, phone.first_audio_ms
        with contextlib.suppress(HungUp):
            await phone.hang_up()


async def _until_turn(phone: Phone, server: Server, result: Result) -> str:
    """Wait until the bot has finished speaking, or a human is there; return the incident's state."""
    asked = asyncio.create_task(_asked(phone, silent=not result.caller.says))
    try:
        while True:
            await asyncio.wait([asked], timeout=0.2)
            state = await server.state_of(result.caller.number)
            if state == "connected":
                return state
            if asked.done():
                asked.result()
                return state or "open"
    finally:
        asked.cancel()


async def _asked(phone: Phone, *, silent: bool) -> None:
    if silent:  # waits for a human, whatever the bot asks
        await phone.until_loud()
        async with asyncio.timeout(120):
            await phone.ended.wait()
        raise HungUp
    await phone.until_asked()


async def _prove_audio(phone: Phone, result: Result, tones: Tones) -> None:
    await asyncio.sleep(0.3)
    await phone.play(tones.caller)
    result.tone_came_back = await phone.until_tone(OPERATOR_TONE_HZ)
    await asyncio.sleep(0.3)


async def play_operator(phone: Phone, result: Result, tones: Tones) -> None:
    """Listen to the brief, accept with key 1, answer the caller's tone; fills in ``result`` on the way."""
    await phone.until_asked(quiet_ms=600)
    await phone.press("1")
    result.operator_key = phone.keys_pressed
    result.tone_reached_operator = await phone.until_tone(CALLER_TONE_HZ)
    if result.tone_reached_operator:
        await asyncio.sleep(0.6)
        await phone.play(tones.operator)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            await phone.ended.wait()
