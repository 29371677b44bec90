"""Boxes of a drawing never overlap, and ways run around them."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.cli.layered import layered

NAMES = [f"step{number}" for number in range(9)]
SIZES = st.fixed_dictionaries({name: st.tuples(st.just(272), st.integers(40, 160)) for name in NAMES})
WAYS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20)


@settings(max_examples=60, deadline=None)
@given(SIZES, WAYS)
def test_boxes_lie_apart_and_ways_pass_between(
    sizes: dict[str, tuple[int, int]], ways: list[tuple[str, str]]
) -> None:
    """Whatever leads to what, in circles too."""
    drawn = layered(sizes, ways)
    corners = {name: (x, y, x + sizes[name][0], y + sizes[name][1]) for name, (x, y) in drawn.at.items()}
    for (left, top, right, bottom), other in combinations(corners.values(), 2):
        assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
    assert set(drawn.ways) == {way for way in ways if way[0] != way[1]}
    for points in drawn.ways.values():
        for x, y in points:
            inside = [box for box in corners.values() if box[0] < x < box[2] and box[1] < y < box[3]]
            assert not inside
    assert all(box[0] >= -1 and box[2] <= drawn.width + 1 for box in corners.values())
    assert all(box[1] >= 0 and box[3] <= drawn.height for box in corners.values())


def test_a_chain_stands_in_one_column() -> None:
    """The plain case looks plain."""
    drawn = layered(dict.fromkeys("abc", (100, 40)), [("a", "b"), ("b", "c")], gap_y=50)
    assert drawn.at == {"a": (0, 0), "b": (0, 90), "c": (0, 180)}


def test_who_leads_nowhere_back_stands_above() -> None:
    """A way up closes a circle; its boxes keep the order of reading."""
    drawn = layered(dict.fromkeys("ab", (100, 40)), [("a", "b"), ("b", "a")])
    assert drawn.at["a"][1] < drawn.at["b"][1]
