"""The one place that names concrete parts and puts them together; it starts nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from voicebot import control, metrics
from voicebot.calls.current_dialog import CurrentDialog, prepared
from voicebot.calls.hearing.listening import LONGEST_UTTERANCE_MS, Hearing
from voicebot.calls.hearing.place_name_scoring import PlaceNames
from voicebot.calls.hearing.recording import Recordings
from voicebot.calls.incident_writer import RecordKeeping
from voicebot.calls.session import CallResources
from voicebot.calls.switchboard import Switchboard
from voicebot.calls.transfers.desk_board import DeskBoard, DeskTimes
from voicebot.calls.transfers.handover import HumanRoutes
from voicebot.console import HttpServer, create_app
from voicebot.dialog import load_dialog
from voicebot.errors import SetupError, SpeechFailed
from voicebot.geocoding import GazetteerGeocoder, Geocoder, HttpGeocoder
from voicebot.incidents import IncidentStore
from voicebot.lines import LinePool
from voicebot.operators.desks import EVERYBODY, Group, Operator, Strategy
from voicebot.operators.transfer_plan import Limits, Policy
from voicebot.settings import GeocoderSettings, Settings, TransferSettings
from voicebot.speech.cards import runs_on_a_card
from voicebot.speech.detector import Detector
from voicebot.speech.recogniser import Recogniser
from voicebot.speech.recognition_queue import RecogniserQueue
from voicebot.speech.synthesiser import Synthesiser
from voicebot.speech_models.folder import SpeechModel, chosen, why_deaf

_MOST_LEGS = 1024
"""Legs that the detector holds at once, of all lines: four times the 240 calls of docs/performance.md; a leg
that is not there costs its few numbers of memory and no time."""
ORPHAN_LIMIT_S = 300.0
"""How long a line process of an earlier core may finish its conversations before it is ended by force: as
long as the bot may talk with a caller (`voicebot.calls.session`). Until then its line takes no calls."""
_CLIP_MARGIN_MS = 500
"""Room in the recogniser's longest clip for the audio before the onset (`EndpointSettings.pre_roll_ms`)."""


@dataclass(frozen=True, slots=True)
class Core:
    """The core, built and at rest: what a server runs, and what it asks."""

    lines: LinePool
    switchboard: Switchboard
    http: HttpServer
    """Serves the console while it is entered."""
    work: Mapping[str, Callable[[], Coroutine[Any, Any, None]]]
    """What runs as a task of its own, by name; each until it is cancelled."""


def load_recogniser(settings: Settings) -> Recogniser:
    """Load the speech model of ``settings``; the bundled one where none is installed. Raises `ModelError`."""
    return Recogniser(
        chosen_model(settings).directory,
        device=settings.speech.device,
        compute_type=settings.speech.compute_type,
        hotwords=settings.speech.hotwords,
    )


def chosen_model(settings: Settings) -> SpeechModel:
    """Return the speech model that calls are heard with."""
    return chosen(settings.speech, on_a_card=runs_on_a_card(settings.speech.device))


def for_synthetic_voices(settings: Settings) -> Settings:
    """Return the settings for synthetic callers: the bundled model, unless another one is named."""
    speech = settings.speech.model_copy(update={"synthetic_voices_only": True})
    return settings.model_copy(update={"speech": speech})


def deaf_to_people(settings: Settings) -> str:
    """Return why people are not heard with these settings, and how to mend it; empty when they are."""
    return why_deaf(settings.speech, chosen_model(settings))


@contextlib.asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Core]:
    """Build the core: nothing runs and no port is taken yet. Leaving closes what was opened.

    Raises `UserError` when the dialog, the speech model, a voice or the store is not usable.
    """
    groups = [group.name for group in settings.groups]
    loaded = load_dialog(settings.dialog, groups)
    recogniser = await asyncio.to_thread(load_recogniser, settings)
    detector = await asyncio.to_thread(Detector, _MOST_LEGS)
    try:
        ready = await prepared(loaded, Synthesiser(settings.run_directory / "prompts"))
    except SpeechFailed as error:
        raise SetupError(f"the prompts of {settings.dialog} have no audio: {error}") from error
    queue = RecogniserQueue(
        PlaceNames(recogniser, loaded.knowledge.gazetteer),
        batch=recogniser.best_batch,
        padded=recogniser.padded,
        workers=recogniser.workers,
    )
    async with contextlib.AsyncExitStack() as opened:
        store = await IncidentStore.open(settings.store.url)
        opened.push_async_callback(store.close)
        places = await opened.enter_async_context(address_client(settings.geocoder))
        lines = line_pool(settings, ready.voice.last_resort.file)
        longest_ms = min(LONGEST_UTTERANCE_MS, recogniser.longest_ms - _CLIP_MARGIN_MS)
        folder = settings.recordings.directory
        recordings = None if folder is None else opened.enter_context(Recordings(folder))
        same_caller_within = timedelta(seconds=settings.callbacks.same_caller_seconds)
        resources = CallResources(
            current_dialog=CurrentDialog(settings.dialog, ready, groups),
            lines=lines,
            hearing=Hearing(detector, queue, _MOST_LEGS, longest_ms),
            recordings=recordings,
            records=RecordKeeping(store, same_caller_within, geocoders(settings.geocoder, places)),
            routes=HumanRoutes(
                lines=lines,
                board=make_desk_board(settings),
                policy=transfer_policy(settings.transfer),
                fallback=settings.fallback,
                console_url=settings.transfer.console_url,
            ),
        )
        yield _core(settings, resources, queue)


