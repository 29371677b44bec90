"""A pjsua2 call that cannot be misused: misuse of pjsua2 aborts the whole process.

Everything here runs in the polling thread. Operations return None, or in a few words why they
were not possible; no vendor error leaves this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import pjsua2 as pj
import structlog

from voicebot.sip.pj.callbacks import contained

log = structlog.get_logger(__name__)

URI_LIMIT = 250
"""PJSIP_MAX_URL_SIZE is 256; a REFER beyond it is an assertion."""
HEADERS_LIMIT = 1500
"""For names and values. The stock PJSIP sends at most 4000 bytes (PJSIP_MAX_PKT_LEN), SDP and its own headers
included; what those need was not measured."""
REPLACES_LIMIT = 240
"""pjsua writes the target of an attended transfer into 512 bytes, tags included, and aborts beyond."""
_DTMF_IS_UPDATE = 1
"""PJMEDIA_STREAM_DTMF_IS_UPDATE, which pjsua2 does not export: this event was told before."""
_DECLINE = 603
"""RFC 3261 section 21.6.2."""
_NO_SUCH_CALL = 481
"""RFC 3261 section 21.4.19."""
_KEY_MS = 160
"""pjsua's own default (PJSUA_CALL_SEND_DTMF_DURATION_DEFAULT)."""
_KEYS_AT_ONCE = 31
"""What fits into PJSIP's queue of digits to be sent (``tx_dtmf_buf``, 32 with one kept free)."""


class Media(msgspec.Struct, frozen=True):
    """The audio of a call now: may we send, may we hear, does the other side hold us."""

    sends: bool = False
    hears: bool = False
    held: bool = False
    codec: str | None = None


class CallListener(Protocol):
    """Who is told what happens to a call; every method runs in the polling thread."""

    def on_state(self, state: int, code: int, reason: str) -> None:
        """The INVITE session is in ``state`` (PJSIP_INV_STATE_*) after a response ``code``."""

    def on_media(self) -> None:
        """Media may have changed; all connections on the bridge may be lost."""

    def on_key(self, key: str, method: int) -> None:
        """A key went down; ``method`` is PJSUA_DTMF_METHOD_*."""

    def on_options_answer(self) -> None:
        """The party answered `GuardedCall.send_options`."""

    def on_refer_progress(self, code: int, *, final: bool) -> None:
        """Our REFER stands at ``code``."""


def check_uri(uri: str) -> str | None:
    """Return why ``uri`` cannot be called, or None."""
    if len(uri) > URI_LIMIT or not uri.isprintable():
        return "the URI is too long or has control characters"
    if pj.Endpoint.instance().utilVerifySipUri(uri) != 0:
        return "not a SIP URI"
    return None


def check_headers(headers: Sequence[tuple[str, str]]) -> str | None:
    """Return why ``headers`` cannot be sent, or None."""
    if sum(len(name) + len(value) + 4 for name, value in headers) > HEADERS_LIMIT:
        return "the headers are too long"
    if not all(name.isprintable() and value.isprintable() for name, value in headers):
        return "a header has control characters"
    return None


def _parameters(headers: Sequence[tuple[str, str]] = (), code: int = 0) -> pj.CallOpParam:
    prm = pj.CallOpParam(True)
    prm.opt.videoCount = 0
    prm.statusCode = code
    for name, value in headers:
        header = pj.SipHeader()
        header.hName, header.hValue = name, value
        prm.txOption.headers.append(header)
    return prm


