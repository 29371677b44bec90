"""The control plane: small typed messages between the core and a line process.

They travel as one JSON object per line over a Unix stream socket; the core listens and each line
process connects. Commands are imperative and flow to the line, events are past participles and flow
to the core. Audio never travels here (see `voicebot.audio.rings`).
"""

from __future__ import annotations

import msgspec

HEARTBEAT_INTERVAL_MS = 400
"""Five in the silence that is allowed: a few that come late do no harm."""
CORE_SILENCE_LIMIT_MS = 2000
"""A line that hears no core heartbeat for this long sends its callers to the fallback by itself. Chosen:
longer leaves callers in silence, shorter takes a busy core for a dead one (docs/decisions/0005)."""

OFFER_LIMIT_MS = 3000
"""A caller whom the core leaves without an answer for so long is refused, so that the PBX routes on. Chosen:
a second more than the time after which a silent core is given up."""


class LineConfig(msgspec.Struct, frozen=True, kw_only=True):
    """All that a line process needs to know; the core hands it over as a JSON file."""

    line: int
    socket: str
    rings: str
    lock: str
    sip_host: str
    sip_port: int
    rtp_first_port: int
    rtp_last_port: int
    allow_from: tuple[str, ...]
    """IP networks that may place calls; empty admits nobody."""
    legs: int = 0
    """Legs of this process; 0 takes what the installed pjsua2 can do."""
    reserved_legs: int | None = None
    """Legs that no caller may take; None: one for each caller, so that each can be given an operator."""
    fallback_uri: str | None = None
    """Where callers go when the core is gone; None keeps them on the line with the sentence repeated."""
    fallback_prompt: str | None = None
    """Headerless 16-bit 8 kHz PCM file that is played when the core is gone."""
    display_name: str = "119"
    core_silence_limit_ms: int = CORE_SILENCE_LIMIT_MS
    offer_limit_ms: int = OFFER_LIMIT_MS


class Overflow(msgspec.Struct, frozen=True, kw_only=True):
    """What the INVITE says about why and from where the call came; None or empty where it is silent."""

    diversion: tuple[str, ...] = ()
    history_info: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    call_info: tuple[str, ...] = ()
    geolocation: tuple[str, ...] = ()
    user_to_user: str | None = None
    body_parts: tuple[tuple[str, str], ...] = ()
    """Non-SDP parts of the body as (content type, text), a PIDF-LO for example."""
    why: str = "unknown"
    """no_answer, busy, unavailable, unconditional, deflection, time_of_day or unknown."""


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


# --- events: line process -> core ---------------------------------------------------------------


class LineReady(_Message):
    """The line process listens and can take calls."""

    line: int
    pid: int
    legs: int
    listen: str
    pjsua2: str


class LineHeartbeat(_Message):
    """The line process is alive; its poll loop was at most ``worst_poll_ms`` late since the last one."""

    line: int
    worst_poll_ms: float = 0.0
    bridge_ports: int = 0
    """Places taken on the conference bridge: 1 without legs, at most 2 more for each leg."""
    legs: int = 0
    """Legs that are not gone yet."""


class LegOffered(_Message):
    """A caller was admitted and waits for `Answer` or `Refuse`; the leg already holds ``slot``."""

    leg: str
    slot: int
    sip_call_id: str
    from_uri: str
    to_uri: str
    number: str | None
    source: str
    overflow: Overflow
    supports: tuple[str, ...] = ()
    """Option tags of the INVITE's Supported, lower case: ``replaces`` for one."""
    allows: tuple[str, ...] = ()
    """Methods of its Allow, upper case: ``REFER`` for one. Empty when the header is missing."""
    withheld: bool = False
    """The caller asked for the number not to be shown (RFC 3323)."""


class LegRinging(_Message):
    """The other side of a dialled leg rings (a 18x response)."""

    leg: str
    code: int


class LegAnswered(_Message):
    """The leg is confirmed: our 200 was acknowledged, or the dialled party answered."""

    leg: str
    slot: int


class MediaChanged(_Message):
    """Media of the leg started, stopped, or changed; ``held`` is a hold by the remote side."""

    leg: str
    active: bool
    held: bool
    codec: str | None


class KeyPressed(_Message):
    """The party pressed ``key`` (0-9, *, #, A-D), by RFC 4733 or SIP INFO."""

    leg: str
    key: str


class Played(_Message):
    """Playback ended, was stopped or replaced, or its leg ended.

    ``heard_ms`` of it have left towards the party, counted from `Play.from_ms` on and through all rounds
    of a loop; it stands still while the party holds us. Resume with ``from_ms + heard_ms``.
    """

    leg: str
    play_id: str
    heard_ms: int
    finished: bool