def _core(settings: Settings, resources: CallResources, queue: RecogniserQueue) -> Core:
    """Put the calls and their console on top of what they draw on."""
    switchboard = Switchboard(resources)
    metrics.DEAF.set_function(lambda: float(resources.hearing.deaf))
    app = create_app(
        resources.records.store,
        switchboard,
        resources.routes.board,
        metrics.REGISTRY,
        lambda: not_ready(resources.lines, switchboard),
    )
    work = {
        "recogniser": queue.run,
        "hearing": resources.hearing.run,
        "switchboard": switchboard.run,
        "lines": resources.lines.run,
        "dialog": resources.current_dialog.watch,
    }
    return Core(resources.lines, switchboard, HttpServer(app, settings.http.listen), work)


def address_client(settings: GeocoderSettings) -> httpx.AsyncClient:
    """Return the client for the address service; it connects to nothing by itself."""
    headers = {"Authorization": settings.authorization} if settings.authorization else {}
    return httpx.AsyncClient(headers=headers, trust_env=False)


def geocoders(settings: GeocoderSettings, client: httpx.AsyncClient) -> tuple[Geocoder, ...]:
    """Return who gives points for spoken places: the gazetteer, and the service when one is set."""
    if settings.url is None:
        return (GazetteerGeocoder(),)
    service = HttpGeocoder(
        client,
        settings.url,
        query=settings.query,
        lat_at=settings.lat,
        lon_at=settings.lon,
        limit_s=settings.limit_seconds,
    )
    return (GazetteerGeocoder(), service)


def make_desk_board(settings: Settings) -> DeskBoard:
    """Put the desks of the settings on the board."""
    times = settings.transfer
    operators = [
        Operator(each.name, each.uri, frozenset(each.groups), frozenset(each.skills), each.capacity)
        for each in settings.operators
    ]
    groups = [
        Group(each.name, Strategy(each.strategy), each.at_once, each.next_group, each.uri)
        for each in settings.groups
    ]
    everybody = Group(EVERYBODY, Strategy(times.strategy), times.at_once)
    rest_s, probe_s = float(times.rest_seconds), float(times.probe_seconds)
    return DeskBoard(operators, [everybody, *groups], DeskTimes(rest_s, 3 * probe_s or rest_s, probe_s))


def transfer_policy(wanted: TransferSettings) -> Policy:
    """Return how callers are handed to humans, and how long each phase of that may last."""
    limits = Limits(
        wait_ms=wanted.wait_seconds * 1000,
        ring_ms=wanted.ring_seconds * 1000,
        brief_ms=wanted.brief_seconds * 1000,
        accept_ms=wanted.accept_seconds * 1000,
    )
    return Policy(wanted.connect, wanted.urgent, limits)


def line_pool(settings: Settings, last_resort: Path) -> LinePool:
    """Return the line processes; ``last_resort`` is what one plays when it loses the core."""
    return LinePool(line_configs(settings, last_resort), orphan_limit_s=ORPHAN_LIMIT_S)


def line_configs(settings: Settings, last_resort: Path) -> list[control.LineConfig]:
    """Share ports out among the line processes; process n listens on the SIP port plus n."""
    count = settings.sip.line_processes
    first, last = settings.sip.rtp_ports
    share = (last - first + 1) // count
    run_directory = settings.run_directory
    return [
        control.LineConfig(
            line=line,
            socket=str(run_directory / f"line-{line}.sock"),
            rings=str(run_directory / f"line-{line}.rings"),
            lock=str(run_directory / f"line-{line}.lock"),
            sip_host=settings.sip.listen.host,
            sip_port=settings.sip.listen.port + line,
            rtp_first_port=first + line * share,
            rtp_last_port=first + (line + 1) * share - 1,
            allow_from=tuple(str(network) for network in settings.sip.allow_from),
            legs=settings.sip.legs,
            fallback_uri=settings.fallback,
            fallback_prompt=str(last_resort),
        )
        for line in range(count)
    ]


def not_ready(lines: LinePool, switchboard: Switchboard) -> list[str]:
    """Return why no call can be taken just now; empty when calls can be."""
    reasons = [] if lines.lines() else ["no line process is ready"]
    return reasons if switchboard.accepting else [*reasons, "shutting down"]
