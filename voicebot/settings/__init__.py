"""The settings: one YAML file, overridden by the environment, as frozen typed models."""

from voicebot.settings.humans import Group, Operator, TransferSettings
from voicebot.settings.loading import default_settings, load_settings
from voicebot.settings.models import (
    PROJECT_FOLDER,
    GeocoderSettings,
    HttpSettings,
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
    "GeocoderSettings",
    "Group",
    "HttpSettings",
    "Operator",
    "PortRange",
    "RecordingSettings",
    "Settings",
    "SipSettings",
    "SpeechSettings",
    "StoreSettings",
    "TransferSettings",
    "default_settings",
    "load_settings",
]
