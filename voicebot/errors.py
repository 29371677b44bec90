"""The exceptions of voicebot.

::

    VoicebotError
     ├── UserError            a person must mend something; exit code 2, one sentence
     │    ├── SettingsError   the settings file
     │    ├── DialogError     a dialog file
     │    ├── ModelError      a speech model directory
     │    └── SetupError      the machine: a port in use, a missing program
     ├── LineGone             a command for a line process that is not there
     └── SpeechFailed         a model refused or failed on valid input

Busy, no answer, silence and no match are values, not exceptions.
"""


class VoicebotError(Exception):
    """Base of everything that voicebot raises on purpose."""


class UserError(VoicebotError):
    """A mistake that a person can mend; its text is one clear sentence: where, why, how to mend it."""


class SettingsError(UserError):
    """The settings file is missing, unreadable or wrong; names file and line."""


class DialogError(UserError):
    """A dialog file is wrong; names file, line and step."""


class ModelError(UserError):
    """A speech model directory is missing or incomplete."""


class SetupError(UserError):
    """The machine lacks something: a free port, a program, a package."""


class LineGone(VoicebotError):
    """The line process that owned this leg has ended; the leg is lost."""


class SpeechFailed(VoicebotError):
    """A speech model failed on input that should have been fine."""
