"""The one PJSIP endpoint of the process: settings, polling, shutdown. Polling thread only.

``threadCnt=0`` with ``mainThreadOnly`` makes every callback but the audio frames run inside `poll`.
"""

from __future__ import annotations

import pjsua2 as pj
import structlog

from voicebot import __version__, control
from voicebot.errors import SetupError
from voicebot.sip.pj import native
from voicebot.sip.pj.account import LineAccount
from voicebot.sip.pj.media_port import FRAME_MS
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

log = structlog.get_logger(__name__)

EVENTS_PER_POLL = 32
"""At most, so that a flood of packets cannot keep the loop from its timers; about one event is one `poll`
(``PJSIP_MAX_NET_EVENTS`` is 1 in the stock wheel)."""
_CODEC_PRIORITIES = {"PCMA/8000/1": 130, "PCMU/8000/1": 129}
"""The rest is off: shorter SDP, and no codec whose parser has known holes."""
_ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
_JITTER_LIMIT_MS = 300
"""PJSIP's own is 500. Chosen: a longer buffer loses less of a bad line, but delays the voice of both."""
_ERRORS_ONLY = 1
"""PJSIP's log levels go from 0 (nothing) to 6; what it tells of calls we log by ourselves."""
_PORT_CEILING = 65_000
"""A little below 65,535, the last port there is: each leg takes two of the range."""
_MAX_CALLS = 600
"""pjsua clamps this to what it was compiled for (4 in the stock wheel)."""


class Endpoint:
    """Owns the library from `open` to `close`."""

    def __init__(self, config: control.LineConfig) -> None:
        self._config = config
        self._endpoint = pj.Endpoint()
        self.capacity = 0
        """Calls that the installed library can hold."""
        self.version = ""

    def open(self) -> None:
        """Start the library and listen; raises SetupError when the SIP port cannot be had."""
        native.quiet()
        native.keep_udp()
        endpoint = self._endpoint
        endpoint.libCreate()
        endpoint.libInit(_endpoint_config())
        native.shorten_timeouts()
        transport = pj.TransportConfig()
        transport.port = self._config.sip_port
        transport.boundAddress = _bound(self._config.sip_host)
        try:
            endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
        except pj.Error as error:
            message = (
                f"cannot listen on {self._config.sip_host}:{self._config.sip_port} (UDP): {error.reason}; "
                "another program uses this address, or it is not an address of this machine"
            )
            raise SetupError(message) from error
        endpoint.audDevManager().setNullDev()
        for codec in endpoint.codecEnum2():
            endpoint.codecSetPriority(codec.codecId, _CODEC_PRIORITIES.get(codec.codecId, 0))
        endpoint.libStart()
        self.capacity = native.call_capacity()
        self.version = endpoint.libVersion().full

    def poll(self) -> int:
        """Handle about one network event and all due timers; returns how many, 0 when idle."""
        return self._endpoint.libHandleEvents(0)

    def active_ports(self) -> int:
        """How many places on the conference bridge are taken; 1 (the sound device) when idle."""
        return self._endpoint.mediaActivePorts()

    @property
    def host(self) -> str:
        """An address of this machine at which the endpoint can be reached from itself."""
        return _shown(self._config.sip_host)

    @property
    def own_uri(self) -> str:
        """The URI under which this line calls."""
        return f"sip:119@{self.host}:{self._config.sip_port}"

    def account_config(self) -> pj.AccountConfig:
        """Return the settings of the one account."""
        config = self._config
        account = pj.AccountConfig()
        account.idUri = f'"{config.display_name}" <{self.own_uri}>'
        account.callConfig.prackUse = pj.PJSUA_100REL_OPTIONAL
        account.callConfig.timerUse = pj.PJSUA_SIP_TIMER_ALWAYS
        account.callConfig.timerMinSESec = 90  # the least that RFC 4028 section 4 allows
        account.callConfig.timerSessExpiresSec = (
            300  # when the leg of a vanished caller ends (docs/decisions/0023)
        )
        account.natConfig.contactRewriteUse = 0
        account.natConfig.viaRewriteUse = 0
        account.natConfig.sdpNatRewriteUse = 0
        account.natConfig.udpKaIntervalSec = 0
        account.natConfig.sipOutboundUse = 0
        account.mediaConfig.lockCodecEnabled = False
        account.mediaConfig.srtpUse = 0
        rtp = account.mediaConfig.transportConfig
        rtp.port = config.rtp_first_port
        rtp.portRange = max(0, min(config.rtp_last_port, _PORT_CEILING) - config.rtp_first_port)
        rtp.boundAddress = _bound(config.sip_host)
        return account

    def close(self, account: LineAccount) -> None:
        """End ``account`` and the library, in the order that does not abort; no call may be left.

        While a probe is under way there is no such order: then the end of the process has to do. The network
        is not waited for.
        """
        try:
            for _ in range(EVENTS_PER_POLL):
                self.poll()
            if not account.probing:
                account.shutdown()
                self._endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
        except pj.Error as error:
            log.warning("shutdown failed", why=error.reason)


def _endpoint_config() -> pj.EpConfig:
    config = pj.EpConfig()
    config.logConfig.level = _ERRORS_ONLY
    config.logConfig.consoleLevel = _ERRORS_ONLY
    config.logConfig.msgLogging = 0
    config.uaConfig.maxCalls = _MAX_CALLS
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.userAgent = f"voicebot/{__version__}"
    media = config.medConfig
    media.clockRate = TELEPHONE_RATE_HZ
    media.sndClockRate = TELEPHONE_RATE_HZ
    media.channelCount = 1
    media.audioFramePtime = FRAME_MS
    media.maxMediaPorts = 254
    media.quality = 1
    media.noVad = True
    media.ecTailLen = 0
    media.jbMax = _JITTER_LIMIT_MS
    media.sndAutoCloseTime = -1
    return config


def _bound(host: str) -> str:
    return "" if host in _ANY_ADDRESS else host


def _shown(host: str) -> str:
    return "127.0.0.1" if host in _ANY_ADDRESS else host
