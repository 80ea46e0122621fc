"""Tables that lost a cell, a row or their head: what a model must not learn to write.

A block is a run of lines of one text that look like rows. Markdown's rows begin with `|`, a sheet's hold tabs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tasks.scan.spans import Bools
from tasks.scan.text import Texts, on_rows

Ints = npt.NDArray[np.int64]

_SEPARATOR = r"^\|?[\s:|-]*-[\s:|-]*$"
_GRID = r"^\+[-=+:]+\+$"
MIN_SHEET_ROWS = 3
"""Lines with tabs that make a table; two may be anything."""


def has_broken_table(answers: Texts) -> pa.Array:
    """A Markdown table whose rows differ in their number of cells or whose head is not set off, or ragged rows of tabs.

    A text that is cut off inside a table is among them.
    """
    tables = pc.or_(pc.match_substring_regex(answers, "\n *\\|"), pc.match_substring(answers, "\t"))
    return on_rows(answers, pc.fill_null(tables, False), _is_broken)


def _is_broken(texts: Texts) -> pa.Array:
    lines = _Lines.of(texts)
    broken = np.zeros(len(texts), dtype=bool)
    broken[lines.text[lines.in_broken_markdown() | lines.in_ragged_sheet()]] = True
    return pa.array(broken)


@dataclass(frozen=True)
class _Lines:
    """All lines of all texts, each array [lines]: what the line holds, and the text it stands in."""

    text: Ints
    bars: Ints
    tabs: Ints
    cells: Ints
    begins: Bools
    ends: Bools
    separator: Bools
    grid: Bools
    fenced: Bools
    uncountable: Bools
    indented: Bools

    @classmethod
    def of(cls, texts: Texts) -> _Lines:
        lists = pc.split_pattern(texts, "\n")
        text = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
        raw = pc.list_flatten(lists)
        line = pc.utf8_trim_whitespace(raw)
        bars = _ints(pc.count_substring(line, "|"))
        begins, ends = _bools(pc.starts_with(line, "|")), _bools(pc.ends_with(line, "|"))
        return cls(
            text=text,
            bars=bars,
            tabs=_ints(pc.count_substring(pc.utf8_rtrim(raw, "\r"), "\t")),
            cells=bars - ends.astype(np.int64),
            begins=begins,
            ends=ends,
            separator=_bools(pc.match_substring_regex(line, _SEPARATOR)),
            grid=_bools(pc.match_substring_regex(line, _GRID)),
            fenced=_within_fences(text, _bools(pc.match_substring_regex(line, "^(```|~~~)"))),
            # Bars may be escaped, or stand in code, where renderers disagree.
            uncountable=_bools(pc.match_substring_regex(line, r"`|\\\|")),
            indented=_bools(pc.starts_with(raw, "\t")),
        )

    def in_broken_markdown(self) -> Bools:
        """Lines of blocks whose rows differ in length, or that lack the line under their head."""
        block = self._blocks(self.begins | self.grid)
        rows = _per_block(block, self.begins)
        separated = _per_block(block, self.separator & self.begins) > 0
        lengths = np.where(self.uncountable, -1, self.cells)
        uneven = _differ(block, lengths, self.begins & ~self.uncountable)
        # Without its separator a block is no table for certain, unless each line has the form of a row.
        formed = _per_block(block, self.begins & self.ends & (self.bars >= 3) & ~self.fenced) == rows
        headless = ~separated & formed & (_per_block(block, self.grid) == 0)
        bad = (rows >= 2) & ((separated & uneven) | headless)
        return _members_of(bad, block)

    def in_ragged_sheet(self) -> Bools:
        """Lines of blocks with tabs whose number differs. A block that is indented by tabs is code."""
        block = self._blocks(self.tabs > 0)
        long = _per_block(block, block >= 0) >= MIN_SHEET_ROWS
        bad = long & (_per_block(block, self.indented) == 0) & _differ(block, self.tabs, block >= 0)
        return _members_of(bad, block)

    def _blocks(self, member: Bools) -> Ints:
        """The number of each line's block, counted over all texts; -1 for lines outside of any."""
        starts = member.copy()
        starts[1:] &= ~(member[:-1] & (self.text[1:] == self.text[:-1]))
        return np.where(member, np.cumsum(starts) - 1, -1)


def _members_of(blocks: Bools, block: Ints) -> Bools:
    """The lines of the marked blocks."""
    result: Bools = (block >= 0) & blocks[block]
    return result


def _within_fences(text: Ints, fence: Bools) -> Bools:
    """Lines after an odd number of fences in their own text."""
    seen = np.cumsum(fence)
    before = np.concatenate([[0], seen])[np.searchsorted(text, text)]
    return np.asarray((seen - before) % 2 == 1)


def _per_block(block: Ints, member: Bools) -> Ints:
    """How many of a block's lines are members; one entry at least, so that -1 can index it."""
    return np.bincount(block[(block >= 0) & member], minlength=max(int(block.max(initial=-1)) + 1, 1))


def _differ(block: Ints, values: Ints, member: Bools) -> Bools:
    """Per block, whether the values of its member lines are not all the same."""
    chosen = np.flatnonzero((block >= 0) & member)
    result = np.zeros(max(int(block.max(initial=-1)) + 1, 1), dtype=bool)
    same = (block[chosen[1:]] != block[chosen[:-1]]) | (values[chosen[1:]] == values[chosen[:-1]])
    result[block[chosen[1:]][~same]] = True
    return result


def _ints(array: pa.Array) -> Ints:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.int64)


def _bools(array: pa.Array) -> Bools:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=bool)
