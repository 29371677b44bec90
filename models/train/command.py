"""The one command that makes the bundled model, from its sentences to its model card."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from models.train import card, evaluate, vocabulary
from models.train.export import export
from models.train.synthesise import Clips, sentences_and_speech
from models.train.train import BATCH_S, CHECKPOINT, Plan, load_network, run

MODEL_DIRECTORY = Path(__file__).parents[1] / "ko-119-mini"
_TEST_CLIPS = 600
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
        numbers = itertools.takewhile(lambda n: (self.round(n) / CHECKPOINT).exists(), itertools.count(1))
        return [self.round(number) for number in numbers]


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence}", flush=True)


def learn(place: Workplace, number: int, sentences: int, plan: Plan) -> None:
    """One round: new sentences, new speech, and training that begins where the round before ended."""
    folder = place.round(number)
    folder.mkdir(parents=True, exist_ok=True)
    if not place.tokenizer.exists():
        _say(f"vocabulary: {vocabulary.build(place.tokenizer).size} tokens")
    if not (folder / "speech" / "texts.json").exists():
        _say(f"round {number}: speaking {sentences} sentences")
        clips = sentences_and_speech("train", sentences, number, processes=plan.processes)
        clips.save(folder / "speech")
    start = place.round(number - 1) / CHECKPOINT if number > 1 else None
    run(plan, folder, place.tokenizer, start, _say)


def publish(place: Workplace, output: Path) -> None:
    """Writes the int8 model of the newest checkpoint to ``output``."""
    network, progress = load_network(place.rounds()[-1] / CHECKPOINT)
    export(network, place.tokenizer, output)
    megabytes = (output / "model.bin").stat().st_size / 1e6
    _say(f"exported step {progress.step}: {megabytes:.1f} MB")


def report(place: Workplace, output: Path) -> dict[str, Any]:
    """Measures the exported model, writes figures.json and the model card, and returns the figures."""
    rounds = place.rounds()
    speech = [Clips.load(folder / "speech") for folder in rounds]
    network, _ = load_network(rounds[-1] / CHECKPOINT)
    figures = evaluate.measure(output, speech[-1], _TEST_CLIPS)
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
        "hours_of_speech": round(sum(float(clips.offsets[-1]) for clips in speech) / 8_000 / 3_600),
        "parameters": sum(p.numel() for name, p in network.named_parameters() if not name.startswith("ctc.")),
        "model_bytes": (output / "model.bin").stat().st_size,
    }
    text = json.dumps(figures, ensure_ascii=False, indent=2) + "\n"
    (output / "figures.json").write_text(text, encoding="utf-8")
    (output / "README.md").write_text(card.model_card(figures), encoding="utf-8")
    return figures


@click.command()
@click.option(
    "--rounds", default=1, show_default=True, help="Rounds of new sentences, each at half the rate."
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
        for number in range(1, rounds + 1):
            first = Plan(steps=steps, max_minutes=max_minutes, processes=processes)
            later = replace(first, peak_rate=first.peak_rate / 2 ** (number - 1), easy_steps=0)
            learn(place, number, sentences, first if number == 1 else later)
    publish(place, output)
    if not export_only:
        print(json.dumps(report(place, output), ensure_ascii=False, indent=2))
