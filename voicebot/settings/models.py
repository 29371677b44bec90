"""The settings as frozen models; docs/settings.md is written from them."""

from __future__ import annotations

import os
import tempfile
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from voicebot.settings.humans import Group, Operator, TransferSettings, check_humans
from voicebot.settings.section import Section, setting
from voicebot.settings.types import (
    Address,
    AddressField,
    HttpUrl,
    ModelField,
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


class SipSettings(Section):
    """Where calls come in, and who may place them."""

    listen: AddressField = setting(
        "an IP address and a port such as 127.0.0.1:5060",
        "UDP address of SIP. Beyond loopback it needs a proxy in front, see `voicebot doctor`.",
        default=Address("127.0.0.1", 5060),
    )
    rtp_ports: PortRangeField = setting(
        "a range of at least 16 UDP ports between 1024 and 65535 such as 20000-20999",
        "UDP ports of audio; each leg takes two. Shared out evenly among the line processes.",
        default=PortRange(20000, 20999),
    )
    allow_from: tuple[NetworkField, ...] = setting(
        "a list of IP addresses or networks such as [127.0.0.0/8, 10.1.2.3]",
        "Who may place calls: the addresses of the PBX or proxy. An empty list admits nobody.",
        default=(IPv4Network("127.0.0.0/8"),),
    )
    line_processes: int = setting(
        "a whole number from 1 to 250",
        "Processes that carry legs. With more than one, a SIP proxy spreads the calls over their ports.",
        default=1,
        ge=1,
        le=250,
        strict=True,
    )
    legs_per_process: Literal["auto"] | Annotated[int, Field(strict=True, ge=2, le=1000)] = setting(
        "auto or a whole number from 2 to 1000",
        "Legs per line process; `auto` takes what the installed pjsua2 can do (the stock wheel: 4).",
        default="auto",
    )

    @property
    def legs(self) -> int:
        """The limit of legs per line process; 0 means what the installed pjsua2 can do."""
        return 0 if self.legs_per_process == "auto" else self.legs_per_process


class SpeechSettings(Section):
    """The model that recognises speech, and what it runs on."""

    model: ModelField = setting(
        "auto or the path of a CTranslate2 Whisper directory",
        "What calls are heard with. `auto` takes the best model that `voicebot model` put on this machine; "
        "docs/hearing.md tells which there are.",
        default=None,
        shown_default="`auto`",
    )
    synthetic_voices_only: StrictBool = setting(
        "true or false",
        "Whether all callers are synthetic voices, as in the demonstration: `auto` is then the bundled "
        "model, which hears nobody else.",
        default=False,
    )
    device: str = setting(
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
    ] = setting(
        "default, auto, int8, int8_float32, int8_float16, int8_bfloat16, int16, float16, bfloat16 or float32",
        "Number format of the recogniser; `default` keeps what the model was saved with.",
        default="default",
    )
    hotwords: str = setting(
        "words separated by blanks, at most 500 characters",
        "Words to expect, place names for example, for models that take a prompt; the bundled one does not.",
        default="",
        max_length=500,
    )


class HttpSettings(Section):
    """The console and its API."""

    listen: AddressField = setting(
        "an IP address and a port such as 127.0.0.1:8080",
        "TCP address of the console. It has no login: keep it on loopback or behind a proxy that has one.",
        default=Address("127.0.0.1", 8080),
    )


class StoreSettings(Section):
    """Where incident records are kept."""

    url: StoreUrl = setting(
        "a database URL such as sqlite:///voicebot.db",
        "SQLAlchemy URL. A relative SQLite path counts from the settings file.",
        shown_default="voicebot.db in $STATE_DIRECTORY, else beside the settings file",
        default_factory=lambda: f"sqlite:///{Path.cwd() / 'voicebot.db'}",
    )


class CallbackSettings(Section):
    """Callers who were lost before a human had them."""

    same_caller_seconds: int = setting(
        "a whole number from 0 to 86400",
        "A number that calls again so soon goes on with its earlier call: its words, place and urgency are "
        "kept. 0 for never. Withheld numbers are not matched.",
        default=1800,
        ge=0,
        le=86_400,
        strict=True,
    )


class GeocoderSettings(Section):
    """An address service that gives a better point for a spoken place; a call never waits for it."""

    url: HttpUrl | None = setting(
        "an address such as http://10.1.2.3/search, or nothing",
        "Address service, asked by GET with the spoken place. Without one the gazetteer's points stand.",
        default=None,
    )
    query: str = setting(
        "the name of a parameter", "Parameter that carries the place.", default="query", min_length=1
    )
    lat: str = setting(
        "a path such as documents.0.y",
        "Where the latitude stands in the JSON answer.",
        default="documents.0.y",
    )
    lon: str = setting(
        "a path such as documents.0.x",
        "Where the longitude stands in the JSON answer.",
        default="documents.0.x",
    )
    authorization: str | None = setting(
        "the value of a header, or nothing", "Sent as `Authorization` with each request.", default=None
    )
    limit_seconds: float = setting(
        "a number from 0.1 to 10",
        "An answer that comes later is not used.",
        default=1.5,
        ge=0.1,
        le=10,
        strict=True,
    )


class RecordingSettings(Section):
    """Recordings of calls."""

    directory: PathField | None = setting(
        "the path of a folder, or nothing",
        "Folder of recordings. Without one, calls are not recorded.",
        default=None,
    )


class Settings(Section):
    """All settings; made by `load_settings`."""

    sip: SipSettings = SipSettings()
    speech: SpeechSettings = SpeechSettings()
    dialog: PathField = setting(
        "the path of a dialog file",
        "The conversation with the caller.",
        default=PROJECT_FOLDER / "dialogs" / "119.yaml",
        shown_default="dialogs/119.yaml of the checkout",
    )
    operators: tuple[Operator, ...] = setting(
        "a list of operators, each with a name of its own and a uri",
        "The humans who take over, in the order in which they are tried.",
        default=(),
    )
    groups: tuple[Group, ...] = setting(
        "a list of groups, each with a name of its own",
        "Operators that a dialog can ask for by name. Not needed where every operator takes every call.",
        default=(),
    )
    transfer: TransferSettings = TransferSettings()
    fallback: SipUri | None = setting(
        "a SIP URI such as sip:hotline@10.1.2.3, or nothing",
        "Where callers go when no operator answers or voicebot fails. Without one they stay on the line.",
        default=None,
    )
    http: HttpSettings = HttpSettings()
    store: StoreSettings = Field(default_factory=StoreSettings)
    callbacks: CallbackSettings = CallbackSettings()
    recordings: RecordingSettings = RecordingSettings()
    geocoder: GeocoderSettings = GeocoderSettings()
    run_directory: PathField = setting(
        "the path of a folder, at most 80 bytes long",
        "Folder of sockets and audio rings; nothing in it is worth keeping.",
        shown_default="$RUNTIME_DIRECTORY, else a folder of the user and SIP port in the temporary folder",
        default_factory=lambda data: _temporary_run_directory(data["sip"]),
    )

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        check_humans(self.operators, self.groups)
        if len(os.fsencode(self.run_directory)) > _MAX_RUN_DIRECTORY_BYTES:
            message = "run_directory"
            raise ValueError(message)
        return self


def _temporary_run_directory(sip: SipSettings) -> Path:
    return Path(tempfile.gettempdir(), f"voicebot-{os.getuid()}-{sip.listen.port}")
