"""Compare what two formulas give: whole results, numbers within a tolerance.

finding = compare("IronCalc", [[wanted, given], …], at=(40, 12))
finding.relation        # "different"
finding.reason          # "gives 512 where 1024 is right"
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from tasks.judge.engine import ErrorValue, Grid, Value
from tasks.judge.tree import cell_name

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-9
"""Two numbers are equal within either: another order of adding differs by about 1e-16 a term, a wrong row by more."""

Relation = Literal["equal", "different", "unable"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one engine says of two formulas.

    `workbook` counts from 1; `cell` is the cell of the result that shows the difference, where the formula stands right
    of and below everything else. `at_fault` is the formula that the engine cannot run. `says_nothing` is true where
    the reference gives nothing but errors; `only_kind` where a truth value stands against 1 or 0, which LibreOffice
    does not tell apart.
    """

    engine: str
    relation: Relation
    reason: str
    workbook: int | None = None
    cell: str | None = None
    at_fault: Literal["reference", "answer"] | None = None
    says_nothing: bool = False
    only_kind: bool = False
    shows: tuple[int, ...] = ()
    """Every workbook that shows a difference; `workbook` is the first of them."""


def compare(
    engine: str, pairs: Sequence[tuple[Grid, Grid]], at: tuple[int, int], numbers: Sequence[int] = ()
) -> Finding:
    """What the results (wanted, given) of one engine on several workbooks say.

    `at` is the cell where the formula stood, `numbers` are the workbooks' own where they are not 1, 2, 3, …
    """
    numbered = list(zip(numbers or range(1, len(pairs) + 1), pairs, strict=True))
    shows = tuple(number for number, pair in numbered if not same(*pair))
    if not shows:
        says_nothing = all(isinstance(value, ErrorValue) for wanted, _ in pairs for value in chain(*wanted))
        return Finding(engine, "equal", f"the same on {len(pairs)} workbooks", says_nothing=says_nothing)
    differences = [_difference(*pair) for number, pair in numbered if number in shows]
    reason, place, _ = differences[0]
    cell = cell_name(at[0] + place[0], at[1] + place[1])
    only_kind = all(kind for _, _, kind in differences)
    return Finding(engine, "different", reason, shows[0], cell, only_kind=only_kind, shows=shows)


def same(one: Grid, other: Grid) -> bool:
    """Whether two results are equal: numbers within the tolerance, texts to the letter, an error like any error."""
    if len(one) != len(other) or len(one[0]) != len(other[0]):
        return False
    return all(map(_same_value, chain(*one), chain(*other)))


def _same_value(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    if isinstance(one, ErrorValue) and isinstance(other, ErrorValue):
        return True
    return type(one) is type(other) and one == other


def _difference(wanted: Grid, given: Grid) -> tuple[str, tuple[int, int], bool]:
    """In words, at which row and column of the result, and whether the difference is one of kind only."""
    if len(wanted) != len(given) or len(wanted[0]) != len(given[0]):
        return f"gives {_size(given)} cells where {_size(wanted)} are right", (0, 0), False
    width = len(wanted[0])
    pairs = list(zip(chain(*wanted), chain(*given), strict=True))
    unequal = [(at, pair) for at, pair in enumerate(pairs) if not _same_value(*pair)]
    place, (right, wrong) = unequal[0]
    where = f" in cell {place + 1} of the result" if len(pairs) > 1 else ""
    kinds = all({type(one), type(other)} == {bool, float} and one == other for _, (one, other) in unequal)
    return f"gives {_show(wrong)} where {_show(right)} is right{where}", divmod(place, width), kinds


def _size(grid: Grid) -> str:
    return f"{len(grid)}x{len(grid[0])}"


def _show(value: Value) -> str:
    if isinstance(value, ErrorValue):
        return value.code
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:.10g}" if isinstance(value, float) else f'"{value}"'
