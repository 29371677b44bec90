"""The card of an adapted model: what was done to it and what that changed; nothing of the recordings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from models.adapt.hearing import Errors
from models.adapt.recordings import Recording
from models.adapt.training import Plan, Progress
from voicebot.speech_models.folder import CARD, write_card

_CARD = """# {name}: adapted from {source}

{verdict}

| on the {held_clips} recordings of {held_speakers} held-out speakers | before | after |
|---|---|---|
| syllables wrong | {before_rate:.1%} | {after_rate:.1%} |
| recordings without a mistake | {before_right} | {after_right} |
| loss per token | {before_loss:.3f} | {after_loss:.3f} |

Heard by `voicebot.speech.recogniser` as calls are heard, at 8 kHz, {syllables} syllables by their
reading. No recording, text or name of a speaker is in this directory, but a model can remember
what it was trained on: treat it with the care that the recordings need.

## How it was made

- {date}, `voicebot model adapt`, {minutes:.1f} minutes on {machine}; {steps} of at most {most_steps} steps of
  up to {batch_s:.0f} s of speech, the state of step {best_step} was kept.
- Trained on {clips} recordings of {speakers} speakers, {hours:.2f} hours; left out because they do not
  fit the model: {unfit}.
- Peak rate {rate:g}, seed {seed}, a look at the held-out speakers every {look_every} steps, language
  {language}.
- {lines}
- Stored as the model before was; its `model.bin` has the SHA-256
  `{digest}`.
"""
_LINES = (
    "Each time a recording was heard over another simulated line: speed, band, A-law or mu-law, lost\n"
    "  packets, noise 5–35 dB below the speech, silence around; and noise alone, whose text is empty."
)
_BETTER = "It hears people who were not in the training better than before."
_SAME = (
    "Training made nothing better for people who were not in it: this is the model as it was, bit for bit."
)
_WORSE = (
    "**It hears people who were not in the training worse than before, although its loss fell. Do not\n"
    "use it** before it was measured on more of them."
)
_EQUAL = "It hears people who were not in the training as well as before, not better."


@dataclass(frozen=True)
class Story:
    """All that a card tells."""

    name: str
    source: Path
    digest: str
    trained: Sequence[Recording]
    held_out: Sequence[Recording]
    unfit: int
    before: Errors
    after: Errors
    plan: Plan
    progress: Progress
    batch_s: float
    augmented: bool
    language: str
    machine: str
    date: str

    @property
    def verdict(self) -> str:
        """One sentence on whether the held-out speakers are heard better."""
        if self.progress.best.step == 0:
            return _SAME
        difference = self.after.mistakes - self.before.mistakes
        return _WORSE if difference > 0 else _BETTER if difference < 0 else _EQUAL

    @property
    def worse(self) -> bool:
        """Whether the held-out speakers are heard worse than before."""
        return self.verdict == _WORSE


def write_cards(story: Story, directory: Path) -> None:
    """Write README.md and card.json, which keeps what the card of the model before says of its origin."""
    speakers, held_speakers = (
        len({each.speaker for each in part}) for part in (story.trained, story.held_out)
    )
    progress = story.progress
    told = {
        "name": story.name,
        "source": story.source.name,
        "digest": story.digest,
        "date": story.date,
        "machine": story.machine,
        "clips": len(story.trained),
        "speakers": speakers,
        "hours": round(sum(each.seconds for each in story.trained) / 3600, 4),
        "unfit": story.unfit,
        "held_clips": len(story.held_out),
        "held_speakers": held_speakers,
        "language": story.language,
        "batch_s": story.batch_s,
        "augmented": story.augmented,
        "steps": progress.step,
        "best_step": progress.best.step,
        "minutes": round(progress.elapsed_s / 60, 2),
    }
    figures = told | {
        "plan": asdict(story.plan),
        "before": asdict(story.before),
        "after": asdict(story.after),
        "held_out_loss": [asdict(look) for look in progress.looks],
    }
    text = _CARD.format(
        **told,
        verdict=story.verdict,
        before_rate=story.before.rate,
        after_rate=story.after.rate,
        before_right=story.before.right,
        after_right=story.after.right,
        before_loss=progress.looks[0].loss,
        after_loss=progress.best.loss,
        syllables=story.before.syllables,
        most_steps=story.plan.steps,
        rate=story.plan.rate,
        seed=story.plan.seed,
        look_every=story.plan.look_every,
        lines=_LINES
        if story.augmented
        else "The recordings were heard as they were recorded: no line was simulated.",
    )
    (directory / "README.md").write_text(text, encoding="utf-8")
    before = story.source / CARD
    card = json.loads(before.read_text(encoding="utf-8")) if before.exists() else {}
    measured = (
        f"{story.after.rate:.1%} of syllables wrong on {len(story.held_out)} recordings of {held_speakers} "
        "speakers of the agency who were held out"
    )
    card |= {"adapted": figures, "measured": {"by": "voicebot model adapt", "text": measured}}
    write_card(directory, card)