class ReferProgress(_Message):
    """A REFER moved on; ``code`` is the sipfrag status, ``final`` says that no more will come."""

    leg: str
    code: int
    final: bool


class BridgeProven(_Message):
    """Since `Bridge`, audio of each party has arrived and was sent to the other; told once a bridge."""

    leg: str
    other: str


class Probed(_Message):
    """How a `Probe` ended: the final status of the OPTIONS, 408 when nothing came."""

    line: int
    uri: str
    code: int


class LegEnded(_Message):
    """The leg is gone and its slot free; ``code`` is the SIP status, 200 for a normal BYE.

    A dialled leg also ends with 408 when nobody answered within its ring limit, with 503 when the line
    has no leg left, and with 400 when the URI or a header cannot be sent.
    """

    leg: str
    code: int
    reason: str
    by_remote: bool


class CommandFailed(_Message):
    """A command could not be carried out; the leg may still be alive."""

    leg: str
    command: str
    why: str


class LineLost(_Message):
    """Made by the core itself: the process of ``line`` ended, and with it ``legs``."""

    line: int
    legs: tuple[str, ...]


# --- commands: core -> line process -------------------------------------------------------------


class CoreHeartbeat(_Message):
    """The core is alive."""


class Answer(_Message):
    """Answer an offered leg with 200 OK."""

    leg: str


class Refuse(_Message):
    """Refuse an offered leg with a final status; 503 carries Retry-After when it is above 0."""

    leg: str
    code: int = 503
    retry_after_s: int = 0


class Dial(_Message):
    """Call ``uri``; ``leg`` is the id that the core gave to the new leg. Its end is always a `LegEnded`."""

    leg: str
    uri: str
    display_name: str = ""
    from_number: str | None = None
    """The caller's number as the user of From; None: our own name."""
    headers: tuple[tuple[str, str], ...] = ()
    ring_limit_ms: int = 30_000


class Play(_Message):
    """Play files one after the other to the party, starting ``from_ms`` into them.

    Files are headerless 16-bit 8 kHz mono PCM. A playback under way is replaced (its `Played` says
    how much was heard). ``loop`` starts over at the end until stopped.
    """

    leg: str
    play_id: str
    files: tuple[str, ...]
    from_ms: int = 0
    loop: bool = False


class StopPlay(_Message):
    """Stop what is being played to the party; answered by `Played`."""

    leg: str


class Bridge(_Message):
    """Let two legs hear each other; both keep feeding their rings. Survives re-INVITEs of either."""

    leg: str
    other: str


class Unbridge(_Message):
    """Undo `Bridge`."""

    leg: str
    other: str


class Refer(_Message):
    """Send the party to ``uri`` by REFER; progress comes as `ReferProgress`.

    With ``replaces``, an answered leg of the same line, the party is told to take that leg's place
    (RFC 3891, RFC 5589 section 7): the two talk to each other without us, and ``uri`` is not used.
    """

    leg: str
    uri: str = ""
    replaces: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class SendKeys(_Message):
    """Send keys to the party (RFC 4733)."""

    leg: str
    keys: str


class HangUp(_Message):
    """End the leg: BYE, CANCEL or a final status, whichever fits its state."""

    leg: str
    code: int = 0


class Probe(_Message):
    """Ask by OPTIONS (RFC 3261 section 11) whether ``uri`` is there; answered by `Probed`."""

    line: int
    uri: str


class Retire(_Message):
    """Refuse new calls, finish what is running, then exit."""


Event = (
    LineReady
    | LineHeartbeat
    | LegOffered
    | LegRinging
    | LegAnswered
    | MediaChanged
    | KeyPressed
    | Played
    | ReferProgress
    | BridgeProven
    | Probed
    | LegEnded
    | CommandFailed
    | LineLost
)
Command = (
    CoreHeartbeat
    | Answer
    | Refuse
    | Dial
    | Play
    | StopPlay
    | Bridge
    | Unbridge
    | Refer
    | SendKeys
    | HangUp
    | Probe
    | Retire
)

_encoder = msgspec.json.Encoder()
_event_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_command_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


def encode(message: Event | Command) -> bytes:
    """Return ``message`` as one line of JSON, newline included."""
    return _encoder.encode(message) + b"\n"


def decode_event(line: bytes) -> Event:
    """Read an event; raises `msgspec.DecodeError` on anything else."""
    return _event_decoder.decode(line)


def decode_command(line: bytes) -> Command:
    """Read a command; raises `msgspec.DecodeError` on anything else."""
    return _command_decoder.decode(line)
