"""Checks of the training loop: what is kept, when it ends, what it goes on from."""

from pathlib import Path

import pytest

from models.adapt.batches import Feed
from models.adapt.prompt import prompt_of, window_of
from models.adapt.recordings import read_recordings, split
from models.adapt.training import CHECKPOINT, Learner, Look, Plan, Progress, rate
from models.adapt.weights import opened, written
from tests.unit.models.adapt.made_up import SPEAKERS, TEXTS, bundled, recordings
from voicebot.errors import UserError


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in ``model`` and a manifest of three speakers, four texts each."""
    folder = tmp_path_factory.mktemp("made")
    bundled(folder / "model", "int8")
    recordings(folder / "speech", dict.fromkeys(SPEAKERS[:3], TEXTS[:4]))
    return folder


def learner(made: Path, work: Path, plan: Plan) -> Learner:
    _, network = opened(made / "model")
    directory = made / "model"
    feed = Feed(prompt_of(directory, "ko"), window_of(directory, 500), 80, batch_s=10.0, augmented=False)
    named = read_recordings(made / "speech" / "manifest.jsonl")
    return Learner(network, feed, split(named, 0.1), plan, work)


def test_the_loss_falls(made: Path, tmp_path: Path) -> None:
    """On its own few clips and on the same words of somebody else; the network is the best state at the end."""
    one = learner(made, tmp_path, Plan(steps=30, rate=4e-3, look_every=10))
    one.resume("run")
    losses: list[float] = []
    one.run(lambda _, loss: losses.append(loss))
    assert losses[-1] < 0.6 * losses[0]
    assert [look.step for look in one.progress.looks] == [0, 10, 20, 30]
    assert one.progress.best.step == 30


def test_nothing_gained_is_nothing_changed(made: Path, tmp_path: Path) -> None:
    """Steps that only harm end after the patience, and the model that is written is the one that was read."""
    one = learner(made, tmp_path, Plan(steps=10, rate=10.0, look_every=1, patience=2))
    one.resume("run")
    one.run(lambda *_: None)
    assert one.progress.step == 2
    assert one.progress.best.step == 0
    model, _ = opened(made / "model")
    kept = written(model, one.network)
    assert all(kept.variables[name] is value for name, value in model.variables.items())


def test_an_interrupted_run_goes_on(made: Path, tmp_path: Path) -> None:
    """From the last checkpoint, with its looks and its best state; another run's checkpoint is refused."""
    plan = Plan(steps=6, rate=1e-3, look_every=2)

    def interrupted(progress: Progress, _: float) -> None:
        if progress.step == 5:
            raise KeyboardInterrupt

    one = learner(made, tmp_path, plan)
    one.resume("run")
    with pytest.raises(KeyboardInterrupt):
        one.run(interrupted)
    again = learner(made, tmp_path, plan)
    again.resume("run")
    assert again.progress.step == 4
    assert again.progress.looks == one.progress.looks
    again.run(lambda *_: None)
    assert [look.step for look in again.progress.looks] == [0, 2, 4, 6]
    with pytest.raises(UserError, match=CHECKPOINT):
        learner(made, tmp_path, plan).resume("other")


def test_batches_may_be_prepared_beside(made: Path, tmp_path: Path) -> None:
    """As for a graphics card, which is not to wait for audio."""
    one = learner(made, tmp_path, Plan(steps=2, rate=1e-3, look_every=2, workers=1))
    one.resume("run")
    one.run(lambda *_: None)
    assert one.progress.step == 2


def test_the_best_look_is_the_earliest_of_equals() -> None:
    """What is no real gain does not count, and patience counts from the best."""
    looks = [Look(0, 3.0), Look(10, 2.0), Look(20, 1.99999), Look(30, 2.5)]
    progress = Progress(step=30, looks=looks)
    assert progress.best == looks[1]
    assert progress.over(Plan(steps=100, patience=2))
    assert not progress.over(Plan(steps=100, patience=3))
    assert progress.over(Plan(steps=30, patience=9))


def test_the_rate_rises_for_a_tenth_and_falls_to_nothing() -> None:
    """Never zero in a step that is taken."""
    plan = Plan(steps=100, rate=1.0)
    assert [rate(plan, step) for step in (0, 4, 9, 10)] == pytest.approx([0.1, 0.5, 1.0, 1.0])
    assert rate(plan, 55) == pytest.approx(0.5)
    assert rate(plan, 99) == pytest.approx(1 / 90)
    assert rate(Plan(steps=1, rate=1.0), 0) > 0
