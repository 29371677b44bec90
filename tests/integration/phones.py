"""Phones that are not ours, driven for tests: sipp scenarios and baresip, all on 127.0.0.1.

`Script` writes a sipp scenario step by step, `Sipp` runs it, `Baresip` is a whole soft phone with real
audio both ways. Each is killed by its own pid in the end.

Tests judge order, counts and media time, never how long something took: the machine may be busy. They wait for
what they need (`until`, `Sipp.cue`, `Baresip.until_heard`), and a phone goes on when it is told to.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import socket
import wave
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

HOST = "127.0.0.1"
RATE_HZ = 8000
LOUD = 3000
"""The peak of 16-bit samples above which somebody speaks."""
KEYS_FOLDER = Path("/usr/share/sip-tester")
Pcm = npt.NDArray[np.int16]
Found = TypeVar("Found")

PATIENCE_S = 300.0
"""Judges nothing: only what never comes has to fail at some time."""

_issued: deque[int] = deque(maxlen=600)
"""Ports that tests were given lately and may not have bound yet."""
_KEY_FILES = {"#": "pound", "*": "star"}
_REACHED = "echo >> cues-[local_port]"
"""What a script does when it comes to `Script.await_cue`."""


# --- waiting ---------------------------------------------------------------------------------------


async def until(holds: Callable[[], Found], why: Callable[[], str] = str) -> Found:
    """Look again and again until ``holds`` returns something true, and return that; ``why`` tells what is wrong."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (found := holds()):
                await asyncio.sleep(0.02)
            return found
    except TimeoutError:
        raise AssertionError(f"it did not come true in {PATIENCE_S:.0f} s\n{why()}") from None


# --- ports and tones ------------------------------------------------------------------------------


