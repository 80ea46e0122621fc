"""Test workbooks for a formula: cells on which a formula that means something else gives something else.

    for workbook in workbooks(reference, candidate, count=10): ...

Every range that either formula reads is filled by what the reference expects there (hints.py): conditions met, just
met and just missed, keys in the first, last and a middle row, twice, and outside only; bounds hit exactly. Around
each range stand poison rows that meet every condition and hold extreme values, and the ends of each range hold its
highest or lowest value, so that a range that is one row off shows. The same two formulas make the same workbooks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tasks.judge import values
from tasks.judge.cells import MARGIN, Cells, Place, Sheet, clip, ends, holds
from tasks.judge.hints import Condition, Constant, Hints, hints
from tasks.judge.keys import place_keys
from tasks.judge.layout import Layout
from tasks.judge.tree import MAX_COLUMN, MAX_ROW, Area, Node, canonical
from tasks.judge.values import Cell

EXTREME = 90_000.0
"""Size of poison and of the values at a range's ends: above any that `values.number` draws for most styles."""

ALONE_MORE = 3
"""Times as many workbooks for formulas that read single cells only: a few cells say little, and cost little."""

FOREIGN = 0.25
"""Share of cells that a candidate's condition may fill, with numbers, in a column that the reference just adds up."""

Workbook = tuple[Sheet, ...]
"""The formula's own sheet first."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """One cell to fill: what ranges end here, and whether it lies outside of every range of the reference."""

    place: Place
    outside: bool


def workbooks(reference: Node, candidate: Node | None, count: int, layout: Layout | None = None) -> Iterator[Workbook]:
    """`count` workbooks for the two formulas, the candidate's own ranges and bounds included.

    With a layout, the first workbook is the layout itself, and the others have its headers, its kinds of columns and
    the texts of each column.
    """
    plan = Plan(hints(reference), hints(candidate) if candidate is not None else Hints(), layout)
    seed = canonical(reference)
    for index in range(count * (ALONE_MORE if plan.reads_cells_alone else 1)):
        dice = Random(f"{seed}/{index}")  # noqa: S311 - test data, nothing secret
        yield plan.given() if layout is not None and index == 0 else plan.workbook(index, dice)


def tamer(reference: Node, candidate: Node, index: int, layout: Layout | None = None) -> Workbook:
    """The workbook of this index without what may put it outside of what the reference is meant for.

    No cell is blank, and no number is below zero, save what conditions and keys ask for.
    """
    plan = Plan(hints(reference), hints(candidate), layout, is_tame=True)
    return plan.workbook(index, Random(f"{canonical(reference)}/{index}/tame"))  # noqa: S311 - test data, nothing secret


class Plan:
    """What stands where in every workbook of one case; `workbook` throws the dice."""

    def __init__(self, wanted: Hints, other: Hints, layout: Layout | None = None, *, is_tame: bool = False) -> None:
        self._wanted, self._other = wanted, other
        self._is_tame = is_tame or wanted.is_positive or other.is_positive
        self._has_no_blanks = self._is_tame or wanted.has_no_blanks or other.has_no_blanks
        self._tells_blanks = wanted.tells_blanks or other.tells_blanks
        self._like = layout
        self._tells_kinds = wanted.tells_kinds or other.tells_kinds
        self._wanders = wanted.wanders or other.wanders
        self._kinds = {area for found in (wanted, other) for area in found.kinds}
        areas = wanted.areas + other.areas
        self._sheets = list(dict.fromkeys(["", *(area.sheet for area in areas)]))
        if layout is not None and self._wanders:
            named = {sheet.casefold() for sheet in self._sheets}
            self._sheets += [sheet.name for sheet in layout.sheets[1:] if sheet.name.casefold() not in named]
        self._spots = {sheet: self._layout(sheet, areas) for sheet in self._sheets}
        self._columns_read = {
            (area.sheet, column)
            for area in map(clip, wanted.areas)
            if not area.is_cell
            for column in range(area.left, area.right + 1)
        }
        self._valued = {
            (area.sheet, column) for area in map(clip, wanted.valued) for column in range(area.left, area.right + 1)
        }
        self._ranges = [clip(area) for area in wanted.areas if not area.is_cell]

    @property
    def reads_cells_alone(self) -> bool:
        """Whether both formulas read single cells only."""
        return all(area.is_cell for area in self._wanted.areas + self._other.areas)

    def given(self) -> Workbook:
        """The layout's own cells, all of them: what the formulas read of them is for the engines to find."""
        assert self._like is not None  # noqa: S101 - who asks for it has one
        filled = []
        for name in self._sheets:
            index = self._like.index(name)
            filled.append(Sheet(name, dict(self._like.sheets[index].cells) if index is not None else {}))
        return tuple(filled)

    def workbook(self, index: int, dice: Random) -> Workbook:
        """The workbook of this index: the index decides where keys, bounds and extremes stand, the dice the rest."""
        filled: dict[str, dict[Place, Cell]] = {}
        for sheet in self._sheets:
            filled[sheet] = self._numbers(sheet, index, dice)
            if self._like is not None:
                self._like_layout(sheet, filled[sheet], self._like, dice)
        cells = Cells(filled)
        self._extremes(cells, index, dice)
        for found in (self._other, self._wanted):  # the reference last: where both say something, it wins
            self._typed(found, cells, index, dice)
        self._single_cells(cells, index, dice)
        self._conditions(cells, index, dice)
        for found in (self._other, self._wanted):
            _finance(found, cells, dice)
            _twins(found, cells, index)
            _ordered(found, cells, index, dice)
            _bounded(found, cells)
            _counted(found, cells, index, dice)
        for found in (self._other, self._wanted):
            place_keys(found.lookups, cells, index, dice)
        return tuple(Sheet(sheet, filled[sheet]) for sheet in self._sheets)

    def _layout(self, sheet: str, areas: list[Area]) -> list[_Spot]:
        here = [clip(area) for area in areas if area.sheet == sheet]
        margin = 12 if self._wanders else 0
        rows: set[int] = set()
        for area in here:
            around = MARGIN if not area.is_cell else margin
            rows.update(ends(max(1, area.top - around), min(MAX_ROW, area.bottom + max(around, margin))))
        columns = {column for area in here for column in range(area.left, area.right + 1 + margin)}
        wanted = [clip(area) for area in self._wanted.areas if area.sheet == sheet]
        spots = []
        for row in sorted(rows):
            for column in sorted(columns):
                if column <= MAX_COLUMN:
                    spots.append(_Spot((row, column), not any(holds(area, row, column) for area in wanted)))
        return spots

    def _numbers(self, sheet: str, index: int, dice: Random) -> dict[Place, Cell]:
        style, cells = index % 5, {}
        blank = 0.0 if self._has_no_blanks else 0.15 if style == 3 else 0.03
        noise = 0.08 if self._tells_kinds and index % 3 == 1 else 0.0
        poison = EXTREME if index % 4 < 2 else -EXTREME
        for spot in self._spots[sheet]:
            drawn = dice.random()
            value: Cell = values.number(dice, style)
            if self._is_tame and isinstance(value, float):
                value = abs(value) + 1
            if spot.outside and self._tells_blanks and index % 3 == 2:
                value = None
            elif spot.outside:
                value = poison + values.number(dice, 1)
            elif self._tells_kinds and index % 10 == 7 and not self._has_no_blanks:
                value = None  # everything empty
            elif drawn < blank:
                value = None
            elif drawn < blank + noise:
                value = "없음"
            cells[spot.place] = value
        return cells

    def _like_layout(self, sheet: str, cells: dict[Place, Cell], layout: Layout, dice: Random) -> None:
        """Texts where the layout has texts, dates where it has dates, its headers as they are."""
        at = layout.index(sheet)
        if at is None:
            return
        given = layout.sheets[at].cells
        if self._wanders:
            cells.update({place: value for place, value in given.items() if place not in cells})
        for (row, column), drawn in list(cells.items()):
            said = layout.vocabulary.get((at, column), ())
            value = given.get((row, column))
            if isinstance(value, str) and said and value == said[0] and (row - 1, column) not in given:
                cells[row, column] = value  # a column's first text with nothing above it is its header
            elif isinstance(value, str) or (value is None and len(said) > 1):
                cells[row, column] = _word(said, dice) if drawn is not None or value is None else None
            elif (at, (row, column)) in layout.dates:
                cells[row, column] = dice.choice(values.DATES) if dice.random() < 0.5 else value
            elif isinstance(value, bool):
                cells[row, column] = dice.random() < 0.5

    def _extremes(self, cells: Cells, index: int, dice: Random) -> None:
        """The highest and the lowest value of each range at its ends, by turns; blanks there for what counts blanks."""
        for area in self._ranges:
            corners = [
                (area.top, area.left),
                (area.bottom, area.right),
                (area.top, area.right),
                (area.bottom, area.left),
            ]
            if self._is_tame or (self._tells_kinds and index % 10 == 7):
                continue
            high, low = corners[index % 4], corners[(index % 4) ^ 1]
            emptied = self._tells_kinds and index % 5 == 3 and not self._has_no_blanks
            if index % 5 == 4:  # the highest value twice, the lowest value once
                middle = ((area.top + area.bottom) // 2, area.left)
                top_value = 20 * EXTREME + values.number(dice, 1)  # above any amount of money that stands around it
                for place in (high, middle):
                    cells.put(area.sheet, place, top_value)
                cells.put(area.sheet, low, -EXTREME / 2)
                continue
            for place, sign in ((high, 1), (low, -1)):
                if not isinstance(cells.get(area.sheet, place), str | bool) or self._like is None:
                    value = None if emptied else sign * (EXTREME / 2 + values.number(dice, 1))
                    cells.put(area.sheet, place, value)

    def _typed(self, found: Hints, cells: Cells, index: int, dice: Random) -> None:
        for area, like in found.dates:
            pool = values.DATES + like * 2
            for place in cells.within(area, MARGIN):
                cells.put(area.sheet, place, dice.choice(pool) + (dice.randrange(300) if dice.random() < 0.3 else 0))
        for area, said in found.texts:
            parts = tuple(text for part in said if part for text in (part, f"{part} 뒤", f"앞{part}{part}뒤"))
            sought = [part for where, all_ in found.texts if where == area for part in all_ if part]
            if len(dict.fromkeys(sought)) > 1:  # as in `앞(가나)뒤`, where one looks for ( and for )
                parts += (f"앞{'가나'.join(dict.fromkeys(sought))}뒤", f"{'다라마'.join(dict.fromkeys(sought))}") * 4
            for place in cells.within(area, MARGIN):
                text = dice.choice(values.TEXTS + parts * 2)
                cells.put(area.sheet, place, text if dice.random() < 0.9 else text * 2)
        for area, level in found.levels:
            spread = (0.0, 1.0, -1.0)[index] if index < 3 else 0.0
            for place in cells.within(area, 0):
                swing = spread if index < 3 else (dice.random() - 0.5) * (abs(level) + 10)
                cells.put(area.sheet, place, level + swing)

    def _single_cells(self, cells: Cells, index: int, dice: Random) -> None:
        """Cells that are read alone: 0, empty, negative and text by turns, not in the same workbook."""
        spoken = {area for found in (self._other, self._wanted) for area, _ in (*found.dates, *found.texts)}
        alone = dict.fromkeys(area for area in self._wanted.areas + self._other.areas if area.is_cell)
        for order, area in enumerate(alone):
            turn = (index + 3 * order) % 10
            if area in spoken or not cells.holds(area.sheet, (area.top, area.left)):
                continue
            special: dict[int, Cell] = {4: 0.0, 6: None, 8: -dice.randrange(1, 100) - 0.25}
            if self._has_no_blanks:
                special = {}
            if area in self._kinds:
                special |= {3: "없음", 9: 0.0}
            if any(holds(one, area.top, area.left) and one.sheet == area.sheet for one in self._ranges):
                continue
            value = special.get(turn, values.number(dice, _STYLES[turn]))
            if self._is_tame and isinstance(value, float):
                value = abs(value) + 1
            cells.put(area.sheet, (area.top, area.left), value)

    def _conditions(self, cells: Cells, index: int, dice: Random) -> None:
        """Rows that meet all conditions, all but one, or none; what a condition names in a cell is put there first."""
        tested: dict[tuple[str, int], list[tuple[Condition, tuple[str, Constant], bool]]] = {}
        alone: dict[Area, list[tuple[str, Constant]]] = {}
        drawn: dict[Area, Constant] = {}
        for found, is_wanted in ((self._wanted, True), (self._other, False)):
            for condition in found.conditions:
                cell = condition.value
                if isinstance(cell, Area) and cell in drawn:
                    bound = drawn[cell]  # both formulas test against the same cell
                else:
                    bound = _bound(condition, cells, index, dice)
                if isinstance(cell, Area):
                    drawn[cell] = bound
                test = (condition.sign, bound)
                if condition.area.is_cell:
                    alone.setdefault(condition.area, []).append(test)
                    continue
                area = clip(condition.area)
                for column in range(area.left, area.right + 1):
                    tested.setdefault((area.sheet, column), []).append((condition, test, is_wanted))
        self._columns(tested, cells, index, dice)
        for area, tests in alone.items():
            cells.put(area.sheet, (area.top, area.left), _at_bound(area, tests, index, area in self._wanted.areas))

    def _may_hold(self, sheet: str, column: int, cell: Cell) -> bool:
        """Whether a cell that a condition asks for may stand here: no text among numbers that are added up."""
        if cell is None:
            return not self._has_no_blanks
        return isinstance(cell, float) or (sheet, column) not in self._valued

    def _columns(
        self,
        tested: dict[tuple[str, int], list[tuple[Condition, tuple[str, Constant], bool]]],
        cells: Cells,
        index: int,
        dice: Random,
    ) -> None:
        meets: dict[tuple[str, int], bool] = {}
        for (sheet, column), found in tested.items():
            is_foreign = (sheet, column) in self._columns_read and not any(is_wanted for _, _, is_wanted in found)
            decisive = [test for _, test, is_wanted in found if is_wanted]
            passing, failing = values.split(decisive or [test for _, test, _ in found])
            stray = [
                cell for _, (sign, value), is_wanted in found if not is_wanted for cell in values.near(sign, value)
            ]
            if self._has_no_blanks or (sheet, column) in self._valued:
                passing, failing, stray = (
                    [cell for cell in pool if self._may_hold(sheet, column, cell)] for pool in (passing, failing, stray)
                )
                passing, failing = passing or [1.0], failing or [1.0]
            top = min(clip(condition.area).top for condition, _, _ in found)
            bottom = max(clip(condition.area).bottom for condition, _, _ in found)
            for row in cells.rows(sheet, max(1, top - MARGIN), bottom + MARGIN):
                if (sheet, row) not in meets:
                    at_end = row <= top or row >= bottom
                    meets[sheet, row] = dice.random() < (0.75 if at_end else 0.35)
                    if at_end and index % 5 == 3:
                        meets[sheet, row] = False  # the highest and the lowest value do not count
                met = meets[sheet, row] or (dice.random() < 0.5 and not (index % 5 == 3 and len(found) == 1))
                value = dice.choice(passing if met else failing + stray)
                if not is_foreign or (dice.random() < FOREIGN and isinstance(value, float)):
                    cells.put(sheet, (row, column), value)


_STYLES = (0, 1, 2, 4, 0, 1, 1, 1, 2, 4)
"""How a cell that is read alone is drawn, by turns: whole, with decimals, of either sign, in thousands."""


def _finance(found: Hints, cells: Cells, dice: Random) -> None:
    """Rates of interest and numbers of periods as they are."""
    for area in found.rates:
        cells.put(area.sheet, (area.top, area.left), (1 + dice.randrange(120)) / 1_000)
    for area in found.periods:
        cells.put(area.sheet, (area.top, area.left), float(1 + dice.randrange(30)))


def _twins(found: Hints, cells: Cells, index: int) -> None:
    """Cells that are compared with each other: by turns the same, the same but for case, as they came."""
    for one, other in found.twins:
        held = cells.get(one.sheet, (one.top, one.left))
        if isinstance(held, str) and index % 3 == 1:
            held = "Excel Report" if held.swapcase() == held else held
            cells.put(one.sheet, (one.top, one.left), held)
            cells.put(other.sheet, (other.top, other.left), held.swapcase())
        elif index % 3 == 0:
            cells.put(other.sheet, (other.top, other.left), held)


def _ordered(found: Hints, cells: Cells, index: int, dice: Random) -> None:
    """The earlier date first, where the function knows no other way round; every other time some whole years before."""
    for one, other in found.ordered:
        last = cells.get(other.sheet, (other.top, other.left))
        if index % 2 and isinstance(last, float):
            cells.put(one.sheet, (one.top, one.left), last - dice.choice((364, 365, 366, 1460, 1461, 3652, 3653, 7305)))
        first, second = cells.get(one.sheet, (one.top, one.left)), cells.get(other.sheet, (other.top, other.left))
        if isinstance(first, float) and isinstance(second, float) and first > second:
            cells.put(one.sheet, (one.top, one.left), second)
            cells.put(other.sheet, (other.top, other.left), first)


def _bounded(found: Hints, cells: Cells) -> None:
    """The lower bound in the cell of the lower bound."""
    for one, other in found.bounds:
        low, high = cells.get(one.sheet, (one.top, one.left)), cells.get(other.sheet, (other.top, other.left))
        if isinstance(low, float) and isinstance(high, float) and low > high:
            cells.put(one.sheet, (one.top, one.left), high)
            cells.put(other.sheet, (other.top, other.left), low)


def _counted(found: Hints, cells: Cells, index: int, dice: Random) -> None:
    """Cells that are counted by one of them: it stands there once, twice, three times, or once more just outside."""
    for condition in found.counted:
        area, cell = clip(condition.area), condition.value
        assert isinstance(cell, Area)  # noqa: S101 - what makes it counted
        own, style = (cell.top, cell.left), index if condition.sign == "=" else 1
        places = [place for place in sorted(cells.within(area, MARGIN)) if place[1] == cell.left]
        for place, key in zip(places, values.keys(dice, len(places), style, 0), strict=True):
            cells.put(area.sheet, place, key)
        key = cells.get(area.sheet, own)
        inside = [place for place in places if holds(area, *place) and place != own]
        again = dice.sample(inside, min(len(inside), index % 3))
        beside = [place for place in places if not holds(area, *place) and place != own]
        for place in again + (dice.sample(beside, 1) if beside and index % 4 == 3 else []):
            cells.put(area.sheet, place, key)
        if inside and index % 5 == 4:
            cells.put(area.sheet, (inside[-1], inside[0])[index % 2], key)


def _word(said: tuple[str, ...], dice: Random) -> str:
    """One of a column's texts but its header, now and then one that is almost it."""
    word = dice.choice(said[1:] or said)
    return word if dice.random() < 0.85 else f"{word}{dice.choice(('시', '2', ' '))}"


def _bound(condition: Condition, cells: Cells, index: int, dice: Random) -> Constant:
    """What the cells are tested against; a bound that stands in a cell is drawn and put there."""
    if not isinstance(condition.value, Area):
        return condition.value
    cell = condition.value
    place = (cell.top, cell.left)
    held = cells.get(cell.sheet, place)
    if condition.sign == "=" and index % 2 == 0:
        drawn: Constant = held if isinstance(held, str) and held else dice.choice(("서울", "완료", "노트북"))
    else:
        drawn = 50.0 + (dice.randrange(-1, 2) if index else 0)
    if cell.is_cell:
        cells.put(cell.sheet, place, drawn)
    return drawn


def _at_bound(area: Area, tests: list[tuple[str, Constant]], index: int, is_wanted: bool) -> Cell:
    """The value of a cell that is tested alone, by turns: each bound itself, then what lies just beside it.

    The bounds come first and in step for all cells of the reference, so that `AND` is tried at both of its bounds; the
    rest comes in an order of the cell's own, or two cells would always agree and could be taken for each other. Two
    workbooks in ten put the reference's cells on one side of the bound and cells that only the candidate reads on the
    other.
    """
    pools = [values.near(sign, value) for sign, value in tests]
    if index >= 10:
        return Random(f"{area}/{index}").choice([cell for pool in pools for cell in pool])  # noqa: S311 - test data
    if index % 10 >= 8:
        return pools[0][1 if (index % 2 == 0) == is_wanted else 2]
    exact = [pool[0] for pool in pools]
    beside = [pool[at] for at in (1, 2, 3, 4) for pool in pools if at < len(pool)]
    own = Random(f"{area}/{is_wanted}")  # noqa: S311 - test data, nothing secret
    if is_wanted:
        first = beside[: 2 * len(pools)]
        own.shuffle(first)
        turns = exact + first + beside[2 * len(pools) :]
    else:
        turns = exact + beside
        own.shuffle(turns)
    return turns[index % len(turns)]
