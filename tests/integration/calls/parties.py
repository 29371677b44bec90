"""What the phones of one cell of the matrix do: the caller (with the PBX he calls through) and the operator."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.integration.calls.matrix import Cell, Fate, Mode, Row
from tests.integration.phones import RATE_HZ, Script, alaw

_CAN = "Supported: replaces\nAllow: INVITE, ACK, BYE, CANCEL, NOTIFY, REFER, INFO\n"
_STATUS = {
    Row.BUSY: "486 Busy Here",
    Row.AWAY: "480 Temporarily Unavailable",
    Row.BROKEN: "503 Service Unavailable",
    Row.DECLINES: "603 Decline",
    Row.NO_ANSWER: "408 Request Timeout",
    Row.DIES_ACCEPTED: "503 Service Unavailable",
}


def quiet_line(folder: Path) -> Path:
    """Write half a second of a line on which nobody speaks; sent all the time, as phones do."""
    file = folder / "quiet.al"
    noise = np.random.default_rng(1).integers(-8, 9, RATE_HZ // 2).astype(np.int16)
    file.write_bytes(alaw(noise))
    return file


def caller(cell: Cell, number: str, quiet: Path) -> Script:
    """Return a caller who asks for a human by key 0, and a PBX that does with REFER what the cell says."""
    call = Script(from_user=number).invite(_CAN).expect(100, optional=True).expect(200).ack().say(quiet, -1)
    call = call.pause(400).info_key("0")
    if cell.row is Row.CALLER_CONNECTING and cell.mode is Mode.WARM_REPLACES:
        return call.await_cue().bye_amid("REFER")
    if not _is_referred(cell):
        return call.await_cue().bye()
    call = call.take("REFER", check=_refer_to(cell))
    if cell.row is Row.REFUSED:
        return call.reply("603 Decline").await_cue().bye()
    call = call.reply("202 Accepted")
    if cell.row is Row.NO_NOTIFY:
        return call.await_cue().bye()
    call = call.notify("100 Trying", final=False)
    if cell.row in (Row.CALLER_RINGING, Row.CALLER_CONNECTING):
        call = call.notify("180 Ringing", final=False).await_cue()
        return (
            call.bye()
            if cell.row is Row.CALLER_RINGING
            else call.notify("200 OK", final=True).bye_amid("BYE")
        )
    if cell.row in _STATUS:
        return call.notify(_STATUS[cell.row], final=True).await_cue().bye()
    return call.notify("200 OK", final=True).take("BYE").reply("200 OK")


def _is_referred(cell: Cell) -> bool:
    if cell.mode is Mode.WARM_REPLACES:
        return cell.row in (Row.ACCEPTS, Row.DIES_ACCEPTED, Row.REFUSED, Row.NO_NOTIFY)
    return cell.mode is Mode.BLIND


def _refer_to(cell: Cell) -> str:
    return "Replaces=" if cell.mode is Mode.WARM_REPLACES else "emergency@"


def operator(cell: Cell, quiet: Path) -> Script:
    """Return the operator's phone."""
    desk = Script(caller=False).take("INVITE")
    if cell.mode is not Mode.BLIND and (
        cell.row in (Row.BUSY, Row.AWAY, Row.BROKEN) or (cell.row is Row.DECLINES and cell.mode is Mode.HOT)
    ):
        return desk.reply(_STATUS[cell.row]).take("ACK")
    desk = desk.reply("180 Ringing")
    if cell.row in (Row.NO_ANSWER, Row.CALLER_RINGING) and cell.mode is not Mode.BLIND:
        return desk.take("CANCEL").reply_to_cancel()
    desk = desk.pause(200).reply("200 OK", sdp=True).take("ACK")
    if cell.row is not Row.DIES_ACCEPTED:  # that one has no voice any more when it is joined
        desk = desk.say(quiet, -1)
    if cell.mode is Mode.HOT:
        return _after_accepting(cell, desk)
    desk = desk.pause(600)
    if cell.mode is Mode.BLIND:
        return desk.info_key("1").take("BYE").reply("200 OK")
    match cell.row:
        case Row.DECLINES:
            return desk.info_key("2").take("BYE").reply("200 OK")
        case Row.CALLER_BRIEFING:
            return desk.take("BYE").reply("200 OK")
        case Row.CALLER_CONNECTING:
            return desk.await_cue().info_key("1").take("BYE").reply("200 OK")
        case Row.LEAVES_ANSWERED:
            return desk.bye()
        case Row.DIES_ANSWERED:
            return desk
        case _:
            return _after_accepting(cell, desk.info_key("1"))


def _after_accepting(cell: Cell, desk: Script) -> Script:
    match cell.row:
        case Row.DIES_ACCEPTED:
            return desk
        case Row.LEAVES_ACCEPTED:
            return desk.await_cue().bye()
        case Row.DIES_TALKING:
            return desk.await_cue()
        case _:
            return desk.take("BYE").reply("200 OK")


def rings_a_desk(cell: Cell) -> bool:
    """Whether an operator's phone is rung at all."""
    return cell.mode is not Mode.BLIND or cell.fate is Fate.NEXT_WAY
