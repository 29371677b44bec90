"""One line process as a child: its start, its words on stderr, its end.

Not asyncio's own subprocess: that kills a living child when its transport is closed or collected,
and a line process must outlive its core as long as it has callers.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import structlog

import voicebot
from voicebot.control import LineConfig

log = structlog.get_logger(__name__)

SETUP_FAILED = 3
"""Exit code of a line process that the machine does not allow; its last line on stderr says why."""
_WORDS_LIMIT_BYTES = 1 << 16
"""Of a log line: a traceback fits. A longer one is dropped."""
_LAST_WORDS_LIMIT_S = 1.0
"""What it wrote lies in the pipe already. Chosen: who else holds the pipe open delays a restart no longer."""


class LineProcess:
    """A spawned child; `reap` must be awaited to its end, or the child left with `leave`."""

    def __init__(self, config: LineConfig, child: subprocess.Popen[bytes]) -> None:
        self.config = config
        self._child = child
        self.last_words = ""
        """The last line on stderr that was not a log line."""

    @classmethod
    def spawn(cls, config: LineConfig) -> LineProcess:
        """Start ``python -m voicebot.sip``, in its own session so that it outlives the core."""
        path = Path(f"{config.lock}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(config))
        root = str(Path(voicebot.__file__).parent.parent)
        search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        child = subprocess.Popen(
            [sys.executable, "-m", "voicebot.sip", str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": search},
            start_new_session=True,
        )
        return cls(config, child)

    @property
    def pid(self) -> int:
        """The pid of the child."""
        return self._child.pid

    async def reap(self) -> int:
        """Log what the child writes until it ends; returns its exit code, negative for a signal.

        Cancellation leaves the child running and its words unread.
        """
        words = asyncio.create_task(self._forward_words(), name=f"words of line {self.config.line}")
        try:
            await _ended(self.pid)
            code = self._child.wait()
            await asyncio.wait([words], timeout=_LAST_WORDS_LIMIT_S)
            return code
        finally:
            words.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await words

    async def _forward_words(self) -> None:
        output = self._child.stdout
        assert output is not None
        reader = asyncio.StreamReader(_WORDS_LIMIT_BYTES)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), output)
        try:
            while True:
                try:
                    raw = await reader.readline()
                except ValueError:
                    continue  # a line beyond the limit
                if not raw:
                    return
                self._note(raw.decode("utf-8", "replace").strip())
        finally:
            transport.close()

    def _note(self, text: str) -> None:
        bound = log.bind(line=self.config.line, pid=self.pid)
        try:
            fields = msgspec.json.decode(text, type=dict[str, object])
        except msgspec.DecodeError:
            if text:
                self.last_words = text
                bound.warning("line process wrote", text=text)
            return
        level = str(fields.pop("level", "info"))
        fields.pop("line", None)
        event = str(fields.pop("event", ""))
        tell = {"error": bound.error, "warning": bound.warning}.get(level, bound.info)
        tell(event, **fields)

    def signal(self, number: signal.Signals) -> None:
        """Signal the child; nothing happens when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(number)

    def leave(self) -> None:
        """Let the child go on without us."""
        self._child.returncode = 0  # nobody will wait for it, and Popen must not complain about that


async def _ended(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    loop = asyncio.get_running_loop()
    ended = loop.create_future()

    def note() -> None:
        loop.remove_reader(descriptor)
        if not ended.done():
            ended.set_result(None)

    loop.add_reader(descriptor, note)
    try:
        await ended
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
