"""Boxes and the ways between them laid out in rows, so that lines run around boxes and seldom cross.

The usual four steps of a layered drawing (Sugiyama, Tagawa, Toda 1981): turn the ways of circles around,
give each box a row below all that lead to it, order the rows by the middle of the neighbours, then place the
boxes as near to their neighbours as their order allows. Long ways get a place in every row that they pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

_SWEEPS = 12
_LANE = 26.0
"""Width of a way that passes a row."""


@dataclass(frozen=True)
class Drawn:
    """Where everything is, in pixels."""

    at: Mapping[str, tuple[float, float]]
    """Left upper corner of each box."""
    ways: Mapping[tuple[str, str], tuple[tuple[float, float], ...]]
    """Points that each way passes between its boxes: one at each border of the rows in between."""
    width: float
    height: float


@dataclass
class _Layout:
    sizes: Mapping[str, tuple[float, float]]
    gap_x: float
    gap_y: float
    rows: list[list[str]] = field(default_factory=list)
    chains: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """The stand-ins of each way, from its upper to its lower box."""
    links: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of neighbours in rows that follow each other, upper and lower."""
    middle: dict[str, float] = field(default_factory=dict)

    def width(self, name: str) -> float:
        return self.sizes[name][0] if name in self.sizes else _LANE


def layered(
    sizes: Mapping[str, tuple[float, float]],
    ways: Sequence[tuple[str, str]],
    gap_x: float = 36.0,
    gap_y: float = 54.0,
) -> Drawn:
    """Lay out boxes of the given widths and heights; ``sizes`` has them in the order of reading."""
    ways = [way for way in dict.fromkeys(ways) if way[0] != way[1]]
    layout = _Layout(sizes, gap_x, gap_y)
    backward = _backward(sizes, ways)
    down = list(dict.fromkeys((way[1], way[0]) if way in backward else way for way in ways))
    _fill_rows(layout, down)
    _order(layout)
    _place(layout)
    return _drawn(layout, ways)