def free_ports(count: int = 1) -> int:
    """Return the first of ``count`` neighbouring UDP and TCP ports that are free now; it is even."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    lowest = 16_000 + 2000 * worker  # below the kernel's own outgoing ports, and apart from other workers
    while True:
        first = random.randrange(lowest, lowest + 1900, 2)
        if any(first <= port < first + count for port in _issued):
            continue
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                        probe = stack.enter_context(socket.socket(socket.AF_INET, kind))
                        probe.bind((HOST, port))
            except OSError:
                continue
        _issued.extend(range(first, first + count))
        return first


def tone(frequency_hz: float, duration_ms: int, amplitude: float = 8000.0) -> Pcm:
    """Return a sine of 16-bit samples at 8 kHz."""
    times_s = np.arange(duration_ms * RATE_HZ // 1000) / RATE_HZ
    return (np.sin(2 * np.pi * frequency_hz * times_s) * amplitude).astype(np.int16)


def tone_share(samples: Pcm, frequency_hz: float) -> float:
    """Return how much of the energy of ``samples`` lies at ``frequency_hz`` (Goertzel): 0 to 1."""
    signal = samples.astype(np.float64)
    energy = float(np.sum(signal**2))
    if energy == 0.0:
        return 0.0
    turns = np.exp(-2j * np.pi * frequency_hz * np.arange(len(signal)) / RATE_HZ)
    return float(2 * np.abs(np.sum(signal * turns)) ** 2 / (len(signal) * energy))


def tone_ms(samples: Pcm, frequency_hz: float, window_ms: int = 20) -> int:
    """Return for how long ``samples`` carry the tone: loud windows that hold little else."""
    step = RATE_HZ * window_ms // 1000
    windows = [samples[at : at + step] for at in range(0, len(samples) - step + 1, step)]
    loud = [window for window in windows if np.abs(window).max() > 1000]
    return window_ms * sum(tone_share(window, frequency_hz) > 0.8 for window in loud)


def alaw(samples: Pcm) -> bytes:
    """Encode 16-bit samples by ITU-T G.711 A-law."""
    magnitudes = np.minimum(np.where(samples >= 0, samples, -samples.astype(np.int32) - 1) >> 3, 4095)
    exponents = np.maximum(np.floor(np.log2(np.maximum(magnitudes, 1))).astype(np.int32) - 4, 0)
    mantissas = np.where(exponents > 1, magnitudes >> np.maximum(exponents, 1), magnitudes >> 1) & 0x0F
    codes = (exponents << 4) | mantissas | np.where(samples >= 0, 0x80, 0)
    return bytes((codes ^ 0x55).astype(np.uint8))


# --- sipp -----------------------------------------------------------------------------------------

SDP_ALAW = """v=0
o=phone 1 [cseq] IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a={direction}"""


_KEEP_IDENTITIES = "".join(
    f'<ereg regexp="[^ ].*" search_in="hdr" header="{header}:" assign_to="{name}"/>'
    for header, name in (("From", "peer"), ("To", "own"))
)
"""Who called whom, for requests that the called side makes later."""


class Script:
    """A sipp scenario under construction; each method adds a step and returns the script."""

    def __init__(self, *, caller: bool = True, from_user: str = "01012345678") -> None:
        """``caller``: the phone places the call; otherwise it waits for one."""
        self._steps: list[str] = []
        self._caller = caller
        self._from = f'"Caller" <sip:{from_user}@[local_ip]:[local_port]>;tag=[pid]t[call_number]'
        self._to = "<sip:119@[remote_ip]:[remote_port]>"
        self._cseq = 1
        self._invite_step = 0

    def xml(self) -> str:
        """Return the scenario."""
        steps = "\n".join(self._steps)
        if 'assign_to="own"' in steps:
            steps += '<Reference variables="own,peer"/>'
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="phone">\n{steps}\n</scenario>\n'

    # requests of ours

    def invite(self, headers: str = "", *, sdp: bool = True, content_type: str = "", body: str = "") -> Self:
        """Call 119; ``headers`` are whole lines, ``body`` replaces the SDP."""
        body = body or (SDP_ALAW.format(direction="sendrecv") if sdp else "")
        kind = f"Content-Type: {content_type or 'application/sdp'}\n" if body else ""
        return self._request("INVITE", f"{headers}{kind}", body)

    def reinvite(self, direction: str) -> Self:
        """Change the media direction inside the call: sendonly holds, sendrecv resumes."""
        self._cseq += 1
        body = SDP_ALAW.format(direction=direction)
        self._request("INVITE", "Content-Type: application/sdp\n", body, inside=True)
        return self.expect(100, optional=True).expect(200).ack()

    def ack(self, *, sdp: bool = False) -> Self:
        """Acknowledge the 200, with an answer if the 200 carried the offer."""
        body = SDP_ALAW.format(direction="sendrecv") if sdp else ""
        kind = "Content-Type: application/sdp\n" if sdp else ""
        return self._request("ACK", kind, body, inside=True)

    def acknowledge_failure(self) -> Self:
        """Acknowledge a final failure, inside the INVITE's transaction."""
        return self._request("ACK", "", "", inside=True, same_branch=True)

    def cancel(self) -> Self:
        """Give up before the answer."""
        return self._request("CANCEL", "", "", same_branch=True).expect(200).expect(487).acknowledge_failure()

    def bye(self) -> Self:
        """Hang up."""
        self._cseq += 1
        return self._request("BYE", "", "", inside=True).expect(200)

    def bye_amid(self, method: str) -> Self:
        """Hang up while a request of the other side may be under way, which then gets no answer."""
        self._cseq += 1
        self._request("BYE", "", "", inside=True)
        return self.take(method, optional=True).expect(200, optional=method == "BYE")

    def info_key(self, key: str) -> Self:
        """Press a key by SIP INFO."""
        self._cseq += 1
        body = f"Signal={key}\nDuration=160"
        self._request("INFO", "Content-Type: application/dtmf-relay\n", body, inside=True)
        return self.expect(200)

    def refer(self, uri: str) -> Self:
        """Ask the other side to call ``uri``."""
        self._cseq += 1
        return self._request("REFER", f"Refer-To: <{uri}>\n", "", inside=True)

    def notify(self, status: str, *, final: bool) -> Self:
        """Report on a REFER that we took."""
        self._cseq += 1
        state = "terminated;reason=noresource" if final else "active;expires=60"
        headers = f"Event: refer\nSubscription-State: {state}\nContent-Type: message/sipfrag;version=2.0\n"
        return self._request("NOTIFY", headers, f"SIP/2.0 {status}", inside=True).expect(200)

    # the other side

    def expect(self, code: int, *, optional: bool = False, check: str = "", timed: bool = False) -> Self:
        """Wait for a response; ``check`` is a regular expression that its text must match."""
        options = (' optional="true"' if optional else "") + (' rtd="true"' if timed else "")
        return self._receive(f'response="{code}"{options}', check)

    def take(self, method: str, *, optional: bool = False, check: str = "") -> Self:
        """Wait for a request."""
        what = f'request="{method}"' + (' optional="true"' if optional else "")
        if method == "INVITE" and not self._caller:
            return self._receive(what, check, _KEEP_IDENTITIES)
        return self._receive(what, check)

    def reply(self, status: str, *, sdp: bool = False, headers: str = "", cseq: str = "") -> Self:
        """Answer the last request, for example with ``180 Ringing``."""
        body = SDP_ALAW.format(direction="sendrecv") if sdp else ""
        kind = "Content-Type: application/sdp\n" if sdp else ""
        own_tag = "" if self._caller else ";tag=[pid]u[call_number]"
        return self._send(
            f"SIP/2.0 {status}\n[last_Via:]\n[last_From:]\n[last_To:]{own_tag}\n"
            f"[last_Call-ID:]\n{f'CSeq: {cseq}' if cseq else '[last_CSeq:]'}\n"
            f"Contact: <sip:phone@[local_ip]:[local_port]>\n{headers}{kind}Content-Length: [len]\n\n{body}",
            retransmit=False,
        )

    def reply_to_cancel(self) -> Self:
        """Answer a CANCEL with 200 and the INVITE with 487, and take the ACK."""
        self.reply("200 OK").reply("487 Request Terminated", cseq="[last_cseq_number] INVITE")
        return self.take("ACK")

    def pause(self, duration_ms: int) -> Self:
        """Do nothing for a while."""
        return self._add(f'<pause milliseconds="{duration_ms}"/>')

    def await_cue(self) -> Self:
        """Wait until the test gives the cue, see `Sipp.cue`."""
        return self._add(f'<nop><action><exec command="{_REACHED}"/></action></nop>').take("MESSAGE")

    def say(self, file: Path, times: int = 1) -> Self:
        """Send raw A-law as RTP; -1 repeats it for ever."""
        return self._add(f'<nop><action><exec rtp_stream="{file},{times},8"/></action></nop>')

    def fall_silent(self) -> Self:
        """Send no more RTP of what `say` began."""
        return self._add('<nop><action><exec rtp_stream="pause"/></action></nop>')

    def press(self, key: str, pause_ms: int = 500) -> Self:
        """Press a key as RFC 4733 events (takes about 400 ms); with a pause of 0 the script goes on meanwhile."""
        file = KEYS_FOLDER / f"dtmf_2833_{_KEY_FILES.get(key, key)}.pcap"
        self._add(f'<nop><action><exec play_pcap_audio="{file}"/></action></nop>')
        return self.pause(pause_ms) if pause_ms else self

    # building

    def _request(
        self, method: str, headers: str, body: str, *, inside: bool = False, same_branch: bool = False
    ) -> Self:
        target = "sip:119@[remote_ip]:[remote_port]"
        branch = f"[branch-{len(self._steps) - self._invite_step}]" if same_branch else "[branch]"
        if method == "INVITE" and not inside:
            self._invite_step = len(self._steps)
        tagged = inside or (same_branch and method == "ACK")
        sender, receiver = self._from, self._to + ("[peer_tag_param]" if tagged else "")
        if not self._caller:
            sender, receiver = "[$own];tag=[pid]u[call_number]", "[$peer]"
        number = self._cseq
        return self._send(
            f"{method} {target} SIP/2.0\n"
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}\n"
            f"From: {sender}\nTo: {receiver}\nCall-ID: [call_id]\nCSeq: {number} {method}\n"
            "Contact: <sip:phone@[local_ip]:[local_port]>\nMax-Forwards: 70\n"
            f"{headers}Content-Length: [len]\n\n{body}",
            retransmit=method != "ACK",
        )

    def _send(self, text: str, *, retransmit: bool) -> Self:
        option = ' retrans="500"' if retransmit else ""
        return self._add(f"<send{option}><![CDATA[\n{text}\n]]></send>")

    def _receive(self, what: str, check: str, keep: str = "") -> Self:
        if not check:
            return self._add(f"<recv {what}><action>{keep}</action></recv>" if keep else f"<recv {what}/>")
        action = f'<action>{keep}<ereg regexp="{escape(check, {chr(34): "&quot;"})}" search_in="msg" check_it="true" assign_to="seen"/></action>'
        return self._add(f'<recv {what}>{action}</recv><Reference variables="seen"/>')

    def _add(self, step: str) -> Self:
        self._steps.append(step)
        return self


