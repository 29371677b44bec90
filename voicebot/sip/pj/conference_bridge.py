"""Connections on the conference bridge. Polling thread only.

A re-INVITE gives a call a new place on the bridge and loses its connections, so these are asked for
again at every media update; asking twice changes nothing.
"""

from __future__ import annotations

import pjsua2 as pj
import structlog

from voicebot.sip.pj.call import GuardedCall
from voicebot.sip.pj.media_port import LegPort

log = structlog.get_logger(__name__)


def join_port(call: GuardedCall, port: LegPort) -> None:
    """Let ``port`` hear and speak to the party of ``call``, as far as its media allows."""
    media, audio = call.media(), call.audio()
    if audio is None:
        return
    if media.hears:
        _connect(audio, port)
    if media.sends:
        _connect(port, audio)


def join_calls(one: GuardedCall, other: GuardedCall) -> None:
    """Let two parties hear each other, as far as the media of both allows."""
    one_media, one_audio = one.media(), one.audio()
    other_media, other_audio = other.media(), other.audio()
    if one_audio is None or other_audio is None:
        return
    if one_media.hears and other_media.sends:
        _connect(one_audio, other_audio)
    if other_media.hears and one_media.sends:
        _connect(other_audio, one_audio)


def part_calls(one: GuardedCall, other: GuardedCall) -> None:
    """Undo `join_calls`."""
    one_audio, other_audio = one.audio(), other.audio()
    if one_audio is None or other_audio is None:
        return
    for source, sink in ((one_audio, other_audio), (other_audio, one_audio)):
        try:
            source.stopTransmit(sink)
        except pj.Error as error:
            log.info("was not connected", why=error.reason)


def _connect(source: pj.AudioMedia, sink: pj.AudioMedia) -> None:
    if source.getPortId() <= 0 or sink.getPortId() <= 0:
        return
    try:
        source.startTransmit(sink)
    except pj.Error as error:
        log.warning("cannot connect audio", why=error.reason)