def _backward(names: Mapping[str, object], ways: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the ways that close a circle, as a walk in the order of reading finds them."""
    after: dict[str, list[str]] = {name: [end for start, end in ways if start == name] for name in names}
    found: set[tuple[str, str]] = set()
    done: set[str] = set()
    for root in names:
        path: list[tuple[str, list[str]]] = [] if root in done else [(root, list(after[root]))]
        while path:
            name, left = path[-1]
            if not left:
                done.add(name)
                path.pop()
                continue
            target = left.pop(0)
            if any(target == each for each, _ in path):
                found.add((name, target))
            elif target not in done:
                path.append((target, list(after[target])))
    return found


def _fill_rows(layout: _Layout, down: Sequence[tuple[str, str]]) -> None:
    """Give each box the row after the last one that leads to it, and long ways a stand-in in each row."""
    row = dict.fromkeys(layout.sizes, 0)
    for _ in layout.sizes:
        for start, end in down:
            row[end] = max(row[end], row[start] + 1)
    for name in layout.sizes:  # what nothing leads to stands just above what it leads to
        below = [row[end] for start, end in down if start == name]
        if below and not any(end == name for _, end in down):
            row[name] = min(below) - 1
    layout.rows = [
        [name for name in layout.sizes if row[name] == number] for number in range(max(row.values()) + 1)
    ]
    for start, end in down:
        chain = [f"{start}\n{end}\n{number}" for number in range(row[start] + 1, row[end])]
        for number, stand_in in enumerate(chain, row[start] + 1):
            layout.rows[number].append(stand_in)
        layout.chains[start, end] = chain
        links = [start, *chain, end]
        layout.links += list(pairwise(links))


def _order(layout: _Layout) -> None:
    """Order each row by the middle of its neighbours, to and fro; keep that with the fewest crossings."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for upper, lower in layout.links:
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    best, fewest = [list(row) for row in layout.rows], _crossings(layout)
    for sweep in range(_SWEEPS):
        downward = sweep % 2 == 0
        neighbours = above if downward else below
        order = range(1, len(layout.rows)) if downward else range(len(layout.rows) - 2, -1, -1)
        for number in order:
            other = {name: at for at, name in enumerate(layout.rows[number - 1 if downward else number + 1])}
            own = {name: at for at, name in enumerate(layout.rows[number])}

            def middle(
                name: str,
                other: dict[str, int] = other,
                own: dict[str, int] = own,
                neighbours: dict[str, list[str]] = neighbours,
            ) -> float:
                near = [other[each] for each in neighbours.get(name, ()) if each in other]
                return sum(near) / len(near) if near else float(own[name])

            layout.rows[number].sort(key=middle)
        crossings = _crossings(layout)
        if crossings < fewest:
            best, fewest = [list(row) for row in layout.rows], crossings
    layout.rows = best


def _crossings(layout: _Layout) -> int:
    place = {name: (number, at) for number, row in enumerate(layout.rows) for at, name in enumerate(row)}
    by_row: dict[int, list[tuple[int, int]]] = {}
    for upper, lower in layout.links:
        by_row.setdefault(place[upper][0], []).append((place[upper][1], place[lower][1]))
    return sum(
        (one[0] - two[0]) * (one[1] - two[1]) < 0
        for pairs in by_row.values()
        for at, one in enumerate(pairs)
        for two in pairs[at + 1 :]
    )


def _place(layout: _Layout) -> None:
    """Put each box near the middle of its neighbours, without overlap and in the order of its row."""
    near: dict[str, list[str]] = {}
    for upper, lower in layout.links:
        near.setdefault(upper, []).append(lower)
        near.setdefault(lower, []).append(upper)
    for row in layout.rows:
        x = 0.0
        for name in row:
            layout.middle[name] = x + layout.width(name) / 2
            x += layout.width(name) + layout.gap_x
    for sweep in range(2 * _SWEEPS):
        for row in layout.rows if sweep % 2 == 0 else reversed(layout.rows):
            wanted = [
                sum(layout.middle[each] for each in near[name]) / len(near[name])
                if near.get(name)
                else layout.middle[name]
                for name in row
            ]
            _spread(layout, row, wanted)


def _spread(layout: _Layout, row: Sequence[str], wanted: Sequence[float]) -> None:
    """Place a row nearest to ``wanted`` in the least squares, keeping distances (pooled neighbours)."""
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + (layout.width(left) + layout.width(right)) / 2 + layout.gap_x)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, members = pools.pop()
            mean, count = (mean * count + other * members) / (count + members), count + members
        pools.append((mean, count))
    starts = [mean for mean, count in pools for _ in range(count)]
    for name, start, offset in zip(row, starts, offsets, strict=True):
        layout.middle[name] = start + offset


def _drawn(layout: _Layout, ways: Sequence[tuple[str, str]]) -> Drawn:
    left = min(middle - layout.width(name) / 2 for name, middle in layout.middle.items())
    tops: list[float] = []
    y = 0.0
    heights = [
        max([layout.sizes[name][1] for name in row if name in layout.sizes], default=0.0)
        for row in layout.rows
    ]
    for height in heights:
        tops.append(y)
        y += height + layout.gap_y
    row_of = {name: number for number, row in enumerate(layout.rows) for name in row}
    at = {
        name: (layout.middle[name] - layout.width(name) / 2 - left, tops[row_of[name]])
        for name in layout.sizes
    }
    drawn: dict[tuple[str, str], tuple[tuple[float, float], ...]] = {}
    for start, end in ways:
        chain = layout.chains.get((start, end))
        upward = chain is None or row_of[start] > row_of[end]
        names = list(reversed(layout.chains[end, start])) if chain is None else chain
        points: list[tuple[float, float]] = []
        for name in names:
            x, top = layout.middle[name] - left, tops[row_of[name]]
            ends = [(x, top), (x, top + heights[row_of[name]])]
            points += reversed(ends) if upward else ends
        drawn[start, end] = tuple(points)
    right = max(middle + layout.width(name) / 2 for name, middle in layout.middle.items())
    return Drawn(at, drawn, right - left, y - layout.gap_y)
