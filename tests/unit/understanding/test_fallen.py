"""쓰러지다 is said of people and of trees: who is meant decides between an ambulance and a saw."""

import pytest

from voicebot.understanding import understand
from voicebot.understanding.knowledge import Knowledge


@pytest.mark.parametrize(
    "text",
    [
        "망원동 망원시장 앞에 나무가 쓰러졌어요",
        "망원동 망원시장 앞에 나뭇가지가 쓰러졌어요",
        "가로등이 쓰러졌어요",
        "전봇대가 바람에 쓰러졌어요",
        "나무가 길에 쓰러져서 막고 있어요",
    ],
)
def test_a_fallen_thing_is_no_collapsed_person(text: str, knowledge: Knowledge) -> None:
    """A tree, a branch, a lamp: to be cleared away, no ambulance."""
    heard = understand(text, confidence=0.9, utterance=0, knowledge=knowledge)
    assert (heard.category, heard.urgency) == ("safety", "potential")


@pytest.mark.parametrize(
    "text",
    [
        "쓰러졌어요",
        "나무 아래 사람이 쓰러졌어요",
        "나무 밑에 남자가 쓰러져 있어요",
        "나무 옆에 쓰러졌어요",
        "나무에 부딪혀서 아이가 쓰러졌어요",
        "간판 밑에 쓰러져 있어요 사람이",
        "벽 앞에 누가 쓰러졌어요",
    ],
)
def test_a_person_beside_a_thing_is_urgent(text: str, knowledge: Knowledge) -> None:
    """The tree that tells the place must not hide the person."""
    assert understand(text, confidence=0.9, utterance=0, knowledge=knowledge).urgency == "urgent"
