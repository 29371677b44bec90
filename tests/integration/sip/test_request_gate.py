"""Packets that would abort the process or make the PBX give up, sent by hand."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.phones import HOST, PATIENCE_S, Script, Sipp, free_ports
from tests.integration.sip.core import Core
from voicebot import control


class Wire:
    """A UDP socket that speaks SIP literally."""

    def __init__(self, sock: socket.socket, target: int) -> None:
        self._socket = sock
        self._target = target
        self._last = 0
        self.port = sock.getsockname()[1]

    def request(self, method: str, call_id: str, branch: str, *, to_tag: str = "", cseq: int = 1) -> bytes:
        """Return a request without a body."""
        host = self._socket.getsockname()[0]
        tag = f";tag={to_tag}" if to_tag else ""
        return (
            f"{method} sip:119@{HOST}:{self._target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{self.port};branch=z9hG4bK{branch}\r\n"
            f"From: <sip:a@{host}>;tag=ff\r\nTo: <sip:119@{HOST}>{tag}\r\nCall-ID: {call_id}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:a@{host}:{self.port}>\r\nMax-Forwards: 70\r\n"
            "Content-Length: 0\r\n\r\n"
        ).encode()

    def send(self, packet: bytes) -> None:
        """Send to the line."""
        self._socket.sendto(packet, (HOST, self._target))

    async def answers(self) -> list[str]:
        """Return what came back to all that was sent so far, repetitions once: up to the answer to a last OPTIONS.

        The line reads its packets one after the other, so when that is answered the others have been.
        """
        self._last += 1
        last = f"last{self._last}"
        answers: list[str] = []

        def read() -> bool:
            with contextlib.suppress(BlockingIOError):
                while True:
                    answer = self._socket.recv(5000).decode(errors="replace")
                    if f"Call-ID: {last}\r\n" in answer:
                        return True
                    if not re.search(r"Call-ID: last\d+\r\n", answer):
                        answers.append(answer)
            return False

        for _ in range(int(PATIENCE_S)):  # a flood may have left no room for it
            self.send(self.request("OPTIONS", last, last))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    while not read():
                        await asyncio.sleep(0.01)
                    return list(dict.fromkeys(answers))
        raise AssertionError(f"the line does not answer any more; before: {answers}")


@contextmanager
def wire(target: int, host: str = HOST) -> Iterator[Wire]:
    """Open a socket towards the line."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        sock.setblocking(False)
        yield Wire(sock, target)


async def _is_well(core: Core, folder: Path) -> None:
    script = Script().invite().expect(100, optional=True).expect(200).ack().pause(100).bye()
    async with await Sipp.start(folder, script, target_port=core.port) as phone:
        await core.answer()
        await phone.wait()
    assert not core.seen(control.LineLost)


async def test_the_two_packets_that_kill_pjsip(core: Core, tmp_path: Path) -> None:
    """An INVITE and an ACK without a To tag on another branch (pjproject #4203) leave the process alive."""
    with wire(core.port) as line:
        for number in range(3):
            line.send(line.request("INVITE", f"killer{number}", f"one{number}"))
            await core.next(control.LegOffered)
            line.send(line.request("ACK", f"killer{number}", f"two{number}"))
            await line.answers()
            line.send(line.request("CANCEL", f"killer{number}", f"one{number}"))
            await core.next(control.LegEnded)
    await _is_well(core, tmp_path)


async def test_a_line_without_any_leg_left_answers_503(core: Core, tmp_path: Path) -> None:
    """With all four legs taken it is still our 503 that the PBX gets, never pjsua's 486."""
    up = Script().invite().expect(100, optional=True).expect(200).ack().take("BYE").reply("200 OK")
    waiting = Script(caller=False).take("INVITE").reply("200 OK", sdp=True).take("ACK").take("BYE")
    async with (
        await Sipp.start(tmp_path / "o", waiting.reply("200 OK"), calls=2, at_once=2) as operator,
        await Sipp.start(tmp_path / "c", up, target_port=core.port, calls=2, at_once=2) as callers,
    ):
        legs = [(await core.answer()).leg for _ in range(2)]
        for leg in ("L0.one", "L0.two"):
            await core.dial(leg, f"sip:operator@{HOST}:{operator.port}")
        with wire(core.port) as line:
            for number in range(3):
                line.send(line.request("INVITE", f"late{number}", f"b{number}"))
            answers = await line.answers()
            assert len(answers) == 3
            assert all(answer.startswith("SIP/2.0 503") and "Retry-After: 5" in answer for answer in answers)
            line.send(line.request("ACK", "late0", "b0", to_tag="z"))
        for leg in (*legs, "L0.one", "L0.two"):
            core.send(control.HangUp(leg=leg))
            await core.next(control.LegEnded, leg)
        await callers.wait()
        await operator.wait()
    await _is_well(core, tmp_path)


