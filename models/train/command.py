"""The one command that makes the bundled model, from its sentences to its model card."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from models.measure import hearing
from models.train import card, evaluate, vocabulary
from models.train.export import export
from models.train.synthesise import Clips, training_speech
from models.train.train import BATCH_S, CHECKPOINT, Plan, load_network, run
from voicebot.vocabulary.audio_format import TELEPHONE_RATE_HZ

MODEL_DIRECTORY = Path(__file__).parents[1] / "ko-119-mini"
LATER_RATE = 0.58
"""Peak rate of a round that continues, as a part of that of a round from nothing."""
CTC_WARM_UP_STEPS = 300
"""Steps that the CTC head of an exported model, which has none, learns without the encoder."""
_TEST_CLIPS = 600
"""Held-out sentences: six of them are one per cent. Chosen: more take longer."""
_PATH = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True)
class Workplace:
    """Where a run of several rounds keeps what it can be resumed from."""

    folder: Path

    @property
    def tokenizer(self) -> Path:
        """The syllable model."""
        return self.folder / vocabulary.TOKENIZER_FILE

    def round(self, number: int) -> Path:
        """The folder of one round, counted from 1: its ``speech`` and its ``checkpoint.pt``."""
        return self.folder / f"round-{number}"

    def rounds(self) -> list[Path]:
        """The folders of all rounds that have a checkpoint, first to last."""
        found = self.folder.glob(f"round-*/{CHECKPOINT}")
        return sorted((path.parent for path in found), key=lambda folder: int(folder.name.split("-")[1]))

    def begin_from(self, exported: Path) -> Path:
        """Takes an exported model as what comes before the first round here, and returns the copy of it.

        Its vocabulary is used, and the copy stays as it is if the model is replaced by the run's own.
        """
        if not self.exported.exists():
            shutil.copytree(exported, self.exported)
            shutil.copyfile(exported / vocabulary.TOKENIZER_FILE, self.tokenizer)
        return self.exported

    @property
    def exported(self) -> Path:
        """The copy that `begin_from` makes."""
        return self.folder / "exported"


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence}", flush=True)


def learn(place: Workplace, number: int, sentences: int, plan: Plan, start: Path | None) -> None:
    """One round: new sentences, new speech, and training that begins with the network of ``start``."""
    folder = place.round(number)
    folder.mkdir(parents=True, exist_ok=True)
    if not place.tokenizer.exists():
        _say(f"vocabulary: {vocabulary.build(place.tokenizer).size} tokens")
    if not (folder / "speech" / "texts.json").exists():
        _say(f"round {number}: speaking {sentences} sentences")
        training_speech(sentences, number, plan.processes).save(folder / "speech")
    run(plan, folder, place.tokenizer, start, _say)


def publish(place: Workplace, output: Path) -> None:
    """Writes the int8 model of the newest checkpoint to ``output``."""
    network, progress = load_network(place.rounds()[-1] / CHECKPOINT)
    export(network, place.tokenizer, output)
    megabytes = (output / "model.bin").stat().st_size / 1e6
    _say(f"exported step {progress.step}: {megabytes:.1f} MB")


def through_the_product(model: Path) -> dict[str, Any]:
    """Place names and noise as a call hears them, with guards and gazetteer (``voicebot bench hearing``)."""
    parts = ("places", "noise")
    figures = hearing.measure_model(model, parts, clips=_TEST_CLIPS, told=_say)
    return {part: figures[part] for part in parts}


def report(place: Workplace, output: Path) -> dict[str, Any]:
    """Measures the exported model, writes figures.json and the model card, and returns the figures."""
    rounds = place.rounds()
    speech = [Clips.load(folder / "speech") for folder in rounds]
    network, _ = load_network(rounds[-1] / CHECKPOINT)
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:  # Python is most of it: a core of its own
        product = beside.submit(through_the_product, output)
        figures = evaluate.measure(output, speech[-1], _TEST_CLIPS)
        figures["product"] = product.result()
    export(network, place.tokenizer, place.folder / "float32", quantization="float32")
    error_rates = figures["character_error_rate"]
    error_rates["clean_float32"] = evaluate.clean_error_rate(place.folder / "float32", "float32", _TEST_CLIPS)
    error_rates["clean_greedy"] = evaluate.clean_error_rate(output, "int8", _TEST_CLIPS, beams=1)
    progress = [load_network(folder / CHECKPOINT)[1] for folder in rounds]
    figures["training"] = {
        "rounds": len(rounds),
        "steps": sum(one.step for one in progress),
        "batch_s": BATCH_S,
        "minutes": round(sum(one.elapsed_s for one in progress) / 60),
        "sentences": sum(map(len, speech)),
        "hours_of_speech": round(
            sum(float(clips.offsets[-1]) for clips in speech) / TELEPHONE_RATE_HZ / 3_600
        ),
        "parameters": sum(p.numel() for name, p in network.named_parameters() if not name.startswith("ctc.")),
        "model_bytes": (output / "model.bin").stat().st_size,
    }
    if place.exported.exists():
        before = json.loads((place.exported / "figures.json").read_text(encoding="utf-8"))
        figures["training"]["before"] = before["training"]
    text = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
    (output / "figures.json").write_text(text, encoding="utf-8")
    (output / "README.md").write_text(card.model_card(figures), encoding="utf-8")
    return figures


@click.command()
@click.option("--rounds", default=2, show_default=True, help="Rounds, each of new sentences.")
@click.option(
    "--continue-from",
    type=_PATH,
    help="An exported model that counts as the first round; no checkpoint is needed.",
)
@click.option("--steps", default=9_000, show_default=True, help="Steps of a round, of about 50 s of audio.")
@click.option("--max-minutes", default=0.0, help="Shrink each round's schedule to end after that; 0: never.")
@click.option("--sentences", default=90_000, show_default=True, help="Sentences to speak in each round.")
@click.option("--processes", default=2, show_default=True, help="Processes that speak and train.")
@click.option(
    "--work", type=_PATH, default=Path("build/train"), show_default=True, help="Speech, checkpoints."
)
@click.option("--output", type=_PATH, default=MODEL_DIRECTORY, help="The model directory to write.")
@click.option("--export-only", is_flag=True, help="Export the newest checkpoint: no training, no figures.")
@click.option("--evaluate-only", is_flag=True, help="Export and measure the newest checkpoint: no training.")
def main(
    *,
    rounds: int,
    continue_from: Path | None,
    steps: int,
    max_minutes: float,
    sentences: int,
    processes: int,
    work: Path,
    output: Path,
    export_only: bool,
    evaluate_only: bool,
) -> None:
    """Train ko-119-mini from synthetic speech. A run that was stopped goes on from its checkpoint."""
    place = Workplace(work)
    if not (export_only or evaluate_only):
        start = place.begin_from(continue_from) if continue_from else None
        for number in range(2, max(2, rounds) + 1) if start else range(1, rounds + 1):
            plan = Plan(steps=steps, max_minutes=max_minutes, seed=number, processes=processes)
            if start:
                rate = plan.peak_rate * LATER_RATE
                warm_up = CTC_WARM_UP_STEPS if start == place.exported else 0
                plan = replace(plan, peak_rate=rate, easy_steps=0, ctc_warm_up_steps=warm_up)
            learn(place, number, sentences, plan, start)
            start = place.round(number) / CHECKPOINT
    publish(place, output)
    if not export_only:
        print(json.dumps(report(place, output), ensure_ascii=False, indent=2))
