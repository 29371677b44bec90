"""The whole of ``voicebot model adapt``: read, measure, train, write, measure again, and write the card."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from models.adapt.batches import Feed, usable
from models.adapt.card import Story, write_cards
from models.adapt.hearing import Errors, errors
from models.adapt.prompt import Window, prompt_of, window_of
from models.adapt.recordings import Recording, as_called, read_recordings, split
from models.adapt.training import Learner, Plan, Progress
from models.adapt.weights import opened, written
from voicebot.errors import UserError
from voicebot.speech_models.folder import CARD
from voicebot.speech_models.model_file import ModelFile, write_model

WORK = "work"
"""The folder in ``--out`` of what an unfinished run goes on from; gone when it is done."""
_MOST_MEASURED = 200
"""Held-out recordings that are measured: with 200 of ten syllables an error of 18 % is known to 2 or 3 points
(95 %, by calculation, if clips were independent), and a look costs a minute on two cores."""
_OWN_FILES = {"model.bin", "README.md", "figures.json", CARD}
"""Files of a model that are written anew for the adapted one, and not copied."""


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line."""

    model: Path
    data: Path
    out: Path
    plan: Plan
    held_out: float = 0.15
    batch_s: float = 60.0
    augmented: bool = True
    language: str = "ko"


def wish(
    *,
    steps: int,
    rate: float,
    look_every: int,
    patience: int,
    seed: int,
    device: str,
    augment: bool,
    **rest: Any,
) -> Wish:
    """Return the options of the command line in order. Raises `UserError` for a device that is not there."""
    cards = torch.cuda.is_available()
    device = ("cuda" if cards else "cpu") if device == "auto" else device
    if device.partition(":")[0] not in ("cpu", "cuda") or (device != "cpu" and not cards):
        raise UserError(f"--device {device}: torch sees no such device here. Give cpu, or auto.")
    workers = 0 if device == "cpu" else max(1, (os.cpu_count() or 2) - 1)
    plan = Plan(steps, rate, look_every, patience, seed, device, workers)
    return Wish(plan=plan, augmented=augment, **rest)


