"""The folder of sockets and audio must be our own."""

from pathlib import Path

import pytest

from voicebot.errors import SetupError
from voicebot.operators.desks import Wish
from voicebot.settings import Settings
from voicebot.wiring import make_floor, make_run_directory


def test_a_new_run_directory_is_for_us_alone(tmp_path: Path) -> None:
    """Nobody else can reach the sockets and the callers' audio."""
    made = make_run_directory(tmp_path / "run")
    assert made.stat().st_mode & 0o077 == 0


def test_a_run_directory_that_somebody_laid_out_for_us_is_refused(tmp_path: Path) -> None:
    """A link in a public folder could lead the sockets anywhere."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SetupError, match="run_directory"):
        make_run_directory(tmp_path / "run")


async def test_operators_and_groups_of_the_settings_stand_on_the_floor() -> None:
    """What a person writes into the settings is what is rung: group, strategy, capacity."""
    settings = Settings.model_validate(
        {
            "operators": [
                {"name": "one", "uri": "sip:1@a", "groups": ["fire"]},
                {"name": "two", "uri": "sip:2@a", "groups": ["fire"], "skills": ["en"]},
                {"name": "queue", "uri": "sip:q@a", "calls_at_once": "unlimited"},
            ],
            "groups": [{"name": "fire", "strategy": "all", "uri": "sip:fire@a"}],
            "transfer": {"strategy": "several", "at_once": 2},
        }
    )
    floor = make_floor(settings)
    group = floor.group("fire")
    assert group is not None
    assert (group.uri, group.next_group) == ("sip:fire@a", None)
    english = await floor.claim(Wish("a", "potential", "fire", frozenset({"en"})))
    assert [operator.name for operator in english] == ["two", "one"]
    for call in "bcd":
        assert [operator.name for operator in await floor.claim(Wish(call, "potential"))] == ["queue"]
    floor.free("one", "a")
    assert len(await floor.claim(Wish("e", "potential"))) == 2
