"""The cells of test workbooks while they are filled: which part of a range is laid out, and what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tasks.judge.tree import MAX_ROW, Area
from tasks.judge.values import Cell

MARGIN = 3
"""Poison rows on either side of a range."""

OPEN_ROWS = 40
"""Rows that stand for a whole column."""

OPEN_COLUMNS = 12
"""Columns that stand for a whole row, and the most that a range is filled."""

END_ROWS = 60
"""Rows filled at either end of a range; what lies between in a longer one stays empty."""

Place = tuple[int, int]
"""Row and column, from 1."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name ("" is the sheet that the formula stands on) and its cells by (row, column)."""

    name: str
    cells: dict[Place, Cell]


class Cells:
    """The cells of all sheets while they are filled; only laid-out cells can be put, so that nothing grows."""

    def __init__(self, filled: dict[str, dict[Place, Cell]]) -> None:
        self._filled = filled

    def holds(self, sheet: str, place: Place) -> bool:
        return place in self._filled[sheet]

    def put(self, sheet: str, place: Place, value: Cell) -> None:
        if place in self._filled[sheet]:
            self._filled[sheet][place] = value

    def get(self, sheet: str, place: Place) -> Cell:
        return self._filled[sheet].get(place)

    def rows(self, sheet: str, top: int, bottom: int) -> list[int]:
        return sorted({row for row, _ in self._filled[sheet] if top <= row <= bottom})

    def within(self, area: Area, margin: int) -> list[Place]:
        """Laid-out places of an area and of the rows around it."""
        clipped = clip(area)
        top, bottom = clipped.top - margin, clipped.bottom + margin
        return [
            (row, column)
            for row, column in self._filled[area.sheet]
            if top <= row <= bottom and clipped.left <= column <= clipped.right
        ]


def clip(area: Area) -> Area:
    """The part of an area that is filled."""
    bottom = min(area.bottom, area.top + OPEN_ROWS) if area.bottom == MAX_ROW else area.bottom
    right = min(area.right, area.left + OPEN_COLUMNS)
    return Area(area.sheet, area.top, area.left, bottom, right)


def ends(top: int, bottom: int) -> Iterator[int]:
    """Rows to fill between these two: all of a short range, both ends of a long one."""
    if bottom - top < 2 * END_ROWS + 2 * MARGIN:
        yield from range(top, bottom + 1)
        return
    yield from range(top, top + END_ROWS + MARGIN)
    yield from range(bottom - END_ROWS - MARGIN, bottom + 1)


def holds(area: Area, row: int, column: int) -> bool:
    return area.top <= row <= area.bottom and area.left <= column <= area.right
