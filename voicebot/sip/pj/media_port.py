"""The media port of one leg: the only place where audio passes between PJSIP and the rings.

`onFrameRequested` and `onFrameReceived` run on the clock thread of the null sound device, one after
the other for all legs, in that order within each 20 ms. They copy and return; they never call pjsua2.
"""

from __future__ import annotations

import ctypes

import numpy as np
import pjsua2 as pj

from voicebot.audio.rings import Rings
from voicebot.sip.pj.native import buffer_of
from voicebot.sip.pj.player import Player
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

FRAME_MS = 20
"""The default packet of G.711 (RFC 3551 section 4.5)."""
FRAME_SAMPLES = TELEPHONE_RATE_HZ * FRAME_MS // 1000  # 160
_FRAME_BYTES = FRAME_SAMPLES * 2  # 16-bit samples


class LegPort(pj.AudioMediaPort):
    """Carries one leg's audio; made once per leg in the polling thread and destroyed there."""

    def __init__(self, rings: Rings, slot: int, player: Player) -> None:
        super().__init__()
        self._rings = rings
        self._slot = slot
        self._player = player
        self._silence = np.zeros(FRAME_SAMPLES, np.int16)
        self._heard = np.zeros(FRAME_SAMPLES, np.int16)
        self._heard_at = self._heard.ctypes.data
        self._spoken = np.zeros(FRAME_SAMPLES, np.int16)
        self._spoken_at = self._spoken.ctypes.data
        self._out = pj.ByteVector(bytes(_FRAME_BYTES))
        self._requested = False
        self.faults = 0
        """Frames lost to an unexpected error; the poll loop logs when it grows."""
        audio_format = pj.MediaFormatAudio()
        audio_format.init(pj.PJMEDIA_FORMAT_PCM, TELEPHONE_RATE_HZ, 1, FRAME_MS * 1000, 16)
        self.createPort(f"slot{slot}", audio_format)

    def onFrameRequested(self, frame: pj.MediaFrame) -> None:
        """Give 20 ms to play. Clock thread.

        A frame that is short or whose type is set without a full buffer would carry the audio of the
        port served before, another caller's voice; so the type is set last, and only for 20 ms frames.
        """
        try:
            if frame.size != _FRAME_BYTES:
                self.faults += 1
                return
            self._player.fill(self._spoken)
            address, size = buffer_of(self._out)
            if size != _FRAME_BYTES:
                self.faults += 1
                return
            ctypes.memmove(address, self._spoken_at, _FRAME_BYTES)
            self._rings.write_tx(self._slot, self._spoken)
            self._requested = True
            frame.buf = self._out
            frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        except BaseException:  # noqa: BLE001 - nothing may unwind into the C clock thread
            self.faults += 1

    def onFrameReceived(self, frame: pj.MediaFrame) -> None:
        """Take 20 ms of what the party said; an empty frame counts as silence. Clock thread."""
        try:
            samples = self._silence
            if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO:
                address, size = buffer_of(frame.buf)
                if size == _FRAME_BYTES:
                    ctypes.memmove(self._heard_at, address, _FRAME_BYTES)
                    samples = self._heard
            if not self._requested:
                self._rings.write_tx(self._slot, self._silence)
            self._requested = False
            self._rings.write_rx(self._slot, samples)
        except BaseException:  # noqa: BLE001 - nothing may unwind into the C clock thread
            self.faults += 1

    def destroy(self) -> None:
        """Unregister and free the C++ port now; returns when no callback runs any more. Polling thread."""
        pj.AudioMediaPort.__swig_destroy__(self)
