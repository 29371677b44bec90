"""The one SIP account of the process; it only hands new calls on."""

from __future__ import annotations

from collections.abc import Callable

import pjsua2 as pj
import structlog

log = structlog.get_logger(__name__)


class LineAccount(pj.Account):
    """Registers nowhere: the trunk is known by its address."""

    def __init__(self, on_incoming: Callable[[int, str, str], None]) -> None:
        """``on_incoming`` gets pjsua's call id, the packet's source ``address:port`` and the message."""
        super().__init__()
        self._on_incoming = on_incoming

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        """Copy what is freed afterwards and hand on. Polling thread, under PJSIP's own lock."""
        try:
            self._on_incoming(prm.callId, str(prm.rdata.srcAddress), str(prm.rdata.wholeMsg))
        except BaseException:  # nothing may unwind into PJSIP
            log.exception("callback failed", callback="onIncomingCall")
