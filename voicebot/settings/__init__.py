"""The settings: one YAML file, overridden by the environment, as frozen typed models."""

from voicebot.settings.loading import default_settings, load_settings
from voicebot.settings.models import (
    PROJECT_FOLDER,
    HttpSettings,
    Operator,
    RecordingSettings,
    Settings,
    SipSettings,
    SpeechSettings,
    StoreSettings,
)
from voicebot.settings.types import Address, PortRange

__all__ = [
    "PROJECT_FOLDER",
    "Address",
    "HttpSettings",
    "Operator",
    "PortRange",
    "RecordingSettings",
    "Settings",
    "SipSettings",
    "SpeechSettings",
    "StoreSettings",
    "default_settings",
    "load_settings",
]
