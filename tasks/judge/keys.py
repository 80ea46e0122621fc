"""Where looked-up keys stand in a test workbook: first, last, in the middle, twice, outside of the range only."""

from __future__ import annotations

from random import Random

from tasks.judge import values
from tasks.judge.cells import MARGIN, Cells, Place, clip, holds
from tasks.judge.hints import Lookup
from tasks.judge.tree import Area
from tasks.judge.values import Cell

TURNS = 5
"""By turns a key stands in the middle, first, last, twice, outside only."""


def place_keys(lookups: list[Lookup], cells: Cells, index: int, dice: Random) -> None:
    """Fill each looked-up vector with keys, and the cell that holds the key with one of them."""
    filled: dict[Area, list[Place]] = {}
    for lookup in lookups:
        if lookup.key is None:
            continue  # what is looked for is computed, as in MATCH(MAX(C2:C9),C2:C9,0): the cells stay as they are
        vector = clip(lookup.vector)
        if vector not in filled:
            is_row = vector.top == vector.bottom and vector.right > vector.left
            places = sorted(cells.within(vector, 0 if is_row else MARGIN))
            for place, key in zip(places, values.keys(dice, len(places), index, lookup.order), strict=True):
                cells.put(vector.sheet, place, key)
            filled[vector] = places
        inside = [place for place in filled[vector] if holds(vector, *place)]
        if inside:
            at = _wanted_place(filled[vector], inside, index)
            _place_key(lookup, cells, filled[vector], at, dice)
            if not lookup.order:
                _place_again(cells, vector, filled[vector], at, index)


def _wanted_place(places: list[Place], inside: list[Place], index: int) -> Place:
    """Where the key stands that is looked for. Outside means next to the range: below it, the next time above it."""
    turn = index % TURNS
    below = [place for place in places if place > inside[-1]]
    above = [place for place in places if place < inside[0]]
    if turn == 4 and (below or above):
        return above[-1] if above and (index // TURNS % 2 or not below) else below[0]
    return inside[(len(inside) // 2, 0, -1, len(inside) // 3, 0)[turn]]


def _place_key(lookup: Lookup, cells: Cells, places: list[Place], at: Place, dice: Random) -> None:
    """Put the wanted key into the cells that the formula takes it from, or a constant key into the vector."""
    sheet = lookup.vector.sheet
    key: Cell = cells.get(sheet, at)
    if lookup.order and isinstance(key, float):
        key += dice.choice((0.0, 3.0))
    if isinstance(lookup.key, Area):
        for place in cells.within(lookup.key, 0):
            cells.put(lookup.key.sheet, place, key if lookup.key.is_cell else cells.get(sheet, dice.choice(places)))
    elif lookup.key is not None and not lookup.order:
        cells.put(sheet, at, lookup.key)


def _place_again(cells: Cells, vector: Area, places: list[Place], at: Place, index: int) -> None:
    """The key a second time: just before a first one, just after a last one, or once more inside."""
    turn, where = index % TURNS, places.index(at)
    if turn == 1 and where > 0:
        cells.put(vector.sheet, places[where - 1], cells.get(vector.sheet, at))
    elif turn in (2, 3) and where + 1 < len(places):
        again = places[where + 1] if turn == 2 else places[(where + len(places)) // 2]
        cells.put(vector.sheet, again, cells.get(vector.sheet, at))