class Sipp:
    """A running sipp; use as an async context manager or `await sipp.wait()`."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path, port: int) -> None:
        self._process = process
        self._folder = folder
        self._cues = 0
        self.port = port

    @classmethod
    async def start(
        cls,
        folder: Path,
        script: Script,
        *,
        target_port: int = 9,
        port: int | None = None,
        local_ip: str = HOST,
        calls: int = 1,
        at_once: int = 1,
    ) -> Self:
        """Run ``script`` towards (or, for one that waits, on) 127.0.0.1; returns when its port is open."""
        port = port or free_ports()
        media_port = free_ports(8)
        folder.mkdir(parents=True, exist_ok=True)
        scenario = folder / f"sipp-{port}.xml"
        scenario.write_text(script.xml())
        arguments = ["-sf", str(scenario), "-i", local_ip, "-p", str(port), "-mp", str(media_port)]
        arguments += [
            "-m",
            str(calls),
            "-l",
            str(at_once),
            "-r",
            "50",
            "-nostdin",
            "-trace_err",
            "-trace_msg",
        ]
        if "OPTIONS" not in script.xml():
            arguments += ["-aa"]  # answers OPTIONS: a phone that sends no audio is asked whether it lives
        arguments += ["-error_file", str(folder / f"sipp-{port}.err"), "-timeout", f"{2 * PATIENCE_S:.0f}s"]
        arguments += ["-message_file", str(folder / f"sipp-{port}.msg"), "-timeout_error"]
        process = await asyncio.create_subprocess_exec(
            "sipp",
            f"{HOST}:{target_port}",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folder,
        )
        await until(lambda: process.returncode is not None or _is_bound(local_ip, port))
        return cls(process, folder, port)

    async def wait(self) -> None:
        """Wait for the script's end; AssertionError with sipp's own words when it failed."""
        try:
            code = await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        except TimeoutError:
            self.kill()
            raise AssertionError(
                f"sipp did not end within {PATIENCE_S} s\n{self.messages()[-6000:]}"
            ) from None
        assert code == 0, f"sipp ended with {code}\n{self.errors()}\n{self.messages()[-6000:]}"

    async def until_sent(self, text: str, times: int = 1) -> None:
        """Wait until ``text`` stands so often in what was sent and received, for example ``180 Ringing``."""
        await until(lambda: self.messages().count(text) >= times, lambda: self.messages()[-3000:])

    async def until_waiting(self) -> None:
        """Wait until the script has come to its next `Script.await_cue`."""
        reached = self._folder / f"cues-{self.port}"
        await until(lambda: len(_text(reached)) > self._cues, lambda: self.errors() + self.messages()[-3000:])

    async def cue(self) -> None:
        """Wait until the script waits in `Script.await_cue`, and let it go on: a MESSAGE in its newest call.

        sipp answers nothing to it, and one that came before the script waits for it would end the script.
        """
        await self.until_waiting()
        self._cues += 1
        found = re.findall(r"^Call-ID: (\S+)", self.messages(), re.MULTILINE)
        assert found, "the phone has no call yet"
        cue = (
            f"MESSAGE sip:phone@{HOST}:{self.port} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:9;branch=z9hG4bKcue{self._cues}\r\n"
            f"From: <sip:test@{HOST}>;tag=cue\r\nTo: <sip:phone@{HOST}>\r\nCall-ID: {found[-1]}\r\n"
            f"CSeq: {self._cues} MESSAGE\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(cue.encode(), (HOST, self.port))

    @property
    def running(self) -> bool:
        """Whether the script still runs."""
        return self._process.returncode is None

    def errors(self) -> str:
        """What sipp complained about."""
        return _text(self._folder / f"sipp-{self.port}.err")

    def messages(self) -> str:
        """All SIP messages sent and received."""
        return _text(self._folder / f"sipp-{self.port}.msg")

    def kill(self) -> None:
        """End the phone without a word to anybody."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        await self._process.wait()


