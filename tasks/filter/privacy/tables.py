"""The lines of a text as rows of pasted tables, where they are such: tabs, bars, commas, blanks, or one number a line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

_NUMERIC = re.compile(r"[\s\d.,()+*#\"'-]*\d[\s\d.,()+*#\"'-]*")
_BLANKS = re.compile(r" +")
_WORD = re.compile(r"[A-Za-z]{3}|[가-힣]")
_HEADER_CHARS = 40
"""A longer line over a list of numbers is a sentence, which names nothing by standing there."""


class Place(NamedTuple):
    """Where a number stands: in which line, in which column, and which line heads that column (its own: none)."""

    line: int
    column: int
    header: int
    mark: str


@dataclass(slots=True)
class Table:
    """A text by lines. `marks[i]` parts the cells of line i, "" for prose; `headers[i]` is the line that heads them."""

    text: str
    starts: list[int]
    marks: list[str]
    headers: list[int]

    @classmethod
    def of(cls, text: str) -> Table:
        lines = text.split("\n")
        starts, marks, headers = [0], [], []
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        counts = [_Counts(line) for line in lines]
        for at, line in enumerate(lines):
            marks.append(
                counts[at].mark(counts[at - 1] if at else None, counts[at + 1] if at + 1 < len(lines) else None)
            )
            above = at - 1
            if at == 0 or not line.strip() or not lines[above].strip():
                headers.append(at)
            elif marks[at]:
                headers.append(headers[above] if marks[at] == marks[above] else at)
            elif marks[above] or not _NUMERIC.fullmatch(line) or len(lines[above]) > _HEADER_CHARS:
                headers.append(at)
            else:
                headers.append(headers[above] if _NUMERIC.fullmatch(lines[above]) else above)
        return cls(text, starts, marks, headers)

    def place(self, start: int) -> Place:
        line = bisect_right(self.starts, start) - 1
        mark = self.marks[line]
        before = self.text[self.starts[line] : start]
        return Place(line, len(_cells(before, mark)) - 1, self.headers[line], mark)

    def header(self, place: Place) -> str | None:
        """The header over a cell; None where nothing heads it."""
        if place.header == place.line:
            return None
        cells = _cells(self.line(place.header), self.marks[place.header])
        return cells[place.column].strip() if place.column < len(cells) else ""

    def beside(self, place: Place) -> str:
        """The cell to the left, or nothing."""
        if not place.mark or place.column == 0:
            return ""
        return _cells(self.line(place.line), place.mark)[place.column - 1].strip()

    def below(self, place: Place) -> Iterator[tuple[int, str]]:
        """The cells that a header heads, each with where it starts."""
        for line in range(place.line + 1, len(self.headers)):
            if self.headers[line] != place.line:
                return
            yield from self.cell(line, place.column)

    def cell(self, line: int, column: int) -> Iterator[tuple[int, str]]:
        """The cell of a line, if it has so many, with where it starts."""
        text, mark = self.line(line), self.marks[line]
        cells = _cells(text, mark)
        if column < len(cells):
            lead = len(text) - sum(map(len, cells)) - (len(cells) - 1) * len(mark) if mark != " " else 0
            if mark in {"|", " "}:
                start = _nth(text, mark, column)
            else:
                start = lead + sum(map(len, cells[:column])) + column * len(mark)
            yield self.starts[line] + start, cells[column]

    def line(self, at: int) -> str:
        return self.text[self.starts[at] : self.starts[at + 1] - 1]

    def is_alone(self, start: int, end: int) -> bool:
        """Whether a number has its line to itself, but for a bullet."""
        at = bisect_right(self.starts, start) - 1
        rest = self.text[self.starts[at] : start] + " " + self.text[end : self.starts[at + 1] - 1]
        return not _WORD.search(rest)


class _Counts:
    """How many cells a line has by each mark."""

    def __init__(self, line: str) -> None:
        self.tab, self.bar = "\t" in line, line.count("|") > 1
        self.line = line
        self._cells: dict[str, int] = {}

    def cells(self, mark: str) -> int:
        if mark not in self._cells:
            self._cells[mark] = len(_cells(self.line, mark))
        return self._cells[mark]

    def mark(self, *neighbours: _Counts | None) -> str:
        """A tab or bar parts cells anywhere, a comma or blanks where a neighbouring line has as many."""
        if self.tab:
            return "\t"
        if self.bar:
            return "|"
        for mark in (",", ";", " "):
            if (
                mark in self.line
                and self.cells(mark) > 1
                and any(n and n.cells(mark) == self.cells(mark) for n in neighbours)
            ):
                return mark
        return ""


def _cells(line: str, mark: str) -> list[str]:
    """The cells of a line or of its beginning. A comma inside quotes parts nothing."""
    if not mark:
        return [line]
    if mark == " ":
        return _BLANKS.split(line.lstrip())
    if mark == "|":
        stripped = line.strip()
        return stripped.removeprefix("|").split("|")
    if '"' not in line:
        return line.split(mark)
    return re.split(rf'{mark}(?=(?:[^"]*"[^"]*")*[^"]*$)', line)


def _nth(line: str, mark: str, column: int) -> int:
    """Where a cell between bars or blanks starts."""
    at = len(line) - len(line.lstrip())
    if mark == "|" and line[at : at + 1] == "|":
        at += 1
    for _ in range(column):
        at = line.index(mark, at) + 1
        while mark == " " and line[at : at + 1] == " ":
            at += 1
    return at
