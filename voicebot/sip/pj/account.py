"""The one SIP account of the process: hands new calls on, and probes others by OPTIONS."""

from __future__ import annotations

from collections.abc import Callable

import pjsua2 as pj
import structlog

from voicebot.sip.pj.call import check_uri
from voicebot.sip.pj.callbacks import contained

log = structlog.get_logger(__name__)

BAD_REQUEST = 400
"""RFC 3261 section 21.4.1; here it also says that the OPTIONS could not be sent at all."""


class LineAccount(pj.Account):
    """Registers nowhere: the trunk is known by its address."""

    def __init__(self, on_incoming: Callable[[int, str, str], None]) -> None:
        """``on_incoming`` gets pjsua's call id, the packet's source ``address:port`` and the message."""
        super().__init__()
        self._on_incoming = on_incoming
        self._probes: dict[int, tuple[pj.SipHeader, Callable[[int], None]]] = {}

    def probe(self, uri: str, on_answer: Callable[[int], None]) -> None:
        """Send OPTIONS (RFC 3261 section 11); ``on_answer`` gets the final status."""
        if check_uri(uri) is not None:
            on_answer(BAD_REQUEST)
            return
        token = pj.SipHeader()  # pjsua2 hands it back with the answer: any object with an address will do
        prm = pj.SendRequestParam()
        prm.method, prm.txOption.targetUri, prm.userData = "OPTIONS", uri, token
        self._probes[int(token.this)] = token, on_answer
        try:
            self.sendRequest(prm)
        except pj.Error as error:
            log.info("probe not sent", uri=uri, why=error.reason)
            self._probes.pop(int(token.this), None)
            on_answer(BAD_REQUEST)

    @property
    def probing(self) -> bool:
        """Whether a probe is under way. Its end would look for this account, and abort without it."""
        return bool(self._probes)

    @contained
    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:
        """Take the end of a probe. Polling thread."""
        _, on_answer = self._probes.pop(int(prm.userData))
        on_answer(prm.e.body.tsxState.tsx.statusCode)

    @contained
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """Copy what is freed afterwards and hand on. Polling thread, under PJSIP's own lock."""
        self._on_incoming(prm.callId, str(prm.rdata.srcAddress), str(prm.rdata.wholeMsg))