def adapt(wish: Wish, console: Console) -> bool:
    """Train a model further; returns whether the held-out speakers are heard no worse. Raises `UserError`.

    Interrupted, it leaves ``--out``/work, from which the same command goes on.
    """
    out, work = wish.out, wish.out / WORK
    _check_out(wish)
    model, network = opened(wish.model)
    prompt = prompt_of(wish.model, wish.language)
    window = window_of(wish.model, network.shape.audio_positions)
    named = read_recordings(wish.data)
    fitting = usable(named, prompt, window, network.shape.text_positions)
    if not fitting:
        raise UserError(
            f"{wish.data}: none of its {len(named)} recordings fits the model; {_limits(window)}."
        )
    trained, held_out = split(fitting, wish.held_out)
    held_out = held_out[:: -(-len(held_out) // _MOST_MEASURED)]
    console.print(_told(trained, held_out, len(named) - len(fitting), window))
    work.mkdir(parents=True, exist_ok=True)
    feed = Feed(prompt, window, network.shape.mels, wish.batch_s, wish.augmented)
    learner = Learner(network, feed, (trained, held_out), wish.plan, work)
    digest = _digest(wish.model / "model.bin")
    learner.resume(_fingerprint(wish, digest))
    before = _before(wish, held_out, work, console)
    _train(learner, wish.plan, console)
    ready = _assembled(wish.model, work, written(model, learner.network.cpu()))
    unchanged = learner.progress.best.step == 0
    after = before if unchanged else _measured(wish, ready, held_out)
    story = Story(
        name=out.resolve().name,
        source=wish.model.resolve(),
        digest=digest,
        trained=trained,
        held_out=held_out,
        unfit=len(named) - len(fitting),
        before=before,
        after=after,
        plan=wish.plan,
        progress=learner.progress,
        batch_s=wish.batch_s,
        augmented=wish.augmented,
        language=wish.language,
        machine=_machine(wish.plan.device),
        date=datetime.now(UTC).date().isoformat(),
    )
    write_cards(story, ready)
    _deliver(ready, out)
    shutil.rmtree(work)
    console.print(f"syllables wrong: {before.rate:.1%} before, {after.rate:.1%} after. {story.verdict}")
    console.print(f"{out} holds the model and its card, README.md.")
    return not story.worse


def _check_out(wish: Wish) -> None:
    if not (wish.model / "model.bin").is_file():
        raise UserError(
            f"{wish.model}: no model.bin is there. Give a CTranslate2 Whisper directory as --model."
        )
    others = [each.name for each in wish.out.iterdir() if each.name != WORK] if wish.out.is_dir() else []
    if others or (wish.out.exists() and not wish.out.is_dir()):
        raise UserError(
            f"{wish.out}: something is there already ({others or 'a file'}). Give a new folder as --out."
        )


def _limits(window: Window) -> str:
    return f"it takes {window.longest / 100 * 0.8:.0f} s at most"


def _told(trained: list[Recording], held_out: list[Recording], unfit: int, window: Window) -> str:
    hours = sum(each.seconds for each in trained) / 3600
    left = f"; {unfit} do not fit the model ({_limits(window)}) and are left out" if unfit else ""
    return (
        f"{len(trained)} recordings of {_speakers(trained)} speakers to train on ({hours:.2f} h), "
        f"{len(held_out)} of {_speakers(held_out)} others to judge by{left}."
    )


def _speakers(recordings: list[Recording]) -> int:
    return len({each.speaker for each in recordings})


def _fingerprint(wish: Wish, digest: str) -> str:
    settings = {
        "model": digest,
        "data": _digest(wish.data),
        "plan": {
            name: value for name, value in asdict(wish.plan).items() if name not in ("device", "workers")
        },
        "rest": [wish.held_out, wish.batch_s, wish.augmented, wish.language],
    }
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _before(wish: Wish, held_out: list[Recording], work: Path, console: Console) -> Errors:
    """Measure the model as it is, once for all resumptions of a run."""
    kept = work / "before.json"
    if kept.exists():
        return Errors(**json.loads(kept.read_text(encoding="utf-8")))
    console.print("Hearing the held-out speakers with the model as it is ...")
    before = _measured(wish, wish.model, held_out)
    kept.write_text(json.dumps(asdict(before)), encoding="utf-8")
    return before


def _measured(wish: Wish, directory: Path, held_out: list[Recording]) -> Errors:
    clips = [as_called(each) for each in held_out]
    return errors(directory, clips, [each.text for each in held_out], wish.plan.device, wish.language)


def _train(learner: Learner, plan: Plan, console: Console) -> None:
    columns = (
        TextColumn("step {task.completed:.0f} of {task.total:.0f}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("", total=plan.steps, completed=learner.progress.step, loss="-")

        def told(progress: Progress, loss: float) -> None:
            bar.update(task, completed=progress.step, loss=f"{loss:.3f}")
            if progress.looks[-1].step == progress.step:
                first, last, best = progress.looks[0], progress.looks[-1], progress.best
                console.print(
                    f"step {last.step}: loss on the held-out speakers {last.loss:.3f}, before training "
                    f"{first.loss:.3f}, best {best.loss:.3f} at step {best.step}"
                )

        learner.run(told)


def _assembled(source: Path, work: Path, model: ModelFile) -> Path:
    """Put the whole directory together where no reader takes it for finished."""
    ready = work / "model"
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir()
    for each in source.iterdir():
        if each.is_file() and each.name not in _OWN_FILES:
            shutil.copyfile(each, ready / each.name)
    write_model(ready / "model.bin", model)
    return ready


def _deliver(ready: Path, out: Path) -> None:
    """Move everything to its place, ``model.bin`` last: a directory that has it is whole."""
    for each in sorted(ready.iterdir(), key=lambda path: path.name == "model.bin"):
        each.replace(out / each.name)


def _machine(device: str) -> str:
    if device != "cpu":
        return torch.cuda.get_device_name(device)
    return (
        f"a processor ({platform.machine()}, {os.environ.get('OMP_NUM_THREADS') or os.cpu_count()} threads)"
    )