class GuardedCall(pj.Call):
    """Lives until `destroy`, which must not happen inside a callback nor while its id is someone else's."""

    def __init__(self, account: pj.Account, listener: CallListener, call_id: int = -1) -> None:
        super().__init__(account, call_id)
        self._listener = listener
        self.ended = False
        """DISCONNECTED was delivered: pjsua may give the id to another caller, so touch nothing."""
        self.state = pj.PJSIP_INV_STATE_NULL if call_id < 0 else pj.PJSIP_INV_STATE_INCOMING

    @property
    def usable(self) -> bool:
        """Whether pjsua2 may be asked about this call at all."""
        return not self.ended and self.getId() >= 0 and self.isActive()

    def dial(self, uri: str, local_uri: str, headers: Sequence[tuple[str, str]]) -> str | None:
        """Send an INVITE."""
        why = check_uri(uri) or check_headers(headers)
        if why is not None:
            return why
        prm = _parameters(headers)
        prm.txOption.localUri = local_uri
        return self._try(lambda: self.makeCall(uri, prm))

    def answer_with(self, code: int, headers: Sequence[tuple[str, str]] = ()) -> str | None:
        """Send a response to the INVITE of an incoming call."""
        if not self.usable or self.state not in (pj.PJSIP_INV_STATE_INCOMING, pj.PJSIP_INV_STATE_EARLY):
            return "the call does not wait for an answer"
        return self._try(lambda: self.answer(_parameters(headers, code)))

    def hang_up(self, code: int = 0) -> str | None:
        """Send BYE, CANCEL or the final status ``code``, whichever fits (RFC 3261 sections 15 and 9)."""
        if not self.usable:
            return "the call is over"
        return self._try(lambda: self.hangup(_parameters(code=code)))

    def refer(self, uri: str, headers: Sequence[tuple[str, str]] = ()) -> str | None:
        """Send a REFER (RFC 3515)."""
        why = self._cannot_refer() or check_uri(uri) or check_headers(headers)
        return why or self._try(lambda: self.xfer(uri, _parameters(headers)))

    def refer_to_call(self, other: GuardedCall, headers: Sequence[tuple[str, str]] = ()) -> str | None:
        """Send a REFER whose target replaces ``other`` (RFC 3891): its party then talks to ours."""
        why = self._cannot_refer() or other._cannot_refer() or check_headers(headers)
        if why is None:
            info = other.getInfo()
            if len(info.remoteUri) + len(info.callIdString) > REPLACES_LIMIT:
                why = "the URI and the Call-ID of the other leg are too long"
        return why or self._try(lambda: self.xferReplaces(other, _parameters(headers)))

    def _cannot_refer(self) -> str | None:
        up = self.usable and self.state == pj.PJSIP_INV_STATE_CONFIRMED
        return None if up else "the call is not up"

    def packets(self) -> tuple[int, int]:
        """Count the RTP packets received and sent since the media of the call was last made."""
        if not self.usable:
            return 0, 0
        try:
            call_info = self.getInfo()
            for info in call_info.media:
                if info.type == pj.PJMEDIA_TYPE_AUDIO and info.audioConfSlot > 0:
                    rtcp = self.getStreamStat(info.index).rtcp
                    return rtcp.rxStat.pkt, rtcp.txStat.pkt
        except pj.Error as error:
            log.warning("no stream statistics", why=error.reason)
        return 0, 0

    def send_keys(self, keys: str) -> str | None:
        """Send keys as RFC 4733 events, at most 31 of them."""
        if not self.usable or not self.media().sends:
            return "no media to send keys with"
        if not keys or len(keys) > _KEYS_AT_ONCE or set(keys) - set("0123456789*#ABCD"):
            return f"keys are 0-9, *, # and A-D, at most {_KEYS_AT_ONCE}"
        prm = pj.CallSendDtmfParam()
        prm.method, prm.digits, prm.duration = pj.PJSUA_DTMF_METHOD_RFC2833, keys, _KEY_MS
        return self._try(lambda: self.sendDtmf(prm))

    def send_options(self) -> str | None:
        """Send OPTIONS inside the dialog (RFC 3261 section 11.1); an answer is told to the listener."""
        if not self.usable or self.state != pj.PJSIP_INV_STATE_CONFIRMED:
            return "the call is not up"
        prm = pj.CallSendRequestParam()
        prm.method = "OPTIONS"
        return self._try(lambda: self.sendRequest(prm))

    def media(self) -> Media:
        """Say what the audio of the call can do now."""
        if not self.usable:
            return Media()
        try:
            call_info = self.getInfo()  # owns the memory of its media: must outlive the loop
            for info in call_info.media:
                if info.type != pj.PJMEDIA_TYPE_AUDIO:
                    continue
                held = info.status == pj.PJSUA_CALL_MEDIA_REMOTE_HOLD
                live = held or info.status == pj.PJSUA_CALL_MEDIA_ACTIVE
                # an inactive stream shows slot 0, which is the sound device (pjproject #4478)
                if not live or info.dir == 0 or info.audioConfSlot <= 0:
                    return Media(held=held)
                return Media(
                    sends=bool(info.dir & pj.PJMEDIA_DIR_ENCODING),
                    hears=bool(info.dir & pj.PJMEDIA_DIR_DECODING),
                    held=held,
                    codec=self.getStreamInfo(info.index).codecName,
                )
        except pj.Error as error:
            log.warning("no media information", why=error.reason)
        return Media()

    def audio(self) -> pj.AudioMedia | None:
        """Return the call's place on the conference bridge, valid until the next media update."""
        media = self.media()
        if not (media.sends or media.hears):
            return None
        try:
            return self.getAudioMedia(-1)
        except pj.Error:
            return None

    def destroy(self) -> None:
        """Run the C++ destructor now."""
        pj.Call.__swig_destroy__(self)

    def _try(self, action: Callable[[], None]) -> str | None:
        try:
            action()
        except pj.Error as error:
            return error.reason or error.info()
        return None

    # --- callbacks, all in the polling thread -----------------------------------------------------

    @contained
    def onCallState(self, _prm: pj.OnCallStateParam) -> None:
        """Tell the listener; after DISCONNECTED this object is dead."""
        info = self.getInfo()
        self.state = info.state
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.ended = True
        self._listener.on_state(info.state, info.lastStatusCode, info.lastReason)

    @contained
    def onCallMediaState(self, _prm: pj.OnCallMediaStateParam) -> None:
        """Media came, went or was made anew by a re-INVITE."""
        self._listener.on_media()

    @contained
    def onDtmfEvent(self, prm: pj.OnDtmfEventParam) -> None:
        """Tell of a key as soon as it goes down; repetitions and the end carry other flags."""
        if not prm.flags & _DTMF_IS_UPDATE:
            self._listener.on_key(prm.digit, prm.method)

    @contained
    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        """Progress of our own REFER."""
        self._listener.on_refer_progress(prm.statusCode, final=prm.finalNotify)

    @contained
    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:
        """Tell of an answer to `send_options`; 481 says that the other side knows nothing of this call."""
        event = prm.e.body.tsxState
        if event.type != pj.PJSIP_EVENT_RX_MSG or event.tsx.method != "OPTIONS":
            return
        if event.tsx.role == pj.PJSIP_ROLE_UAC and event.tsx.statusCode != _NO_SUCH_CALL:
            self._listener.on_options_answer()

    def onCallTransferRequest(self, prm: pj.OnCallTransferRequestParam) -> None:
        """Refuse a REFER from outside; pjsua would accept it and dial anywhere."""
        prm.statusCode = _DECLINE

    def onCallReplaceRequest(self, prm: pj.OnCallReplaceRequestParam) -> None:
        """Refuse an INVITE with Replaces (RFC 3891); pjsua would let it take the caller over."""
        prm.statusCode = _DECLINE