async def test_a_repeated_invite_on_a_full_line_is_no_new_call(core: Core) -> None:
    """A retransmission of the INVITE that filled the line is not refused."""
    with wire(core.port) as line:
        for number in range(2):
            line.send(line.request("INVITE", f"call{number}", f"b{number}"))
            await core.next(control.LegOffered)
        await line.answers()
        line.send(line.request("INVITE", "call1", "b1"))
        answers = await line.answers()
        assert [answer.split("\r\n")[0] for answer in answers] == ["SIP/2.0 100 Trying"]


async def test_strangers_get_403_for_everything(core: Core) -> None:
    """OPTIONS, REGISTER, MESSAGE and INVITE from an unlisted address: 403; a listed one gets its 200."""
    with wire(core.port, "127.0.0.2") as line:
        for number, method in enumerate(("OPTIONS", "REGISTER", "MESSAGE", "INVITE")):
            line.send(line.request(method, f"s{number}", f"s{number}"))
        answers = await line.answers()
        assert [answer.split("\r\n")[0] for answer in answers] == ["SIP/2.0 403 Forbidden"] * 4
    with wire(core.port) as line:
        line.send(line.request("OPTIONS", "o", "o"))
        assert (await line.answers())[0].startswith("SIP/2.0 200")


async def test_an_operator_need_not_be_on_the_list(core: Core, tmp_path: Path) -> None:
    """A dialled phone at an unlisted address can answer, hold and hang up."""
    script = Script(caller=False).take("INVITE").reply("200 OK", sdp=True).take("ACK").take("BYE")
    async with await Sipp.start(
        tmp_path, script.reply("200 OK"), local_ip="127.0.0.3", port=free_ports()
    ) as phone:
        await core.dial("L0.operator", f"sip:operator@127.0.0.3:{phone.port}")
        with wire(core.port, "127.0.0.3") as line:
            line.send(line.request("INFO", "unknown", "x", to_tag="y"))
            assert (await line.answers())[0].startswith("SIP/2.0 481")
        core.send(control.HangUp(leg="L0.operator"))
        await core.next(control.LegEnded, "L0.operator")
        await phone.wait()


async def test_garbage_does_not_hurt(core: Core, tmp_path: Path) -> None:
    """Mutilated requests by the hundred, from a fixed seed, leave the line well."""
    chance = random.Random(119)
    with wire(core.port) as line:
        for number in range(400):
            method = chance.choice(
                ["INVITE", "ACK", "BYE", "OPTIONS", "REFER", "NOTIFY", "CANCEL", "PRACK", "UPDATE"]
            )
            packet = bytearray(line.request(method, f"g{number % 7}", f"g{number % 11}"))
            for _ in range(chance.randrange(6)):
                at = chance.randrange(len(packet))
                what = chance.randrange(3)
                if what == 0:
                    packet[at] = chance.randrange(256)
                elif what == 1:
                    del packet[at : at + chance.randrange(40)]
                else:
                    packet[at:at] = packet[: chance.randrange(60)]
            line.send(bytes(packet))
            if number % 20 == 0:
                await line.answers()
        await line.answers()
        for offered in core.seen(control.LegOffered):
            core.send(control.HangUp(leg=offered.leg))
    core.forget_beats()
    while (await core.next(control.LineHeartbeat)).legs:
        pass
    assert not core.seen(control.LineLost)
    core.forget()
    await _is_well(core, tmp_path)
