"""Whether there is a graphics card for the recogniser."""

from __future__ import annotations

import ctranslate2


def runs_on_a_card(device: str) -> bool:
    """Return whether ``speech.device`` means a card: ``cuda``, ``cuda:1``, or ``auto`` where one is found."""
    return device.startswith("cuda") or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)
