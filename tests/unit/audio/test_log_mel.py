"""Checks of the log-mel features against a slow reference and against torch."""

import numpy as np
import numpy.typing as npt
import pytest
import torch

from voicebot.audio.log_mel import frame_count, hann_window, log_mel, mel_filters


def _speechlike(samples: int, seed: int = 3) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    time_s = np.arange(samples) / 16_000
    voiced = np.stack([np.sin(2 * np.pi * 140 * k * time_s) / k for k in range(1, 20)]).sum(axis=0)
    mixed = 0.1 * voiced * (1 + np.sin(2 * np.pi * 3 * time_s)) + 0.01 * rng.standard_normal(samples)
    return np.asarray(mixed, dtype=np.float32)


def _slow_reference(samples: npt.NDArray[np.float32], n_mels: int) -> npt.NDArray[np.float64]:
    """Frame by frame and bin by bin, straight from the definition."""
    padded = np.concatenate([samples[200:0:-1], samples, samples[-2:-202:-1]]).astype(np.float64)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    turns = np.exp(-2j * np.pi * np.outer(np.arange(201), np.arange(400)) / 400)
    columns = []
    for start in range(0, len(samples) // 160 * 160, 160):
        power = np.abs(turns @ (window * padded[start : start + 400])) ** 2
        columns.append(np.log10(np.maximum(mel_filters(n_mels).astype(np.float64) @ power, 1e-10)))
    logarithm = np.stack(columns, axis=1)
    features: npt.NDArray[np.float64] = (np.maximum(logarithm, logarithm.max() - 8.0) + 4.0) / 4.0
    return features


@pytest.mark.parametrize("n_mels", [80, 128])
@pytest.mark.parametrize("samples", [201, 3_333, 8_000])
def test_equals_the_slow_reference(n_mels: int, samples: int) -> None:
    """The strided form gives what the definition gives, also for lengths that are no multiple of the hop."""
    clip = _speechlike(samples)
    assert np.allclose(log_mel(clip, n_mels), _slow_reference(clip, n_mels), atol=2e-4)


def test_equals_whisper_in_torch() -> None:
    """The result is that of the recipe in whisper/audio.py: torch.stft, last frame dropped."""
    clip = _speechlike(16_000)
    stft = torch.stft(torch.from_numpy(clip), 400, 160, window=torch.hann_window(400), return_complex=True)
    bands = torch.from_numpy(mel_filters(80).copy()) @ (stft[..., :-1].abs() ** 2)
    logarithm = torch.clamp(bands, min=1e-10).log10()
    expected = (torch.maximum(logarithm, logarithm.max() - 8.0) + 4.0) / 4.0
    assert np.allclose(log_mel(clip, 80), expected.numpy(), atol=2e-4)


@pytest.mark.parametrize(("n_mels", "first_weight"), [(80, 0.02486259), (128, 0.01237399)])
def test_first_filter_has_the_published_weight(n_mels: int, first_weight: float) -> None:
    """The lowest filter is the single bin at 40 Hz with the weight stored in Whisper's mel_filters.npz."""
    assert mel_filters(n_mels)[0, 1] == pytest.approx(first_weight, rel=1e-5)
    assert np.count_nonzero(mel_filters(n_mels)[0]) == 1


def test_filters_have_equal_area_where_bins_are_dense() -> None:
    """Slaney's normalisation: every triangle has area one over frequency, once it spans enough bins."""
    area = mel_filters(80)[45:].sum(axis=1) * 40.0
    assert np.allclose(area, 1.0, atol=0.05)


def test_silence_is_flat_and_loudness_is_bounded() -> None:
    """Zeros give -1.5 everywhere; the range below the loudest point is 2.0, that is 8 decades."""
    assert np.allclose(log_mel(np.zeros(1_600, np.float32)), -1.5)
    features = log_mel(_speechlike(16_000))
    assert features.max() - features.min() <= 2.0 + 1e-6


def test_a_louder_clip_only_moves_up() -> None:
    """Ten times the amplitude adds two decades of power, 0.5 in the result."""
    clip = _speechlike(16_000)
    assert np.allclose(log_mel(10 * clip) - log_mel(clip), 0.5, atol=1e-3)


def test_shape_and_type() -> None:
    """One float32 column for each full 10 ms, none for the rest."""
    features = log_mel(_speechlike(16_159), 128)
    assert features.shape == (128, 100)
    assert features.dtype == np.float32
    assert features.flags.c_contiguous, "CTranslate2 takes no other layout"
    assert frame_count(16_159) == 100


def test_refuses_what_whisper_does_not_have() -> None:
    """Another number of bands, or a clip shorter than half a window, raises ValueError."""
    with pytest.raises(ValueError, match="80 or 128"):
        mel_filters(40)
    with pytest.raises(ValueError, match="more than 200 samples"):
        log_mel(np.zeros(200, np.float32))


def test_window_is_periodic() -> None:
    """The periodic window sums to half its length and starts at zero."""
    assert hann_window().sum() == pytest.approx(200.0)
    assert hann_window()[0] == 0.0
