"""The one place that names concrete parts and puts them together."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import stat
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import httpx
import structlog

from voicebot import control, dialog, metrics
from voicebot.calls.current_dialog import Scripts, prepared
from voicebot.calls.hearing.listening import LONGEST_UTTERANCE_MS, Hearing
from voicebot.calls.hearing.place_name_scoring import PlaceNames
from voicebot.calls.parts import Parts
from voicebot.calls.switchboard import Switchboard
from voicebot.calls.transfers.desk_board import Floor, FloorTimes
from voicebot.console import HttpServer, create_app
from voicebot.errors import SetupError, SpeechFailed, UserError
from voicebot.geocoding import GazetteerGeocoder, Geocoder, HttpGeocoder
from voicebot.incidents import IncidentStore
from voicebot.lines import LinePool, lock_holder
from voicebot.logs import configure_logs
from voicebot.operators.desks import EVERYBODY, Group, Operator, Strategy
from voicebot.operators.transfer_plan import Limits, Policy
from voicebot.settings import GeocoderSettings, Settings, TransferSettings
from voicebot.speech.detector import Detector
from voicebot.speech.recogniser import Recogniser
from voicebot.speech.recognition_queue import RecogniserQueue
from voicebot.speech.synthesiser import Synthesiser

log = structlog.get_logger(__name__)

_MOST_LEGS = 1024
_DRAIN_LIMIT_S = 10.0
_ORPHAN_LIMIT_S = 300.0
"""How long a line process of an earlier core may finish its conversations before it is ended by force."""
_LINES_LIMIT_S = _ORPHAN_LIMIT_S + 20.0
_LAG_INTERVAL_S = 0.25
_THREADS_LIMIT_S = 2.0


def serve(settings: Settings) -> int:
    """Serve calls until SIGTERM or SIGINT; returns the exit code. Raises `UserError` when it cannot start."""
    configure_logs()
    with asyncio.Runner() as runner:
        code = runner.run(_serve(settings))
    _leave_the_stuck_behind(code)
    return code


def _leave_the_stuck_behind(code: int) -> None:
    """End the process now if a thread does not come back, of a recogniser that hangs for one.

    Python would wait for it for ever, and the next core for this one.
    """
    ends_s = time.monotonic() + _THREADS_LIMIT_S
    threads = [each for each in threading.enumerate() if each is not threading.current_thread()]
    for thread in threads:
        if not thread.daemon:
            thread.join(max(0.0, ends_s - time.monotonic()))
    stuck = [each.name for each in threads if each.is_alive() and not each.daemon]
    if stuck:
        log.error("threads that do not end are left behind", threads=stuck)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def load_recogniser(settings: Settings) -> Recogniser:
    """Load the speech model of ``settings``; raises `ModelError`."""
    return Recogniser(
        settings.speech.model,
        device=settings.speech.device,
        compute_type=settings.speech.compute_type,
        hotwords=settings.speech.hotwords,
    )


async def _serve(settings: Settings) -> int:
    run_directory = make_run_directory(settings.run_directory)
    check_sip_ports(settings, run_directory)
    groups = [group.name for group in settings.groups]
    script = dialog.load_dialog(settings.dialog, groups)
    recogniser = await asyncio.to_thread(load_recogniser, settings)
    detector = await asyncio.to_thread(Detector, _MOST_LEGS)
    try:
        ready = await prepared(script, Synthesiser(run_directory / "prompts"))
    except SpeechFailed as error:
        raise SetupError(f"the prompts of {settings.dialog} have no audio: {error}") from error
    if settings.recordings.directory is not None:
        make_folder(settings.recordings.directory, "recordings.directory")
    store = await IncidentStore.open(settings.store.url)
    places = address_client(settings.geocoder)
    try:
        queue = RecogniserQueue(
            PlaceNames(recogniser, script.knowledge.gazetteer),
            batch=recogniser.best_batch,
            padded=recogniser.padded,
            workers=recogniser.workers,
        )
        parts = Parts(
            scripts=Scripts(settings.dialog, ready, groups),
            lines=LinePool(
                line_configs(settings, run_directory, ready.voice.last_resort.file),
                orphan_limit_s=_ORPHAN_LIMIT_S,
            ),
            hearing=Hearing(detector, queue, _MOST_LEGS),
            floor=make_floor(settings),
            store=store,
            recordings=settings.recordings.directory,
            fallback=settings.fallback,
            policy=transfer_policy(settings.transfer),
            console_url=settings.transfer.console_url,
            same_caller_within=timedelta(minutes=settings.callbacks.same_caller_minutes),
            geocoders=geocoders(settings.geocoder, places),
            longest_utterance_ms=min(LONGEST_UTTERANCE_MS, recogniser.longest_ms - 500),
        )
        return await _run(settings, parts, queue)
    finally:
        await places.aclose()
        await store.close()


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
        limit_s=settings.limit_ms / 1000,
    )
    return (GazetteerGeocoder(), service)


async def _run(settings: Settings, parts: Parts, queue: RecogniserQueue) -> int:
    switchboard = Switchboard(parts)
    metrics.DEAF.set_function(lambda: float(parts.hearing.deaf))
    app = create_app(
        parts.store,
        switchboard,
        parts.floor,
        metrics.REGISTRY,
        lambda: not_ready(parts.lines, switchboard),
    )
    stop = asyncio.Event()
    failure: UserError | None = None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with HttpServer(app, settings.http.listen), asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(work, name=name)
            for name, work in (
                ("recogniser", queue.run()),
                ("hearing", parts.hearing.run()),
                ("switchboard", switchboard.run()),
                ("lines", parts.lines.run()),
                ("dialog", parts.scripts.watch()),
                ("loop lag", _watch_lag()),
            )
        ]
        try:
            await parts.lines.wait_ready(_LINES_LIMIT_S)
            log.info("ready", sip=str(settings.sip.listen), http=str(settings.http.listen))
            await stop.wait()
            log.info("draining", calls=len(switchboard.calls()))
            await switchboard.drained(_DRAIN_LIMIT_S)
        except UserError as mistake:  # raised after the group, which would wrap it
            failure = mistake
        finally:
            for task in tasks:
                task.cancel()
    if failure is not None:
        raise failure
    return 0


def make_floor(settings: Settings) -> Floor:
    """Put the operators of the settings on their floor."""
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
    return Floor(operators, [everybody, *groups], FloorTimes(rest_s, 3 * probe_s or rest_s, probe_s))


def transfer_policy(wanted: TransferSettings) -> Policy:
    """Return how callers are handed to humans, and how long each phase of that may last."""
    limits = Limits(
        wait_ms=wanted.wait_seconds * 1000,
        ring_ms=wanted.ring_seconds * 1000,
        brief_ms=wanted.brief_seconds * 1000,
        accept_ms=wanted.accept_seconds * 1000,
        briefing_ms=2 * (wanted.brief_seconds + wanted.accept_seconds) * 1000,
    )
    return Policy(wanted.connect, wanted.urgent, limits)


def line_configs(settings: Settings, run_directory: Path, last_resort: Path) -> list[control.LineConfig]:
    """Share ports out among the line processes; process n listens on the SIP port plus n."""
    count = settings.sip.line_processes
    first, last = settings.sip.rtp_ports
    share = (last - first + 1) // count
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


def check_sip_ports(settings: Settings, run_directory: Path) -> None:
    """Make sure that each line process can have its port; raises `SetupError` that names the setting.

    A port that a line process of an earlier core holds is no mistake: that process will give it up.
    """
    host, first = settings.sip.listen
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for line in range(settings.sip.line_processes):
        if lock_holder(run_directory / f"line-{line}.lock") is not None:
            continue
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((host, first + line))
            except OSError as error:
                raise SetupError(
                    f"sip.listen {host}:{first + line} (UDP) cannot be had: {error.strerror}; stop the "
                    "program that holds it, or set sip.listen to another address of this machine."
                ) from error


def not_ready(lines: LinePool, switchboard: Switchboard) -> list[str]:
    """Return why no call can be taken just now; empty when calls can be."""
    reasons = [] if lines.lines() else ["no line process is ready"]
    return reasons if switchboard.accepting else [*reasons, "shutting down"]


def make_run_directory(path: Path) -> Path:
    """Make the folder for sockets, rings and prompts, readable by this user only; raises `SetupError`."""
    make_folder(path, "run_directory")
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid():
        raise SetupError(
            f"run_directory {path}: it is a link or belongs to another user, who could take over the calls. "
            "Remove it, or give a folder of your own."
        )
    with contextlib.suppress(OSError):
        path.chmod(0o700)
    return path


def make_folder(path: Path, setting: str) -> None:
    """Make a folder that can be written; raises `SetupError` that names the setting."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"{setting} {path}: cannot be made ({error.strerror}). Give another folder."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise SetupError(f"{setting} {path}: cannot be written. Give another folder, or its owner's rights.")


async def _watch_lag() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_INTERVAL_S
        await asyncio.sleep(_LAG_INTERVAL_S)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - due))
