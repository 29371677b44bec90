"""The form of all audio of ours: 16-bit mono samples at the telephone's rate, and what recognisers take."""

from typing import Final

TELEPHONE_RATE_HZ: Final = 8_000
"""G.711 carries 8,000 samples a second (ITU-T G.711, section 2)."""

SAMPLES_PER_MS: Final = TELEPHONE_RATE_HZ // 1_000
"""Whole, so that milliseconds and samples convert without loss."""

BYTES_PER_SAMPLE: Final = 2
"""Linear 16-bit, the native byte order."""

RECOGNISER_RATE_HZ: Final = 16_000
"""What Whisper's features are computed from (Radford et al. 2022, section 2.2)."""
