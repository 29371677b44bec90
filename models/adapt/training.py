"""The training: small steps, a look at the held-out speakers now and then, and the best state that was seen.

The state as it was read is the first candidate: where nothing helps people who were not in the training, it
is the one that is kept.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, IterableDataset

from models.adapt.batches import Batch, Feed
from models.adapt.recordings import Recording
from models.train.batches import IGNORED
from models.train.network import Whisper
from voicebot.errors import UserError

CHECKPOINT = "checkpoint.pt"
_WARM_UP = 0.1
"""Share of the steps in which the rate rises; then it falls in a line to nothing, as Whisper was trained
(https://arxiv.org/abs/2212.04356, appendix F)."""
_LARGEST_GRADIENT = 1.0
"""Norm at which gradients are clipped: as Whisper was trained, same table."""
_CHECKPOINT_S = 300.0
"""At most this much work is lost with the machine; a checkpoint is four times the float32 weights."""
_LEAST_GAIN = 1e-4
"""A held-out loss must fall by this to count as better: less is below what int8 does to it."""

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Plan:
    """How to train.

    ``rate``: the peak; a tenth to a hundredth of the one that Whisper was made with, which would soon forget.
    ``patience``: looks at the held-out speakers without a gain after which training ends.
    """

    steps: int = 1000
    rate: float = 1e-5
    look_every: int = 50
    patience: int = 5
    seed: int = 1
    device: str = "cpu"
    workers: int = 0
    """Processes that prepare batches beside the training; 0: each is prepared when it is needed."""


@dataclass(frozen=True)
class Look:
    """The loss per token on the held-out speakers at a step; that of 0 is before any training."""

    step: int
    loss: float


@dataclass
class Progress:
    """Where a run stands; stored in its checkpoint. `best` and `over` need a look to have been taken."""

    step: int = 0
    elapsed_s: float = 0.0
    looks: list[Look] = field(default_factory=list)

    @property
    def best(self) -> Look:
        """The look with the least loss by a real difference, the earliest of equals."""
        best = self.looks[0]
        for look in self.looks[1:]:
            if look.loss < best.loss - _LEAST_GAIN:
                best = look
        return best

    def over(self, plan: Plan) -> bool:
        """Say whether the steps are done, or nothing got better for too long."""
        since = sum(look.step > self.best.step for look in self.looks)
        return self.step >= plan.steps or since >= plan.patience


class Learner:
    """A network in training. Interrupted, it goes on from the checkpoint of the last look or five minutes."""

    def __init__(
        self,
        network: Whisper,
        feed: Feed,
        recordings: tuple[Sequence[Recording], Sequence[Recording]],
        plan: Plan,
        folder: Path,
    ) -> None:
        """``recordings``: to train on, and held out. ``folder`` keeps the checkpoint."""
        self._plan, self._feed, self._checkpoint = plan, feed, folder / CHECKPOINT
        self._to_train, held_out = recordings
        self._device = torch.device(plan.device)
        self.network = network.to(self._device)
        self._held_out = feed.held_out(held_out)
        self._optimiser = torch.optim.AdamW(
            network.parameters(), lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True
        )
        self._best = _on_processor(network)
        self.progress = Progress()

    def resume(self, fingerprint: str) -> None:
        """Go on from the checkpoint if there is one. Raises `UserError` if it is of another run."""
        self._fingerprint = fingerprint
        if not self._checkpoint.exists():
            return
        state: dict[str, Any] = torch.load(self._checkpoint, map_location="cpu", weights_only=True)
        if state["fingerprint"] != fingerprint:
            raise UserError(
                f"{self._checkpoint}: of an unfinished run with another model, recordings or settings. "
                f"Remove {self._checkpoint.parent}, or give another folder as --out."
            )
        self.network.load_state_dict(state["network"])
        self._best = state["best"]
        self._optimiser.load_state_dict(state["optimiser"])
        looks = [Look(**look) for look in state["progress"].pop("looks")]
        self.progress = Progress(**state["progress"], looks=looks)

    def run(self, told: Callable[[Progress, float], None]) -> None:
        """Train to the end; ``told`` hears of each step with its loss. The network is the best one then."""
        torch.manual_seed(self._plan.seed + self.progress.step)
        torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1))
        if not self.progress.looks:
            self._look()
        started = saved = time.monotonic() - self.progress.elapsed_s
        batches = self._batches()
        while not self.progress.over(self._plan):
            loss = self._step(next(batches))
            looked = self.progress.step % self._plan.look_every == 0 or self.progress.step == self._plan.steps
            if looked:
                self._look()
            self.progress.elapsed_s = time.monotonic() - started
            if looked or time.monotonic() - saved > _CHECKPOINT_S:
                saved = time.monotonic()
                self._save()
            told(self.progress, loss)
        self.network.load_state_dict(self._best)

    def _batches(self) -> Iterator[Batch]:
        stream = _Stream(self._feed, self._to_train, (self._plan.seed, self.progress.step))
        return iter(DataLoader(stream, batch_size=None, num_workers=self._plan.workers))

    def _step(self, batch: Batch) -> float:
        for group in self._optimiser.param_groups:
            group["lr"] = rate(self._plan, self.progress.step)
        self.network.train()
        total, tokens = self._loss(batch)
        self._optimiser.zero_grad()
        (total / tokens).backward()
        clip_grad_norm_(self.network.parameters(), _LARGEST_GRADIENT)
        self._optimiser.step()
        self.progress.step += 1
        return float(total.detach()) / tokens

    def _loss(self, batch: Batch) -> tuple[Tensor, int]:
        """Return the loss summed over the tokens, and how many they are."""
        targets = batch.targets.to(self._device)
        with self._precision():
            logits = self.network.decode(
                batch.tokens.to(self._device), self.network.encode(batch.features.to(self._device))
            )
        total = functional.cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
        )
        return total, int((batch.targets != IGNORED).sum())

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        """Halve memory and time on a graphics card; a processor without AMX would take longer in bf16."""
        if self._device.type == "cpu":
            return contextlib.nullcontext()
        return torch.autocast(self._device.type, torch.bfloat16)

    @torch.inference_mode()
    def _look(self) -> None:
        self.network.eval()
        losses = [self._loss(batch) for batch in self._held_out]
        tokens = sum(count for _, count in losses)
        self.progress.looks.append(
            Look(self.progress.step, sum(float(total) for total, _ in losses) / max(1, tokens))
        )
        if self.progress.best.step == self.progress.step:
            self._best = _on_processor(self.network)

    def _save(self) -> None:
        """Write to a neighbour first, so that a crash leaves the old checkpoint whole."""
        state = {
            "fingerprint": self._fingerprint,
            "network": self.network.state_dict(),
            "best": self._best,
            "optimiser": self._optimiser.state_dict(),
            "progress": asdict(self.progress),
        }
        new = self._checkpoint.with_suffix(".new")
        torch.save(state, new)
        new.replace(self._checkpoint)


class _Stream(IterableDataset[Batch]):
    """Batches for torch's loader; each of its workers draws others."""

    def __init__(self, feed: Feed, recordings: Sequence[Recording], seeds: tuple[int, int]) -> None:
        self._feed, self._recordings, self._seeds = feed, recordings, seeds

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        return self._feed.training(self._recordings, (*self._seeds, worker.id if worker else 0))


def rate(plan: Plan, step: int) -> float:
    """Return the learning rate of a step, counted from 0."""
    warm_up = max(1.0, _WARM_UP * plan.steps)
    return plan.rate * min((step + 1) / warm_up, (plan.steps - step) / max(1.0, plan.steps - warm_up))


def _on_processor(network: Whisper) -> State:
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in network.state_dict().items()}
