"""What each command of the core does with its leg. Polling thread only."""

from __future__ import annotations

from voicebot import control
from voicebot.sip.pj.leg import Leg
from voicebot.sip.pj.leg_table import LegTable
from voicebot.sip.pj.player import Playback, load_pcm

LegCommand = (
    control.Answer
    | control.Refuse
    | control.Play
    | control.StopPlay
    | control.Bridge
    | control.Unbridge
    | control.Refer
    | control.SendKeys
    | control.HangUp
)


def carry_out(legs: LegTable, command: LegCommand) -> str | None:
    """Do what the core says; returns in a few words why it was not possible, None when it was."""
    leg = legs.get(command.leg)
    if leg is None:
        return "no such leg"
    match command:
        case control.Answer():
            return leg.answer()
        case control.Refuse(code=code, retry_after_s=retry_after_s):
            return leg.refuse(code, retry_after_s)
        case control.HangUp(code=code):
            return leg.hang_up(code)
        case control.Play():
            return _play(leg, command)
        case control.StopPlay():
            leg.stop_play()
            return None
        case control.Bridge(other=other_id):
            other = legs.get(other_id)
            return "no such other leg" if other is None else leg.bridge(other)
        case control.Unbridge(other=other_id):
            if leg.other is None or leg.other.id != other_id:
                return "not bridged"
            leg.unbridge()
            return None
        case control.Refer():
            return _refer(legs, leg, command)
        case control.SendKeys(keys=keys):
            return leg.call.send_keys(keys)


def _refer(legs: LegTable, leg: Leg, command: control.Refer) -> str | None:
    if command.replaces is None:
        return leg.refer(command.uri, command.headers)
    other = legs.get(command.replaces)
    return "no such other leg" if other is None else leg.refer_to_leg(other, command.headers)


def _play(leg: Leg, command: control.Play) -> str | None:
    try:
        pcm = load_pcm(command.files)
    except OSError as error:
        return f"cannot read {error.filename}: {error.strerror}"
    leg.play(Playback(command.play_id, pcm, from_ms=command.from_ms, loop=command.loop))
    return None
