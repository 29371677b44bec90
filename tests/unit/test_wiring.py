from voicebot.operators.desks import Wish
from voicebot.settings import Settings
from voicebot.wiring import make_desk_board


async def test_operators_and_groups_of_the_settings_stand_on_the_board() -> None:
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
    board = make_desk_board(settings)
    group = board.group("fire")
    assert group is not None
    assert (group.uri, group.next_group) == ("sip:fire@a", None)
    english = await board.claim(Wish("a", "potential", "fire", frozenset({"en"})))
    assert [operator.name for operator in english] == ["two", "one"]
    for call in "bcd":
        assert [operator.name for operator in await board.claim(Wish(call, "potential"))] == ["queue"]
    board.free("one", "a")
    assert len(await board.claim(Wish("e", "potential"))) == 2
