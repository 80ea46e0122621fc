"""The lines of a text as rows of pasted tables, where they are such: tabs, bars, commas, blanks, or one number a line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Span = tuple[int, int]

_NUMERIC = re.compile(r"(?=\D*\d)[\s\d.,()+*#\"'\[\]/~_:=-]*+")
_WIDE, _BLANKS = re.compile(r" {2,}"), re.compile(r" +")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_WORD = re.compile(r"[A-Za-z]{3}|[가-힣]")
_DATA = re.compile(
    r"@[^\s@]+\.|(?<![\w.,:/()*~-])[(+-]?(?!(?:19|20)\d\d(?![\d.,:/()*_~-]))\d[\d.,:/()*_~-]{2,}+(?![A-Za-z가-힣])"
)
"""What a header does not hold: a number of three signs or more that is no year, an address."""
_RULER = re.compile(r"[\s|:+=-]+")
HEADLINE = 40
"""A longer line over a list of numbers is a sentence, which names nothing by standing there."""
_TAG = re.compile(
    r"(?P<cell></t[dh]>\s{0,20}<t[dh][^<>]{0,200}>)|(?P<row>\s{0,20}<tr[^<>]{0,200}>\s{0,20})|\s{0,20}</?t(?:[dhr]|able|head|body)[^<>]{0,200}>\s{0,20}"
)
_INSERT = re.compile(
    r"insert\s{1,8}into\s{1,8}[\w.`\"\[\]]{1,80}\s{0,8}(?P<head>\()[^()]{1,2000}(?P<values>\)\s{0,8}values\s{0,8}\()"
)
_ROW = re.compile(r"\)\s{0,8},\s{0,8}\(")
_SLASH = " / "
_NONE = -1
_ONE_NUMBER = range(9, 17)
"""Digits of a line that is one number, parted by blanks."""


class Place(NamedTuple):
    """Where a character stands: in which line, in which column of a table. Prose is one cell a line."""

    line: int
    column: int


@dataclass(slots=True)
class Table:
    """A text by lines: `spans[i]` bounds line i without its line break.

    `marks[i]` parts the cells of line i, "" for prose. `heads[i]` is the first line of the table that line i belongs
    to, whether or not that is a header; `headers[i]` is the line that heads its columns, -1 where none does.
    """

    text: str
    spans: list[Span]
    starts: list[int]
    marks: list[str]
    heads: list[int]
    headers: list[int]
    _cells: dict[int, list[Span]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Table:
        if "<t" in text:
            text = _laid_out(text)
        if "insert" in text:
            text = _inserted(text)
        spans, at = [], 0
        for line in text.split("\n"):
            spans.append((at, at + len(line)))
            at += len(line) + 1
        lines = [text[begin:end] for begin, end in spans]
        marks = _marks(lines)
        heads, headers = _headed(lines, marks)
        return cls(text, spans, [begin for begin, _ in spans], marks, heads, headers)

    def cells(self, line: int) -> list[Span]:
        """Where the cells of a line stand, without blanks and quotes around them."""
        if line not in self._cells:
            begin, end = self.spans[line]
            self._cells[line] = [
                _trimmed(self.text, begin + start, begin + stop)
                for start, stop in _parted(self.text[begin:end], self.marks[line])
            ]
        return self._cells[line]

    def place(self, at: int) -> Place:
        line = bisect_right(self.starts, at) - 1
        if not self.marks[line]:
            return Place(line, 0)
        cells = self.cells(line)
        column = bisect_right(cells, (at, len(self.text))) - 1
        return Place(line, max(0, column))

    def cell(self, place: Place) -> Span | None:
        """Where a cell stands, None where the line has no such."""
        cells = self.cells(place.line)
        return cells[place.column] if 0 <= place.column < len(cells) else None

    def header(self, place: Place) -> Span | None:
        """The header over a cell; None where nothing heads it."""
        above = self.headers[place.line]
        return None if above in {_NONE, place.line} else self.cell(Place(above, place.column))

    def is_header(self, line: int) -> bool:
        return self.headers[line] == line

    def below(self, place: Place) -> Iterator[Place]:
        """The cells that a header heads."""
        for line in range(place.line + 1, len(self.spans)):
            if self.headers[line] != place.line:
                return
            yield Place(line, place.column)

    def column(self, place: Place) -> Iterator[Span]:
        """All cells of the column that a cell is in, the header among them."""
        head = self.heads[place.line]
        for line in range(head, len(self.spans)):
            if self.heads[line] != head:
                return
            cell = self.cell(Place(line, place.column))
            if cell is not None:
                yield cell

    def is_alone(self, start: int, end: int) -> bool:
        """Whether a number has its line to itself, but for a bullet."""
        begin, stop = self.spans[bisect_right(self.starts, start) - 1]
        return not _WORD.search(f"{self.text[begin:start]} {self.text[end:stop]}")


def _laid_out(text: str) -> str:
    """The text with the tags of HTML's tables as tabs and line breaks, every other character in its place."""

    def mark(tag: re.Match[str]) -> str:
        return ("\t" if tag["cell"] else "\n" if tag["row"] else " ").ljust(len(tag[0]))

    return _TAG.sub(mark, text)