def _is_bound(host: str, port: int) -> bool:
    address = f"{socket.inet_aton(host)[::-1].hex().upper()}:{port:04X}"
    return any(line.split()[1] == address for line in _text(Path("/proc/net/udp")).splitlines()[1:])


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


# --- baresip --------------------------------------------------------------------------------------

_BARESIP_CONFIG = """poll_method epoll
sip_listen {host}:{sip_port}
audio_path /usr/share/baresip
audio_source aufile,{source}
audio_player aubridge,x
audio_alert aubridge,x
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_level no
call_max_calls 4
rtp_ports {rtp_first}-{rtp_last}
rtp_bandwidth 512-1024
jitter_buffer_delay 1-50
snd_path {folder}
ctrl_tcp_listen {host}:{control_port}
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
"""


class Baresip:
    """A soft phone: says a PCM, keeps what it hears, calls or answers by command."""

    def __init__(
        self, process: asyncio.subprocess.Process, folder: Path, sip_port: int, control_port: int
    ) -> None:
        self._process = process
        self._folder = folder
        self._control_port = control_port
        self.port = sip_port
        self.uri = f"sip:phone@{HOST}:{sip_port}"

    @classmethod
    async def start(
        cls,
        folder: Path,
        says: Pcm,
        *,
        answers: bool = False,
        port: int | None = None,
        user: str = "phone",
    ) -> Self:
        """Start ``user``'s phone; it says ``says`` (then silence) in a call."""
        folder.mkdir(parents=True, exist_ok=True)
        sip_port, control_port, rtp_first = port or free_ports(), free_ports(), free_ports(20)
        source = folder / "says.wav"
        write_wav(source, np.concatenate([says, np.zeros(int(PATIENCE_S * RATE_HZ), np.int16)]))
        config = _BARESIP_CONFIG.format(
            host=HOST,
            sip_port=sip_port,
            source=source,
            rtp_first=rtp_first,
            rtp_last=rtp_first + 18,
            folder=folder,
            control_port=control_port,
        )
        mode = "auto" if answers else "manual"
        (folder / "config").write_text(config)
        account = f"<sip:{user}@{HOST}:{sip_port}>;regint=0;audio_codecs=PCMA;answermode={mode}\n"
        (folder / "accounts").write_text(account)
        (folder / "contacts").write_text("")
        with (folder / "baresip.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                "baresip",
                "-f",
                str(folder),
                "-t",
                str(int(2 * PATIENCE_S)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
            )
        phone = cls(process, folder, sip_port, control_port)
        await phone._await_control()
        return phone

    async def command(self, name: str, params: str = "") -> dict[str, object]:
        """Give a command of baresip's menu: dial, hangup, hold, resume, transfer, sndcode and so on."""
        reader, writer = await asyncio.open_connection(HOST, self._control_port)
        try:
            text = json.dumps({"command": name, "params": params, "token": "t"}).encode()
            writer.write(b"%d:%s," % (len(text), text))
            while True:
                length = int((await asyncio.wait_for(reader.readuntil(b":"), PATIENCE_S))[:-1])
                answer: dict[str, object] = json.loads(await reader.readexactly(length))
                await reader.readexactly(1)
                if answer.get("response"):
                    return answer
        finally:
            writer.close()

    def heard(self) -> Pcm:
        """What came from the other side so far in the last call; complete after the call."""
        return self._dump("dec")

    async def until_heard(self, duration_ms: int) -> int:
        """Wait until so much more came from the other side; returns the sample at which that begins."""
        before = len(self.heard())
        await until(lambda: len(self.heard()) - before >= duration_ms * RATE_HZ // 1000, self.log)
        return before

    async def until_loud(self, from_sample: int = 0) -> None:
        """Wait until somebody speaks at the other side, after ``from_sample`` of `heard`."""
        await until(lambda: np.abs(self.heard()[from_sample:]).max(initial=0) > LOUD, self.log)

    def heard_in_all(self) -> Pcm:
        """What came from the other side in all calls so far, in no particular order."""
        return np.concatenate([np.zeros(0, np.int16), *self._recordings("dec")])

    def said(self) -> Pcm:
        """What was sent in the last call."""
        return self._dump("enc")

    def log(self) -> str:
        """What baresip printed."""
        return _text(self._folder / "baresip.log")

    def _dump(self, kind: str) -> Pcm:
        recordings = self._recordings(kind)
        return recordings[-1] if recordings else np.zeros(0, np.int16)

    def _recordings(self, kind: str) -> list[Pcm]:
        files = sorted(self._folder.glob(f"dump-*-{kind}.wav"), key=lambda file: file.stat().st_ctime)
        return [read_wav(file) for file in files]

    async def _await_control(self) -> None:
        ends_at = asyncio.get_running_loop().time() + PATIENCE_S
        while self._process.returncode is None and asyncio.get_running_loop().time() < ends_at:
            try:
                _reader, writer = await asyncio.open_connection(HOST, self._control_port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
        raise AssertionError(f"baresip did not start:\n{self.log()}")

    def kill(self) -> None:
        """Take the phone's power away: no word to anybody."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self) -> None:
        """End the phone properly, so that its recordings are complete."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 1)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def write_wav(path: Path, samples: Pcm) -> None:
    """Write 16-bit mono at 8 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


def read_wav(path: Path) -> Pcm:
    """Read 16-bit mono at 8 kHz, also when the writer has not yet put its length into the header."""
    data = path.read_bytes()
    start = data.find(b"data") + 8
    return np.frombuffer(data, np.int16, (len(data) - start) // 2, start)
