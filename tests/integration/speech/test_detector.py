"""Silero's own networks beside those that are used here."""

import numpy as np
import pytest
import torch
from silero_vad import load_silero_vad

from voicebot.speech.detector import WINDOW_SAMPLES, Detector
from voicebot.speech.silero import WIDTH, SileroNetwork

pytestmark = pytest.mark.filterwarnings(
    "ignore:`torch.jit:DeprecationWarning"
)  # how the package loads itself


@pytest.mark.parametrize(("name", "samples"), [("_model_8k", 32 + 256), ("_model", 64 + 512)])
def test_the_network_is_silero_s_own(name: str, samples: int) -> None:
    """Window after window, legs of any loudness get the probabilities and states of the original."""
    original = getattr(load_silero_vad(), name)
    network = SileroNetwork(original)
    legs = 7
    torch.manual_seed(1)
    state = torch.zeros(2, legs, WIDTH)
    hidden, cell = state[0], state[1]
    loudness = torch.logspace(-4, 0, legs)[:, None]
    with torch.inference_mode():
        for _ in range(20):
            batch = torch.randn(legs, samples) * loudness
            expected, state = original(batch, state)
            probability, hidden, cell = network(batch, hidden, cell)
            torch.testing.assert_close(probability, expected[:, 0], atol=1e-4, rtol=1e-3)
            torch.testing.assert_close(torch.stack([hidden, cell]), state, atol=1e-3, rtol=1e-3)


def test_legs_do_not_disturb_each_other() -> None:
    """A leg alone and the same leg among others have the same probabilities; a reset forgets it."""
    rng = np.random.default_rng(2)
    windows = rng.integers(-8000, 8000, (10, 5, WINDOW_SAMPLES)).astype(np.int16)
    alone, among = Detector(1), Detector(5)
    slots = np.array([4, 2, 0, 1, 3])
    single = [alone.probabilities(np.array([0]), window[1:2])[0] for window in windows]
    batched = [among.probabilities(slots, window)[1] for window in windows]
    assert single == pytest.approx(batched, abs=1e-5)
    among.reset(2)
    assert among.probabilities(slots, windows[0])[1] == pytest.approx(single[0], abs=1e-5)