def _inserted(text: str) -> str:
    """The text with the columns of SQL's INSERT and each of its rows on lines of their own, every other character in its
    place."""
    parts: list[str] = []
    at = 0
    for found in _INSERT.finditer(text):
        if found.start() < at:
            continue
        head, values, begin = found.start("head"), found.start("values"), found.end()
        end = text.find(";", begin) + 1 or len(text)
        rows = _ROW.sub(lambda row: "\n".rjust(len(row[0])), text[begin:end].replace("'", '"'))
        rows = rows.rstrip("; \n").removesuffix(")").ljust(len(rows))
        parts += (text[at:head], "\n", text[head + 1 : values].replace("\n", " "), "\n".rjust(begin - values), rows)
        at = end
    return "".join((*parts, text[at:]))


def _marks(lines: list[str]) -> list[str]:
    """What parts the cells of each line: tabs and bars anywhere, others where neighbouring lines have as many cells. Of
    several that over the most lines, then that of the most cells; single blanks only where nothing else does."""
    marks = ["\t" if "\t" in line else "|" if line.count("|") > 1 else "" for line in lines]
    best = [(len(lines), len(line)) if mark else (1, 1) for line, mark in zip(lines, marks, strict=True)]
    for mark in ("|", ",", ";", _SLASH, "  ", " "):
        counts = [
            len(_parted(line, mark)) if mark in line and not (marks[at] and mark == " ") else 0
            for at, line in enumerate(lines)
        ]
        for begin, end in _runs(counts) if any(counts) else ():
            if mark in {"  ", " "} and not _are_rows(lines[begin:end], mark):
                continue
            if mark == _SLASH and not _are_headed(lines[begin:end]):
                continue
            for at in range(begin, end):
                if (end - begin, counts[at]) > best[at]:
                    marks[at], best[at] = mark, (end - begin, counts[at])
    return marks


def _are_rows(lines: list[str], mark: str) -> bool:
    """Whether lines of as many words are rows, with a number somewhere: no sentences, and no list of one number each."""
    digits = [sum(map(str.isdigit, line)) for line in lines]
    listed = all(
        count in _ONE_NUMBER and _NUMERIC.fullmatch(line) for count, line in zip(digits[1:], lines[1:], strict=True)
    )
    return (mark != " " or any(digits)) and not listed


def _are_headed(lines: list[str]) -> bool:
    """Whether lines are rows under a header: 이름 / 휴대폰, and what slashes part in sentences is none."""
    return _is_header(lines[0]) and all(any(map(str.isdigit, line)) for line in lines[1:])


def _runs(counts: list[int]) -> Iterator[Span]:
    """Stretches of two lines and more with the same number of cells."""
    begin = 0
    for at in range(1, len(counts) + 1):
        if at == len(counts) or counts[at] != counts[begin]:
            if at - begin > 1 and counts[begin] > 1:
                yield begin, at
            begin = at


def _headed(lines: list[str], marks: list[str]) -> tuple[list[int], list[int]]:
    heads: list[int] = []
    headers: list[int] = []
    for at, line in enumerate(lines):
        above = at - 1
        if at and line.strip() and lines[above].strip():
            if marks[at] and marks[at] == marks[above]:
                heads.append(heads[above])
                headers.append(headers[above])
                continue
            if not marks[at] and not marks[above] and _NUMERIC.fullmatch(line):
                listed = _NUMERIC.fullmatch(lines[above]) is not None
                heads.append(heads[above] if listed else at)
                headers.append(headers[above] if listed else above if len(lines[above]) <= HEADLINE else _NONE)
                continue
        heads.append(at)
        headers.append(at if marks[at] and _is_header(line) else _NONE)
    return heads, headers


def _is_header(line: str) -> bool:
    return not _DATA.search(line) and not _RULER.fullmatch(line)


def _parted(line: str, mark: str) -> list[Span]:
    """The cells of a line. What stands in quotes is one cell."""
    if not mark:
        return [(0, len(line))]
    if mark in {"  ", " "}:
        return _between(line, (_WIDE if mark == "  " else _BLANKS).finditer(line.rstrip()))
    if mark in {",", ";"} and '"' in line:
        line = _QUOTED.sub(lambda quoted: "x" * len(quoted[0]), line)
    spans, begin = [], 0
    while (end := line.find(mark, begin)) >= 0:
        spans.append((begin, end))
        begin = end + len(mark)
    spans.append((begin, len(line)))
    if mark == "|":  # The bars at both ends enclose the row.
        spans = spans[not line[slice(*spans[0])].strip() :]
        spans = spans[: len(spans) - (not line[slice(*spans[-1])].strip())] if spans else [(0, len(line))]
    return spans


def _between(line: str, gaps: Iterator[re.Match[str]]) -> list[Span]:
    spans, begin = [], 0
    for gap in gaps:
        if gap.end() > gap.start() > 0:
            spans.append((begin, gap.start()))
        begin = gap.end()
    return [*spans, (begin, len(line))]


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start] in " \"'\r":
        start += 1
    while end > start and text[end - 1] in " \"'\r":
        end -= 1
    return start, end
