"""One line process as a child: its start, its words on stderr, its end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import msgspec
import structlog

import voicebot
from voicebot.control import LineConfig

log = structlog.get_logger(__name__)

_STDERR_LINE_LIMIT_BYTES = 1 << 16
SETUP_FAILED = 3
"""Exit code of a line process that the machine does not allow; its last line on stderr says why."""


class LineProcess:
    """A spawned child; `reap` must be awaited to its end."""

    def __init__(self, config: LineConfig, process: asyncio.subprocess.Process) -> None:
        self.config = config
        self._process = process
        self.last_words = ""
        """The last line on stderr that was not a log line."""

    @classmethod
    async def spawn(cls, config: LineConfig) -> LineProcess:
        """Start ``python -m voicebot.sip``, in its own session so that it outlives the core."""
        path = Path(f"{config.lock}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.encode(config))
        root = str(Path(voicebot.__file__).parent.parent)
        search = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voicebot.sip",
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": search},
            start_new_session=True,
            limit=_STDERR_LINE_LIMIT_BYTES,
        )
        return cls(config, process)

    @property
    def pid(self) -> int:
        """The pid of the child."""
        return self._process.pid

    async def reap(self) -> int:
        """Log what the child writes until it ends; returns its exit code, negative for a signal."""
        await self._forward_words()
        return await self._process.wait()

    async def _forward_words(self) -> None:
        output = self._process.stdout
        assert output is not None  # noqa: S101 - asked for above
        bound = log.bind(line=self.config.line, pid=self.pid)
        while True:
            try:
                raw = await output.readline()
            except ValueError:
                continue  # a line beyond the limit
            if not raw:
                return
            text = raw.decode("utf-8", "replace").strip()
            if not text:
                continue
            try:
                fields = msgspec.json.decode(text, type=dict[str, object])
            except msgspec.DecodeError:
                self.last_words = text
                bound.warning("line process wrote", text=text)
                continue
            level = str(fields.pop("level", "info"))
            fields.pop("line", None)
            event = str(fields.pop("event", ""))
            method = {"error": bound.error, "warning": bound.warning}.get(level, bound.info)
            method(event, **fields)

    def kill(self) -> None:
        """SIGKILL; nothing happens when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def terminate(self) -> None:
        """SIGTERM: retire."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
