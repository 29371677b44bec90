"""Phones of a measurement: sipp as many callers who speak, and as the phone of an operator that only rings.

Both write down when it happened: `Callers` when each caller's audio began, `Desk` when each INVITE arrived.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from voicebot.errors import SetupError

HOST = "127.0.0.1"
_PORTS_FOR_AUDIO = 4
"""sipp takes RTP and RTCP of audio, and of video too."""

_SDP = """v=0
o=phone 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15"""

_CALLER = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="caller">
<nop><action><setdest host="{host}" port="[field1]" protocol="udp"/></action></nop>
<send retrans="500"><![CDATA[
INVITE sip:119@{host}:[field1] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:119@{host}:[field1]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[field0]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

{sdp}
]]></send>
<recv response="100" optional="true"/>
<recv response="200" rrs="true"/>
{ack}
<nop><action>
<exec rtp_stream="{audio},1,8"/>
<log message="[field0] [timestamp]"/>
</action></nop>
<recv request="MESSAGE" timeout="{stays_ms}" ontimeout="leave"/>
<label id="leave"/>
<send retrans="500"><![CDATA[
BYE sip:119@{host}:[field1] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:119@{host}:[field1]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/>
</scenario>
"""

_ACK = """<send><![CDATA[
ACK sip:119@{host}:[field1] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:119@{host}:[field1]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>"""

_REPLY = """<send><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
{cseq}
Contact: <sip:desk@[local_ip]:[local_port]>
Content-Length: 0

]]></send>"""


def _reply(status: str, cseq: str = "[last_CSeq:]", tag: str = "") -> str:
    return _REPLY.format(status=status, cseq=cseq, tag=tag)


_DESK = "\n".join(
    [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<scenario name="desk">',
        '<recv request="INVITE"><action>',
        '<ereg regexp="[^ ].*" search_in="hdr" header="From:" assign_to="who"/>',
        '<log message="[timestamp] [$who]"/>',
        "</action></recv>",
        _reply("180 Ringing", tag=";tag=[pid]u[call_number]"),
        '<recv request="CANCEL"/>',
        _reply("200 OK"),
        _reply("487 Request Terminated", "CSeq: [last_cseq_number] INVITE", ";tag=[pid]u[call_number]"),
        '<recv request="ACK"/>',
        "</scenario>",
    ]
)

_TIME = re.compile(r"\d{4}-\d\d-\d\d\t[\d:.]+\t(\d+\.\d+)")
"""sipp writes local date, local time, and seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Something that a phone noted, and when: seconds since 1970."""

    text: str
    at_s: float


class _Sipp:
    """A running sipp; ends when it leaves the context."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, scenario: str, arguments: Sequence[str]) -> None:
        if shutil.which("sipp") is None:
            raise SetupError("sipp, the phones, is not installed. Install it: apt-get install sip-tester.")
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "scenario.xml"
        file.write_text(scenario)
        notes = ["-trace_err", "-error_file", str(self.folder / "errors")]
        notes += ["-trace_logs", "-log_file", str(self.folder / "log")]
        with (self.folder / "screen").open("wb") as screen:
            self._process = await asyncio.create_subprocess_exec(
                "sipp", f"{HOST}:9", "-sf", str(file), "-i", HOST, "-nostdin", "-aa", *notes, *arguments,
                stdin=asyncio.subprocess.DEVNULL, stdout=screen, stderr=screen, cwd=self.folder,
            )  # fmt: skip

    def stamps(self) -> list[Stamp]:
        """Return what was noted so far."""
        path = self.folder / "log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return [Stamp(_TIME.sub("", line), float(time[1])) for line in lines if (time := _TIME.search(line))]

    def errors(self) -> str:
        """Return what sipp complained about."""
        path = self.folder / "errors"
        return path.read_text(errors="replace") if path.exists() else ""

    async def wait(self) -> None:
        """Wait for the end of all calls."""
        if self._process is not None:
            await self._process.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


class Callers(_Sipp):
    """Callers who all say the same audio from the answer on, and hang up after ``stays_ms``."""

    async def dial(
        self,
        callers: Sequence[tuple[str, int]],
        audio: Path,
        stays_ms: int,
        *,
        port: int,
        media_port: int,
        every_ms: int = 1000,
    ) -> None:
        """Place a call for each of ``callers``, number and port of voicebot, one every ``every_ms``.

        ``audio`` is raw A-law at 8 kHz.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        numbers = self.folder / "callers.csv"
        numbers.write_text("SEQUENTIAL\n" + "".join(f"{number};{to};\n" for number, to in callers))
        scenario = _CALLER.format(
            host=HOST, sdp=_SDP, audio=audio, stays_ms=stays_ms, ack=_ACK.format(host=HOST)
        )
        count = str(len(callers))
        await self.start(
            scenario,
            ["-inf", str(numbers), "-p", str(port), "-mp", str(media_port), "-m", count, "-l", count,
             "-r", "1", "-rp", str(every_ms), "-cid_str", f"bench{port}-%u"],
        )  # fmt: skip
        self._port = port

    def hang_up(self, call: int = 1) -> None:
        """Let a caller (the first is 1) hang up now: a MESSAGE, to which sipp says nothing."""
        text = (
            f"MESSAGE sip:phone@{HOST} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:9;branch=z9hG4bKnow\r\n"
            f"From: <sip:now@{HOST}>;tag=now\r\nTo: <sip:phone@{HOST}>\r\n"
            f"Call-ID: bench{self._port}-{call}\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(text.encode(), (HOST, self._port))

    _port = 0

    def began_s(self) -> dict[str, float]:
        """Return when the audio of each number began to be sent."""
        return {stamp.text.split()[0]: stamp.at_s for stamp in self.stamps()}

    @staticmethod
    def media_ports(callers: int) -> int:
        """Return how many UDP ports so many callers need."""
        return _PORTS_FOR_AUDIO * (callers + 1)


class Desk(_Sipp):
    """An operator's phone, or many in one, that rings until the caller has gone."""

    async def wait_for_calls(self, port: int, media_port: int) -> None:
        """Take calls on ``port``."""
        await self.start(_DESK, ["-p", str(port), "-mp", str(media_port)])

    def rang_s(self) -> list[Stamp]:
        """Return when each INVITE came, with its From."""
        return self.stamps()
