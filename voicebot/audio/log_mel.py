"""Log-mel features exactly as OpenAI Whisper defines them (``whisper/audio.py``), in numpy alone.

Training (``models/train``) and the recogniser use this one definition: 16 kHz, 25 ms periodic Hann window
(400 samples), 10 ms hop (160 samples), reflected edges, Slaney mel bands, log10 with a floor, 8 decades of
range below the loudest point of the clip, then ``(x + 4) / 4``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from voicebot.vocabulary.audio_format import RECOGNISER_RATE_HZ

WINDOW_SAMPLES, HOP_SAMPLES = 400, 160
"""``N_FFT`` and ``HOP_LENGTH`` of ``whisper/audio.py``."""
_FRAMES_AT_ONCE = 8
"""Small enough that OpenBLAS computes in the calling thread; see `_bands`."""

Float32 = npt.NDArray[np.float32]
Transform = Callable[[Float32], npt.NDArray[np.complexfloating]]


def _hz_to_mel(frequency_hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Slaney's scale: linear (3 mel per 200 Hz) below 1 kHz, logarithmic above (27 mel per factor 6.4)."""
    linear = 3.0 * frequency_hz / 200.0
    logarithmic = 15.0 + 27.0 * np.log(np.maximum(frequency_hz, 1000.0) / 1000.0) / np.log(6.4)
    return np.where(frequency_hz < 1000.0, linear, logarithmic)


def _mel_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(mel < 15.0, 200.0 * mel / 3.0, 1000.0 * np.exp(np.log(6.4) * (mel - 15.0) / 27.0))


@cache
def mel_filters(n_mels: int) -> Float32:
    """Triangular Slaney filters of equal area from 0 Hz to 8 kHz: float32[n_mels, 201], as librosa's.

    Raises ValueError unless ``n_mels`` is 80 or 128, the two that Whisper models use.
    """
    if n_mels not in (80, 128):
        raise ValueError(f"Whisper models use 80 or 128 mel bands, not {n_mels}")
    bins_hz = np.linspace(0.0, RECOGNISER_RATE_HZ / 2, WINDOW_SAMPLES // 2 + 1)
    top_mel = float(_hz_to_mel(np.array([RECOGNISER_RATE_HZ / 2]))[0])
    edges_hz = _mel_to_hz(np.linspace(0.0, top_mel, n_mels + 2))
    low, centre, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    rising = (bins_hz - low) / (centre - low)
    falling = (high - bins_hz) / (high - centre)
    triangles = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (high - low))
    filters: Float32 = triangles.astype(np.float32)
    filters.setflags(write=False)
    return filters


@cache
def hann_window() -> Float32:
    """The periodic Hann window, float32[400], as ``torch.hann_window(400)``."""
    phase = 2.0 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES
    window: Float32 = (0.5 - 0.5 * np.cos(phase)).astype(np.float32)
    window.setflags(write=False)
    return window


def frame_count(samples: int) -> int:
    """Feature frames of a clip of ``samples`` samples at 16 kHz: one for each full 10 ms."""
    return samples // HOP_SAMPLES


def _bands(power: Float32, n_mels: int) -> Float32:
    """Mel bands of float32[frames, 201] as float32[frames, n_mels], a few frames at a time.

    Products of this size OpenBLAS computes in the calling thread. A larger one it shares out among threads
    that spin while they wait: on a busy machine that costs four times the processor time of all the rest.
    """
    groups = -(-len(power) // _FRAMES_AT_ONCE)
    padded = np.zeros((groups * _FRAMES_AT_ONCE, power.shape[1]), np.float32)
    padded[: len(power)] = power
    bands = padded.reshape(groups, _FRAMES_AT_ONCE, -1) @ mel_filters(n_mels).T
    return np.asarray(bands.reshape(-1, n_mels)[: len(power)])


def _rfft(frames: Float32) -> npt.NDArray[np.complexfloating]:
    return np.asarray(np.fft.rfft(frames, axis=1))


def log_mel(samples_16k: Float32, n_mels: int = 80, *, rfft: Transform = _rfft) -> Float32:
    """Features of one clip: float32[n_mels, frames], frames = ``frame_count(len(samples_16k))``.

    ``samples_16k`` is mono float32 in -1..1 at 16 kHz. A clip of under 201 samples (12.5 ms) cannot be
    reflected at its edges and raises ValueError. Pad the samples with zeros, not the features, to bring
    clips to one length. ``rfft`` may be another library's: float32[frames, 400] -> complex[frames, 201].
    """
    half = WINDOW_SAMPLES // 2
    if len(samples_16k) <= half:
        raise ValueError(f"a clip needs more than {half} samples, this one has {len(samples_16k)}")
    padded = np.pad(np.asarray(samples_16k, dtype=np.float32), half, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES]
    frames = frames[: frame_count(len(samples_16k))]
    spectrum = rfft(frames * hann_window())
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    bands = np.ascontiguousarray(_bands(power, n_mels).T)
    features: Float32 = np.log10(np.maximum(bands, np.float32(1e-10)))
    np.maximum(features, features.max(initial=-10.0) - np.float32(8.0), out=features)
    features += np.float32(4.0)
    features *= np.float32(0.25)
    return features
