"""Checks of the schedule: how fast to learn, and when the encoder hears from a new CTC head."""

import torch

from models.train.batches import Batch
from models.train.network import MiniWhisper, Shape
from models.train.train import WARM_UP_STEPS, Plan, Progress, ctc_reach, done, learning_rate, losses


def test_the_rate_rises_then_falls_to_almost_nothing() -> None:
    """Warm-up from near zero, the peak, and 2 % of it at the end."""
    plan = Plan(steps=10_000, peak_rate=1.0)
    rates = [learning_rate(plan, Progress(step)) for step in (0, WARM_UP_STEPS, 5_000, 10_000)]
    assert rates[0] < 0.01
    assert rates[1] > 0.98
    assert 0.4 < rates[2] < 0.6
    assert abs(rates[3] - 0.02) < 1e-6


def test_minutes_end_a_run_before_its_steps_do() -> None:
    """With a limit of time the schedule follows whatever is further on."""
    plan = Plan(steps=10_000, max_minutes=10.0)
    assert done(plan, Progress(1_000, 300.0)) == 0.5
    assert done(plan, Progress(9_000, 300.0)) == 0.9
    assert done(plan, Progress(1_000, 900.0)) == 1.0


def test_a_new_ctc_head_learns_alone_at_first() -> None:
    """Its gradient reaches the encoder not at all, then a part, then whole."""
    plan = Plan(steps=1_000, ctc_warm_up_steps=100)
    assert [ctc_reach(plan, Progress(step)) for step in (0, 100, 150, 200, 900)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    assert ctc_reach(Plan(steps=1_000), Progress(0)) == 1.0


def test_without_reach_ctc_moves_only_its_head() -> None:
    """The gradient of the CTC loss stops before the encoder."""
    torch.manual_seed(1)
    network = MiniWhisper(Shape(12, width=16, heads=2, encoder_layers=1, decoder_layers=1))
    tokens = torch.tensor([[7, 8, 3, 4]])
    batch = Batch(torch.randn(1, 80, 40), tokens, tokens.roll(-1, 1), torch.tensor([3, 4]), torch.tensor([2]))
    for reach, moved in ((0.0, False), (1.0, True)):
        network.zero_grad()
        losses(network, batch, blank=6, reach=reach)[1].backward()  # type: ignore[no-untyped-call]
        assert network.ctc.weight.grad is not None
        gradient = network.conv1.weight.grad
        assert (gradient is not None and bool(gradient.abs().sum() > 0)) == moved
