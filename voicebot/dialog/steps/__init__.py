"""The step verbs, one module each."""

from collections.abc import Mapping

from voicebot.dialog.steps.ask import Ask
from voicebot.dialog.steps.choose import Choose
from voicebot.dialog.steps.confirm import Confirm
from voicebot.dialog.steps.record import Record
from voicebot.dialog.steps.say import Say
from voicebot.dialog.steps.stay import Stay
from voicebot.dialog.steps.step import Floor, Ladder, Listening, Step
from voicebot.dialog.steps.transfer import Transfer

VERBS: Mapping[str, type[Step]] = {
    verb.verb: verb for verb in (Say, Ask, Confirm, Choose, Transfer, Record, Stay)
}
"""Every verb that a dialog file may use."""

__all__ = ["VERBS", "Floor", "Ladder", "Listening", "Step"]
