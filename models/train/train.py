"""The training loop: attention cross-entropy plus CTC, cosine schedule, checkpoints that a run resumes from.

Each core runs one single-threaded process with its share of the batch, and gradients are averaged once a
step: on a machine that does other work too this loses far less time than threads that wait for each other in
every product.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, distributed
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_, parameters_to_vector, vector_to_parameters

from models.train.batches import EASY_STEPS, IGNORED, Batch, BatchStream
from models.train.network import MiniWhisper, Shape
from models.train.restore import network_of
from models.train.synthesise import Clips
from models.train.vocabulary import Vocabulary

CTC_WEIGHT, LABEL_SMOOTHING = 0.3, 0.05
"""Share of the CTC head in the loss, and of all other tokens in a target. Chosen; no comparison is kept."""
WARM_UP_STEPS = 500
"""Steps in which the rate rises to its peak. Chosen; no comparison is kept."""
AVERAGED_STEPS = 400
"""Steps over which the weights are averaged (exponentially): the average is what is exported."""
BATCH_S, BATCH_CLIPS = 52.0, 48
"""Audio and clips of one step at most: the one bounds the work, the other what short clips need. Chosen."""
CHECKPOINT = "checkpoint.pt"
_MEETING_POINT = "meeting-point"


@dataclass(frozen=True)
class Plan:
    """How long and how fast to learn.

    ``max_minutes`` 0 means no limit; with one, the schedule shrinks to end in time. The first ``easy_steps``
    hold short clips only. In the first ``ctc_warm_up_steps`` a new CTC head learns without the encoder.
    """

    steps: int
    max_minutes: float = 0.0
    seed: int = 1
    peak_rate: float = 1.2e-3
    easy_steps: int = EASY_STEPS
    ctc_warm_up_steps: int = 0
    checkpoint_s: float = 180.0
    processes: int = 2


@dataclass
class Progress:
    """Where a run stands; stored in the checkpoint."""

    step: int = 0
    elapsed_s: float = 0.0


def done(plan: Plan, progress: Progress) -> float:
    """The part of the run that is over, 0..1."""
    of_time = progress.elapsed_s / (60.0 * plan.max_minutes) if plan.max_minutes else 0.0
    return min(1.0, max(progress.step / plan.steps, of_time))


def learning_rate(plan: Plan, progress: Progress) -> float:
    """Linear warm-up, then half a cosine down to 2 % at the end of the steps or of the minutes."""
    warmed = min(1.0, (progress.step + 1) / WARM_UP_STEPS)
    return plan.peak_rate * warmed * (0.02 + 0.49 * (1 + math.cos(math.pi * done(plan, progress))))


def ctc_reach(plan: Plan, progress: Progress) -> float:
    """The part of the CTC gradient that passes into the encoder, 0..1: none at first, then more and more."""
    if not plan.ctc_warm_up_steps:
        return 1.0
    return min(1.0, max(0.0, progress.step / plan.ctc_warm_up_steps - 1.0))


def losses(network: MiniWhisper, batch: Batch, blank: int, reach: float = 1.0) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the decoder and CTC of the encoder, each a scalar.

    ``reach``: the part of the CTC gradient that goes on from the head into the encoder, 0..1.
    """
    with torch.autocast("cpu", torch.bfloat16):
        memory = network.encode(batch.features)
        logits = network.decode(batch.tokens, memory)
        apart = memory.detach()
        spelled = network.ctc(memory if reach == 1.0 else apart + reach * (memory - apart))
    attention = functional.cross_entropy(
        logits.float().flatten(0, 1),
        batch.targets.flatten(),
        ignore_index=IGNORED,
        label_smoothing=LABEL_SMOOTHING,
    )
    frames = torch.full((len(memory),), memory.shape[1])
    ctc = functional.ctc_loss(
        spelled.float().log_softmax(-1).transpose(0, 1),
        batch.ctc_targets,
        frames,
        batch.ctc_lengths,
        blank=blank,
        zero_infinity=True,
    )
    return attention, ctc


