"""The one command that makes the bundled model, from its sentences to its model card."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from models.train import card, evaluate, vocabulary
from models.train.export import export
from models.train.synthesise import Clips, sentences_and_speech
from models.train.train import BATCH_S, Plan, load_network, run

MODEL_DIRECTORY = Path(__file__).parents[1] / "ko-119-mini"
_TRAIN_SEED = 1
_TEST_CLIPS = 600
_PATH = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True)
class Workplace:
    """Where a run keeps what it can be resumed from."""

    folder: Path

    @property
    def speech(self) -> Path:
        """The spoken training sentences."""
        return self.folder / "speech" / "train"

    @property
    def tokenizer(self) -> Path:
        """The syllable model."""
        return self.folder / vocabulary.TOKENIZER_FILE

    @property
    def checkpoint(self) -> Path:
        """The newest state of the training."""
        return self.folder / "checkpoint.pt"


def _say(sentence: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {sentence}", flush=True)


def prepare(place: Workplace, sentences: int, processes: int) -> None:
    """Makes the vocabulary and speaks the training sentences, unless they are there."""
    place.folder.mkdir(parents=True, exist_ok=True)
    if not place.tokenizer.exists():
        _say(f"vocabulary: {vocabulary.build(place.tokenizer).size} tokens")
    if not (place.speech / "texts.json").exists():
        _say(f"speaking {sentences} sentences")
        sentences_and_speech("train", sentences, _TRAIN_SEED, processes=processes).save(place.speech)


def publish(place: Workplace, output: Path) -> None:
    """Writes the int8 model of the newest checkpoint to ``output``."""
    network, progress = load_network(place.checkpoint)
    export(network, place.tokenizer, output)
    megabytes = (output / "model.bin").stat().st_size / 1e6
    _say(f"exported step {progress.step}: {megabytes:.1f} MB")


def report(place: Workplace, output: Path) -> dict[str, Any]:
    """Measures the exported model, writes figures.json and the model card, and returns the figures."""
    speech = Clips.load(place.speech)
    network, progress = load_network(place.checkpoint)
    figures = evaluate.measure(output, speech, _TEST_CLIPS)
    export(network, place.tokenizer, place.folder / "float32", quantization="float32")
    figures["character_error_rate"]["clean_float32"] = evaluate.clean_error_rate(
        place.folder / "float32", "float32", _TEST_CLIPS
    )
    figures["training"] = {
        "steps": progress.step,
        "batch_s": BATCH_S,
        "minutes": round(progress.elapsed_s / 60),
        "sentences": len(speech),
        "hours_of_speech": round(float(speech.offsets[-1]) / 8_000 / 3_600),
        "parameters": sum(p.numel() for name, p in network.named_parameters() if not name.startswith("ctc.")),
        "model_bytes": (output / "model.bin").stat().st_size,
    }
    (output / "figures.json").write_text(
        json.dumps(figures, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    (output / "README.md").write_text(card.model_card(figures), encoding="utf-8")
    return figures


@click.command()
@click.option("--steps", default=9_000, show_default=True, help="Training steps of about 50 s of audio.")
@click.option("--max-minutes", default=0.0, help="Shrink the schedule to end after so many minutes; 0: none.")
@click.option("--sentences", default=90_000, show_default=True, help="Training sentences to speak.")
@click.option("--processes", default=2, show_default=True, help="Processes that speak and train.")
@click.option(
    "--work", type=_PATH, default=Path("build/train"), show_default=True, help="Speech, checkpoints."
)
@click.option("--output", type=_PATH, default=MODEL_DIRECTORY, help="The model directory to write.")
@click.option("--export-only", is_flag=True, help="Export the checkpoint as it is: no training, no figures.")
@click.option("--evaluate-only", is_flag=True, help="Export and measure the checkpoint: no training.")
def main(
    *,
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
        prepare(place, sentences, processes)
        run(Plan(steps=steps, max_minutes=max_minutes, processes=processes), place.folder, _say)
    publish(place, output)
    if not export_only:
        print(json.dumps(report(place, output), ensure_ascii=False, indent=2))
