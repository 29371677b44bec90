"""Which command does what. Polling thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicebot import control
from voicebot.sip.pj.player import Playback, load_pcm

if TYPE_CHECKING:
    from voicebot.sip.line import Line
    from voicebot.sip.pj.leg import Leg


def carry_out(line: Line, command: control.Command) -> None:
    """Do what the core says; what cannot be done is answered by `CommandFailed`."""
    if isinstance(command, control.CoreHeartbeat):
        return
    if isinstance(command, control.Retire):
        line.retire()
        return
    if isinstance(command, control.Dial):
        line.dial(command)
        return
    if isinstance(command, control.Probe):
        line.probe(command.uri)
        return
    leg = line.legs.get(command.leg)
    why = "no such leg" if leg is None else _on_leg(line, leg, command)
    if why is not None:
        name = type(command).__name__
        line.link.send(control.CommandFailed(leg=command.leg, command=name, why=why))


def _on_leg(line: Line, leg: Leg, command: control.Command) -> str | None:
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
            other = line.legs.get(other_id)
            return "no such other leg" if other is None else leg.bridge(other)
        case control.Unbridge(other=other_id):
            if leg.other is None or leg.other.id != other_id:
                return "not bridged"
            leg.unbridge()
            return None
        case control.Refer(replaces=None):
            return leg.refer(command.uri, command.headers)
        case control.Refer(replaces=str(other_id)):
            other = line.legs.get(other_id)
            return "no such other leg" if other is None else leg.refer_to_leg(other, command.headers)
        case control.SendKeys(keys=keys):
            return leg.call.send_keys(keys)
    return f"{type(command).__name__} is not for a leg"


def _play(leg: Leg, command: control.Play) -> str | None:
    try:
        pcm = load_pcm(command.files)
    except OSError as error:
        return f"cannot read {error.filename}: {error.strerror}"
    leg.play(Playback(command.play_id, pcm, from_ms=command.from_ms, loop=command.loop))
    return None
