"""The settings as frozen models; docs/settings.md is written from them."""

from __future__ import annotations

import os
import tempfile
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from voicebot.settings.types import (
    Address,
    AddressField,
    NetworkField,
    PathField,
    PortRange,
    PortRangeField,
    SipUri,
    StoreUrl,
)

PROJECT_FOLDER = Path(__file__).resolve().parents[2]
"""The checkout: ``dialogs/`` and ``models/`` lie here, beside the package."""

_MAX_RUN_DIRECTORY_BYTES = 80  # leaves room for file names in the 107 bytes of a Unix socket path


def _field(expected: str, description: str, *, shown_default: str | None = None, **rest: Any) -> Any:
    """Describe a setting; ``expected`` ends the sentence "… must be …" when a value is wrong.

    ``shown_default`` tells a default that depends on the machine.
    """
    extra = {"expected": expected} | ({"shown_default": shown_default} if shown_default else {})
    return Field(description=description, json_schema_extra=dict(extra), **rest)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SipSettings(_Section):
    """Where calls come in, and who may place them."""

    listen: AddressField = _field(
        "an IP address and a port such as 127.0.0.1:5060",
        "UDP address of SIP. Beyond loopback it needs a proxy in front, see `voicebot doctor`.",
        default=Address("127.0.0.1", 5060),
    )
    rtp_ports: PortRangeField = _field(
        "a range of at least 16 UDP ports between 1024 and 65535 such as 20000-20999",
        "UDP ports of audio; each leg takes two. Shared out evenly among the line processes.",
        default=PortRange(20000, 20999),
    )
    allow_from: tuple[NetworkField, ...] = _field(
        "a list of IP addresses or networks such as [127.0.0.0/8, 10.1.2.3]",
        "Who may place calls: the addresses of the PBX or proxy. An empty list admits nobody.",
        default=(IPv4Network("127.0.0.0/8"),),
    )
    line_processes: int = _field(
        "a whole number from 1 to 250",
        "Processes that carry legs. With more than one, a SIP proxy spreads the calls over their ports.",
        default=1,
        ge=1,
        le=250,
        strict=True,
    )
    legs_per_process: Literal["auto"] | Annotated[int, Field(strict=True, ge=2, le=1000)] = _field(
        "auto or a whole number from 2 to 1000",
        "Legs per line process; `auto` takes what the installed pjsua2 can do (the stock wheel: 4).",
        default="auto",
    )

    @property
    def legs(self) -> int:
        """The limit of legs per line process; 0 means what the installed pjsua2 can do."""
        return 0 if self.legs_per_process == "auto" else self.legs_per_process


class SpeechSettings(_Section):
    """The model that recognises speech, and what it runs on."""

    model: PathField = _field(
        "the path of a CTranslate2 Whisper directory",
        "Any CTranslate2 Whisper directory. The bundled one knows synthetic voices only.",
        default=PROJECT_FOLDER / "models" / "ko-119-mini",
        shown_default="models/ko-119-mini of the checkout",
    )
    device: str = _field(
        "auto, cpu, cuda, or one card such as cuda:0",
        "What the recogniser runs on; `auto` takes a card when there is one.",
        default="cpu",
        pattern=r"^(auto|cpu|cuda(:\d{1,2})?)$",
    )
    compute_type: Literal[
        "default",
        "auto",
        "int8",
        "int8_float32",
        "int8_float16",
        "int8_bfloat16",
        "int16",
        "float16",
        "bfloat16",
        "float32",
    ] = _field(
        "default, auto, int8, int8_float32, int8_float16, int8_bfloat16, int16, float16, bfloat16 or float32",
        "Number format of the recogniser; `default` keeps what the model was saved with.",
        default="default",
    )
    hotwords: str = _field(
        "words separated by blanks, at most 500 characters",
        "Words to expect, place names for example, for models that take a prompt; the bundled one does not.",
        default="",
        max_length=500,
    )


class Operator(_Section):
    """A human who takes over calls."""

    name: str = _field(
        "a name of 1 to 64 characters", "Shown in records and on the console.", min_length=1, max_length=64
    )
    uri: SipUri = _field("a SIP URI such as sip:desk1@10.1.2.3", "The operator's phone.")


class HttpSettings(_Section):
    """The console and its API."""

    listen: AddressField = _field(
        "an IP address and a port such as 127.0.0.1:8080",
        "TCP address of the console. It has no login: keep it on loopback or behind a proxy that has one.",
        default=Address("127.0.0.1", 8080),
    )


class StoreSettings(_Section):
    """Where incident records are kept."""

    url: StoreUrl = _field(
        "a database URL such as sqlite:///voicebot.db",
        "SQLAlchemy URL. A relative SQLite path counts from the settings file.",
        shown_default="voicebot.db in $STATE_DIRECTORY, else beside the settings file",
        default_factory=lambda: f"sqlite:///{Path.cwd() / 'voicebot.db'}",
    )


class RecordingSettings(_Section):
    """Recordings of calls."""

    directory: PathField | None = _field(
        "the path of a folder, or nothing",
        "Folder of recordings. Without one, calls are not recorded.",
        default=None,
    )


class Settings(_Section):
    """All settings; made by `load_settings`."""

    sip: SipSettings = SipSettings()
    speech: SpeechSettings = SpeechSettings()
    dialog: PathField = _field(
        "the path of a dialog file",
        "The conversation with the caller.",
        default=PROJECT_FOLDER / "dialogs" / "119.yaml",
        shown_default="dialogs/119.yaml of the checkout",
    )
    operators: tuple[Operator, ...] = _field(
        "a list of operators, each with a name of its own and a uri",
        "The humans who take over, in the order in which they are tried.",
        default=(),
    )
    fallback: SipUri | None = _field(
        "a SIP URI such as sip:hotline@10.1.2.3, or nothing",
        "Where callers go when no operator answers or voicebot fails. Without one they stay on the line.",
        default=None,
    )
    http: HttpSettings = HttpSettings()
    store: StoreSettings = Field(default_factory=StoreSettings)
    recordings: RecordingSettings = RecordingSettings()
    run_directory: PathField = _field(
        "the path of a folder, at most 80 bytes long",
        "Folder of sockets and audio rings; nothing in it is worth keeping.",
        shown_default="$RUNTIME_DIRECTORY, else a folder of the user and SIP port in the temporary folder",
        default_factory=lambda data: _temporary_run_directory(data["sip"]),
    )

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        if len({operator.name for operator in self.operators}) != len(self.operators):
            message = "operators"
            raise ValueError(message)
        if len(os.fsencode(self.run_directory)) > _MAX_RUN_DIRECTORY_BYTES:
            message = "run_directory"
            raise ValueError(message)
        return self


def _temporary_run_directory(sip: SipSettings) -> Path:
    return Path(tempfile.gettempdir(), f"voicebot-{os.getuid()}-{sip.listen.port}")
