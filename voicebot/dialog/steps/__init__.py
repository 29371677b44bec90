"""The step verbs, one module each."""

from collections.abc import Mapping

from voicebot.dialog.step import Step
from voicebot.dialog.steps.ask import Ask
from voicebot.dialog.steps.assign import Assign
from voicebot.dialog.steps.call import Call
from voicebot.dialog.steps.choose import Choose
from voicebot.dialog.steps.confirm import Confirm
from voicebot.dialog.steps.end import End
from voicebot.dialog.steps.goto import Goto
from voicebot.dialog.steps.record import Record
from voicebot.dialog.steps.refer import Refer
from voicebot.dialog.steps.say import Say
from voicebot.dialog.steps.stay import Stay
from voicebot.dialog.steps.transfer import Transfer
from voicebot.dialog.steps.triage import Triage

VERBS: Mapping[str, type[Step]] = {
    verb.verb: verb
    for verb in (Say, Ask, Confirm, Choose, Triage, Transfer, Record, Refer, Stay, Goto, Call, Assign, End)
}
"""Every verb that a dialog file may use."""
