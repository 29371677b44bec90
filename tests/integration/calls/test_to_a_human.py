"""Calls that reach a human: keys, silence, transfer, and both directions of audio, with baresip and sipp."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.integration.calls.site import Site
from tests.integration.phones import Baresip, Script, Sipp, tone, tone_ms, until

CALLER_HZ, OPERATOR_HZ = 1000.0, 1700.0


async def until_told(site: Site, sentence: str) -> dict[str, Any]:
    """Wait until the caller has heard ``sentence`` and return the incident."""

    async def told() -> dict[str, Any] | None:
        incident = await site.incident()
        texts = [entry["text"] for entry in incident.get("transcript", [])]
        return incident if any(sentence in text for text in texts) else None

    found: dict[str, Any] = await site.until(told)
    return found


async def test_key_0_brings_a_human_and_both_hear_each_other(tmp_path: Path) -> None:
    """A baresip caller presses 0, a baresip operator presses 1; the tone of each arrives at the other."""
    operator_says = np.tile(np.concatenate([tone(OPERATOR_HZ, 400), np.zeros(800, np.int16)]), 60)
    caller_says = np.tile(np.concatenate([tone(CALLER_HZ, 400), np.zeros(800, np.int16)]), 60)
    async with (
        await Baresip.start(tmp_path / "operator", operator_says, answers=True) as operator,
        Site(tmp_path, [operator.uri]) as site,
        await Baresip.start(tmp_path / "caller", caller_says) as caller,
    ):
        await caller.command("dial", site.uri)
        await caller.until_loud()  # the greeting
        await caller.command("sndcode", "0")

        async def briefing() -> bool:
            calls = await site.calls()
            return bool(calls) and calls[0]["transfer"]["phase"] == "briefing"

        await site.until(briefing)
        await operator.until_loud()
        await operator.command("sndcode", "1")
        incident = await site.until_state("connected")
        await until(lambda: tone_ms(caller.heard(), OPERATOR_HZ) > 500)
        await until(lambda: tone_ms(operator.heard(), CALLER_HZ) > 500)
        await caller.command("hangup")
        await site.until_quiet()
        assert incident["transfer"]["outcome"] == "connected"
        assert incident["transfer"]["operator"] == "desk1"
        assert incident["transfer"]["asked_at"] <= incident["transfer"]["connected_at"]
        assert (await site.incident())["state"] == "connected"


@pytest.mark.parametrize("way", ["rfc4733", "info"])
async def test_key_0_counts_however_it_is_sent(tmp_path: Path, way: str) -> None:
    """A 0 in the middle of the greeting asks for a human at once; nobody is there, and the caller is told."""
    script = Script().invite().expect(100, optional=True).expect(200).ack().await_cue()
    script = script.press("0") if way == "rfc4733" else script.info_key("0")
    async with (
        Site(tmp_path) as site,
        await Sipp.start(tmp_path, script.await_cue(), target_port=site.port) as phone,
    ):
        await phone.cue()  # as soon as the call is answered
        incident = await until_told(site, "모두 통화 중입니다")
        said = [entry["text"] for entry in incident["transcript"]]
        assert "[0]" in said
        assert incident["transfer"]["asked_at"] is not None
        assert not any("무슨 일인가요" in text for text in said), (
            "a question that no longer matters was asked"
        )


@pytest.mark.parametrize(
    ("answer", "outcome", "sentence"),
    [
        ("486 Busy Here", "busy", "모두 통화 중"),
        ("603 Decline", "declined", "다른 신고"),
        ("480 Temporarily Unavailable", "no_answer", "아직 받지 못했습니다"),
    ],
)
async def test_a_failed_transfer_returns_the_caller_with_a_sentence(
    tmp_path: Path, answer: str, outcome: str, sentence: str
) -> None:
    """Busy, refusal and no answer are told to the caller, who stays with the bot."""
    desk = Script(caller=False).take("INVITE").reply(answer).take("ACK")
    async with (
        await Sipp.start(tmp_path / "desk", desk) as phone,
        Site(
            tmp_path, [f"sip:desk@127.0.0.1:{phone.port}"], settings={"transfer": {"wait_seconds": 2}}
        ) as site,
    ):
        call = Script().invite().expect(100, optional=True).expect(200).ack().press("0").await_cue()
        async with await Sipp.start(tmp_path, call, target_port=site.port):
            await phone.wait()
            incident = await until_told(site, sentence)
            first = incident["transfer"]["attempts"][0]
            assert (first["operator"], first["mode"], first["outcome"]) == ("desk1", "warm", outcome)
            assert first["code"] == int(answer[:3])
            assert len(await site.calls()) == 1, "the caller was lost"


async def test_silence_is_asked_twice_and_then_a_human_is_rung(tmp_path: Path) -> None:
    """Somebody who says nothing is never hung up on; the operator hears why he is called."""
    desk = (
        Script(caller=False).take("INVITE").reply("180 Ringing").pause(500).reply("486 Busy Here").take("ACK")
    )
    async with (
        await Sipp.start(tmp_path / "desk", desk) as phone,
        Site(tmp_path, [f"sip:desk@127.0.0.1:{phone.port}"]) as site,
    ):
        call = Script().invite().expect(100, optional=True).expect(200).ack().await_cue()
        async with await Sipp.start(tmp_path, call, target_port=site.port) as sipp:
            await site.until_state("transferring")
            incident = await site.incident()
            said = [entry["text"] for entry in incident["transcript"]]
            assert incident["flags"] == ["silent"]
            assert any("듣고 있습니다" in text for text in said)
            assert any("아무 번호나" in text for text in said)
            await phone.wait()
            sipp.kill()


async def test_when_no_operator_takes_the_call_the_fallback_is_the_next_way(tmp_path: Path) -> None:
    """The desk is busy: the caller is sent to the fallback by REFER, and the record says so."""
    desk = Script(caller=False).take("INVITE").reply("180 Ringing").reply("486 Busy Here").take("ACK")
    call = Script().invite().expect(100, optional=True).expect(200).ack().press("0", pause_ms=0)
    call = call.take("REFER", check="hotline@127.0.0.1:5999").reply("202 Accepted")
    call = call.notify("200 OK", final=True).take("BYE").reply("200 OK")
    async with (
        await Sipp.start(tmp_path / "desk", desk) as phone,
        Site(tmp_path, [f"sip:desk@127.0.0.1:{phone.port}"], fallback="sip:hotline@127.0.0.1:5999") as site,
        await Sipp.start(tmp_path, call, target_port=site.port) as sipp,
    ):
        await sipp.wait()
        await site.until_quiet()
        incident = await site.incident()
        assert incident["state"] == "diverted"
        assert incident["transfer"]["outcome"] == "busy"
