"""Run a formula on workbooks: one small protocol, and IronCalc behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import ironcalc

from tasks.judge.cells import Place
from tasks.judge.tree import MAX_COLUMN, MAX_ROW
from tasks.judge.values import ErrorValue
from tasks.judge.workbooks import Workbook

__all__ = ["Engine", "ErrorValue", "Grid", "IronCalc", "UnableError", "Value", "home"]

HOME_SHEET = "Sheet1"
"""What the sheet is called that a formula stands on."""

MAX_SPILL = 10_000
"""Cells of an array result that are read; a longer one is compared by these."""

UNABLE = frozenset({"#ERROR!", "#N/IMPL!", "#NAME?", "#CIRC!"})
"""What IronCalc shows for a formula that it cannot read or run. The parser has already refused what Excel would."""


Value = float | str | bool | ErrorValue
Grid = tuple[tuple[Value, ...], ...]
"""What a formula gives, by rows; one value is a grid of one."""


class UnableError(RuntimeError):
    """An engine that cannot run a formula, which says nothing about the formula."""


class Engine(Protocol):
    """Anything that can run formulas on workbooks."""

    name: str

    def run(self, workbook: Workbook, formulas: Sequence[str], at: Place | None = None) -> list[Grid]:
        """What each formula gives on the workbook, standing alone at `at`: below and right of all cells if not given.

        Raises UnableError for a formula that this engine does not know how to run.
        """


class IronCalc:
    """The Rust engine from PyPI, in this process. It has no network and no files, and no limits either."""

    name = "IronCalc"

    def run(self, workbook: Workbook, formulas: Sequence[str], at: Place | None = None) -> list[Grid]:
        """See `Engine.run`."""
        model = ironcalc.create("judge")
        for index, sheet in enumerate(workbook):
            if index == 0:
                if any(other.name.casefold() == HOME_SHEET.casefold() for other in workbook):
                    model.rename_sheet(0, "Formula")
            else:
                model.add_sheet(sheet.name)
            for (row, column), value in sheet.cells.items():
                if isinstance(value, float):
                    model.update_cell_with_number(index, row, column, value)
                elif isinstance(value, str):
                    model.update_cell_with_text(index, row, column, value)
                elif value is not None:
                    model.set_user_input(index, row, column, "=NA()" if isinstance(value, ErrorValue) else f"={value}")
        row, column = at or home([workbook])
        return [_run(model, row, column, formula) for formula in formulas]


def home(workbooks: Sequence[Workbook]) -> Place:
    """Where a formula stands on its own sheet: below and right of all cells of these workbooks."""
    places = [place for workbook in workbooks for place in workbook[0].cells]
    row = 10 + max((row for row, _ in places), default=0)
    column = 10 + max((column for _, column in places), default=0)
    return min(row, MAX_ROW), min(column, MAX_COLUMN)


def _run(model: ironcalc.Model, row: int, column: int, formula: str) -> Grid:
    try:
        model.set_user_input(0, row, column, formula)
        model.evaluate()
    except ironcalc.WorkbookError as error:
        raise UnableError(f"IronCalc refuses it: {error}") from None
    grid = _read(model, row, column)
    model.range_clear_contents(0, row, column, row + len(grid) - 1, column + len(grid[0]) - 1)
    model.clear_cell_contents(0, row, column)
    return grid


def _read(model: ironcalc.Model, row: int, column: int) -> Grid:
    """The formula's value and what it spilled into: everything from its cell on, for nothing else stands there."""
    _, bottom, _, right = model.get_sheet_dimensions(0)
    width = max(1, right - column + 1)
    height = min(max(1, bottom - row + 1), max(1, MAX_SPILL // width))
    rows = [[_value(model, row + down, column + over) for over in range(width)] for down in range(height)]
    while len(rows) > 1 and all(value is None for value in rows[-1]):  # left over from an earlier, longer result
        rows.pop()
    while len(rows[0]) > 1 and all(line[-1] is None for line in rows):
        rows = [line[:-1] for line in rows]
    # A reference to an empty cell counts as 0.
    return tuple(tuple(0.0 if value is None else value for value in line) for line in rows)


def _value(model: ironcalc.Model, row: int, column: int) -> Value | None:
    value = model.get_cell_value(0, row, column)
    if isinstance(value, str) and value.startswith("#"):
        if model.get_cell_type(0, row, column) != ironcalc.CellType.ErrorValue:
            return value
        if value in UNABLE:
            raise UnableError(f"IronCalc cannot run it ({value})")
        return ErrorValue(value)
    if value is None or isinstance(value, bool | str):
        return value
    return float(value)