class Learner:
    """One process of a run: its network, its optimiser and its stream of batches."""

    def __init__(self, plan: Plan, work: Path, tokenizer: Path, start: Path | None, rank: int) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(plan.seed)
        self.plan, self.rank, self.checkpoint = plan, rank, work / CHECKPOINT
        vocabulary = Vocabulary.load(tokenizer)
        self._blank = vocabulary.special("<|endoftext|>")
        source = self.checkpoint if self.checkpoint.exists() else start
        state = torch.load(source, weights_only=True) if source and source.is_file() else None
        self.network = network_of(source) if source and state is None else MiniWhisper(Shape(vocabulary.size))
        self.progress = Progress()
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=plan.peak_rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        if state:
            self.network.load_state_dict(state["network" if source == self.checkpoint else "averaged"])
        self.averaged = copy.deepcopy(self.network)
        if state and source == self.checkpoint:
            self.averaged.load_state_dict(state["averaged"])
            self._optimiser.load_state_dict(state["optimiser"])
            self.progress = Progress(**state["progress"])
        stream = BatchStream(
            Clips.load(work / "speech"),
            vocabulary,
            (plan.seed, self.progress.step, rank),
            BATCH_S / plan.processes,
            BATCH_CLIPS // plan.processes,
        )
        self._stream = stream.batches(plan.easy_steps - self.progress.step)

    def step(self) -> tuple[float, float]:
        """One step, gradients averaged over the processes; returns this process's two losses."""
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate(self.plan, self.progress)
        attention, ctc = losses(
            self.network, next(self._stream), self._blank, ctc_reach(self.plan, self.progress)
        )
        self._optimiser.zero_grad()
        ((1.0 - CTC_WEIGHT) * attention + CTC_WEIGHT * ctc).backward()
        self._average_gradients()
        clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimiser.step()
        self.progress.step += 1
        self._average_weights()
        return attention.item(), ctc.item()

    def _average_gradients(self) -> None:
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        together = parameters_to_vector(gradients)
        distributed.all_reduce(together)
        vector_to_parameters(together / self.plan.processes, gradients)

    @torch.no_grad()
    def _average_weights(self) -> None:
        fresh = 1.0 / min(self.progress.step, AVERAGED_STEPS)
        torch._foreach_lerp_([*self.averaged.parameters()], [*self.network.parameters()], fresh)

    def agree_on_time(self, elapsed_s: float) -> None:
        """All processes take the first one's clock, so that they follow one schedule and end at one step."""
        shared = torch.tensor([elapsed_s], dtype=torch.float64)
        distributed.broadcast(shared, 0)
        self.progress.elapsed_s = float(shared.item())

    def save(self) -> None:
        """Writes to a neighbour first, so that a crash leaves the old checkpoint whole."""
        state = {
            "shape": asdict(self.network.shape), "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self._optimiser.state_dict(), "progress": asdict(self.progress),
        }  # fmt: skip
        torch.save(state, self.checkpoint.with_suffix(".new"))
        self.checkpoint.with_suffix(".new").replace(self.checkpoint)


def load_network(checkpoint: Path) -> tuple[MiniWhisper, Progress]:
    """The network of a checkpoint with its averaged weights, to evaluate, and how far it had come."""
    state = torch.load(checkpoint, weights_only=True)
    network = MiniWhisper(Shape(**state["shape"]))
    network.load_state_dict(state["averaged"])
    return network.eval(), Progress(**state["progress"])


def run(plan: Plan, work: Path, tokenizer: Path, start: Path | None, say: Callable[[str], None]) -> Path:
    """Trains on ``work/speech`` and returns ``work/checkpoint.pt``.

    A run that finds that checkpoint goes on from it; otherwise it begins with the network of ``start`` (a
    checkpoint, or the directory of an exported model), or with a new one if that is None.
    """
    (work / _MEETING_POINT).unlink(missing_ok=True)
    torch.multiprocessing.spawn(_learn, args=(plan, work, tokenizer, start, say), nprocs=plan.processes)
    return work / CHECKPOINT


def _learn(
    rank: int, plan: Plan, work: Path, tokenizer: Path, start: Path | None, say: Callable[[str], None]
) -> None:
    meeting = work / _MEETING_POINT
    distributed.init_process_group(
        "gloo", init_method=meeting.absolute().as_uri(), rank=rank, world_size=plan.processes
    )
    learner = Learner(plan, work, tokenizer, start, rank)
    if rank == 0:
        parameters = sum(p.numel() for p in learner.network.parameters())
        say(f"{parameters / 1e6:.1f} million parameters, from step {learner.progress.step}")
    started = time.monotonic() - learner.progress.elapsed_s
    recent: list[tuple[float, float]] = []
    saved_s = learner.progress.elapsed_s
    while done(plan, learner.progress) < 1.0:
        recent.append(learner.step())
        learner.agree_on_time(time.monotonic() - started)
        step = learner.progress.step
        finished = done(plan, learner.progress) >= 1.0
        if rank == 0 and (finished or learner.progress.elapsed_s - saved_s >= plan.checkpoint_s):
            learner.save()
            saved_s = learner.progress.elapsed_s
        if rank == 0 and (finished or step % 50 == 0):
            attention, ctc = (sum(column) / len(recent) for column in zip(*recent, strict=True))
            recent.clear()
            say(f"step {step} {learner.progress.elapsed_s:.0f} s attention {attention:.3f} ctc {ctc:.3f}")
    distributed.destroy_process_group()
