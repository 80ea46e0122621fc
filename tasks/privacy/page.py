"""One text under examination, and what finders of numbers ask about a match in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

from tasks.privacy.labels import REACH, Label, Labels, lowered, worded
from tasks.privacy.placeholders import Finding
from tasks.privacy.tables import Place, Table
from tasks.privacy.view import SPELT, View
from tasks.privacy.vocabulary import OTHER

SIGN = r"[-./_~*=:()★☆♥♡●◆■]"
JOINT = rf" {{0,2}}(?:{SIGN}{{1,3}}(?:\r?\n)? {{0,2}})?"
"""What people put between the parts of a number: nothing, a sign, blanks. A line may break after the sign. There is one
way to match it: two would make a failing expression take exponential time."""
GAP = rf"(?: {{0,2}}{SIGN}{{1,3}}(?:\r?\n)? {{0,2}}| {{1,2}})"
"""The same, but for nothing."""
END = r"(?!\d)"

JOINED = r"-?[\"'] ?[&+] ?(?:[\"'] ?- ?[\"'] ?[&+] ?)?[\"']-?"
"""How a formula puts the parts of a number together: "900101"&"-"&"1234567"."""

_LOOKALIKES = str.maketrans("OolI", "0011")
_UNIT = re.compile(
    r"\s?(?:원|개|건|명|%|만|억|천|조|kg|년|월|일|회|대|점|달러|엔|행|열|셀|usd|krw|won|쪽|주|km|m²)"
    r"(?=[^A-Za-z가-힣]|$|[은는이가을를의에도로과와만씩인정짜]|이[고며야에]|입니|으로|까지|부터|이상|이하|미만|초과|단위|권|화)",
    re.IGNORECASE,
)
_NEIGHBOUR_BEFORE, _NEIGHBOUR_AFTER = re.compile(r"\d {1,2}$"), re.compile(r" {1,2}-?\d")
_GOES_ON = re.compile(r"\d(?:[-./]?|- {1,2}| {1,2}-)\Z")
TYPOS = 5
"""One number in so many may be mistyped, and its column is still what the others are."""


class _Doubtful(NamedTuple):
    """A number for which its check digit alone speaks."""

    finding: Finding
    passes: bool
    shaped: bool


class Page:
    """`hints` say what a pre-test saw."""

    def __init__(self, view: View, hints: frozenset[str] = frozenset()) -> None:
        self.view, self.text, self.hints = view, view.text, hints
        self.spoken: frozenset[str] = frozenset()
        """Which kinds the record's other texts name in full."""
        self.codes: set[str] = set()
        """Digits in a phone's form that are called a code here, and so are none in the record's other texts."""
        self._doubtful: dict[tuple[str, int, int], list[_Doubtful]] = defaultdict(list)
        self._columns: dict[Place, list[str]] = {}
        self._named: dict[tuple[int, int], Label | None] = {}

    @cached_property
    def lower(self) -> str:
        return lowered(self.text)

    @cached_property
    def table(self) -> Table:
        return Table.of(self.lower)

    @cached_property
    def labels(self) -> Labels:
        return Labels(worded(self.lower))

    @property
    def names(self) -> frozenset[str]:
        """The kinds that this text names in full."""
        return (
            frozenset(label.kind for label in self.labels.all if label.strong)
            if "speaks" in self.hints
            else frozenset()
        )

    def label(self, start: int, end: int) -> Label | None:
        """What the number at `start`..`end` is called; None where nothing says it."""
        span = (start, end)
        if span not in self._named:
            self._named[span] = self._label(start, end)
        return self._named[span]

    def _label(self, start: int, end: int) -> Label | None:
        if not self.labels.all:
            return None
        table, labels = self.table, self.labels
        place = table.place(start)
        mark = table.marks[place.line]
        begin, stop = table.spans[place.line]
        if mark and mark != " ":
            begin, stop = table.cell(place) or (begin, stop)
        near = labels.before(max(begin, start - REACH), start)
        if near is not None:
            return near
        header = table.header(place)
        named = labels.of_cell(*header) if header is not None else None
        if named is not None:
            return named
        beside = self._beside(place) if mark and mark != " " else None
        if beside is not None and (beside.kind != OTHER or header is None):
            return beside if header is None else beside._replace(strong=False)
        return None if header is not None and mark else labels.after(end, stop)

    def _beside(self, place: Place) -> Label | None:
        """What the cell to the left says, or the first one of a row in a table without a header."""
        left = self.table.cell(Place(place.line, place.column - 1)) if place.column else None
        named = self.labels.of_cell(*left) if left else None
        if named is None and place.column > 1 and self.table.headers[place.line] < 0:
            first = self.table.cell(Place(place.line, 0))
            named = self.labels.of_cell(*first) if first else None
            named = named if named and named.strong and named.kind != OTHER else None
        return named

    def kind(self, found: re.Match[str]) -> str | None:
        """The kind of number that a match is called, OTHER included; None where nothing names it."""
        label = self.label(*found.span())
        return label.kind if label else None

    def speaks_of(self, kind: str) -> bool:
        """Whether the record names a kind in full anywhere."""
        return kind in self.spoken or kind in self.names

    def before(self, at: int, count: int = 1) -> str:
        return self.text[max(0, at - count) : at]

    def starts_number(self, start: int) -> bool:
        """Whether a number starts here, not within 2024-02-123-4567 or 1.02."""
        return _GOES_ON.search(self.before(start, 4)) is None

    def is_cut(self, found: re.Match[str]) -> bool:
        """Whether a match is only a part of a longer number or word."""
        before, after = self.before(found.start()), self.text[found.end() : found.end() + 2]
        longer = after[:1] in {"-", "."} and after[1:].isdigit()
        return not self.starts_number(found.start()) or longer or _is_latin(before) or _is_latin(after[:1])

    def has_neighbours(self, found: re.Match[str]) -> bool:
        """Whether blanks alone part a match from other numbers: a row of a table."""
        before = self.before(found.start(), 3)
        return bool(_NEIGHBOUR_BEFORE.search(before) or _NEIGHBOUR_AFTER.match(self.text, found.end()))

    def has_unit(self, end: int) -> bool:
        """Whether a unit follows: what is counted or paid is no one's number."""
        return _UNIT.match(self.text, end) is not None

    def in_table(self, at: int) -> bool:
        return bool(self.table.marks[self.table.place(at).line])

    def is_said(self, found: re.Match[str]) -> bool:
        """Whether a number is read out in Hangul."""
        return any(character in SPELT for character in self.view.written(*found.span()))

    def is_parted(self, finding: Finding) -> bool:
        """Whether a finding lies over cells that blanks part."""
        if "  " not in self.text[finding.start : finding.end]:
            return False
        return self.table.marks[self.table.place(finding.start).line] == "  "

    def column(self, at: int) -> list[str]:
        """The digits of every cell in the column of a character, or of every line of a list."""
        place = self.table.place(at)
        key = Place(self.table.heads[place.line], place.column)
        if key not in self._columns:
            cells = self.table.column(place)
            self._columns[key] = ["".join(filter(str.isdigit, self.text[begin:end])) for begin, end in cells]
        return self._columns[key]

    def agrees(self, found: re.Match[str], is_one: Callable[[str], bool]) -> bool:
        """Whether the numbers of its length in a match's column are, but for typing errors, of its kind too."""
        digits = digits_of(found[0])
        alike = [other for other in self.column(found.start()) if len(other) == len(digits)] or [digits]
        return sum(map(is_one, alike)) >= len(alike) - len(alike) // TYPOS

    def doubt(self, found: re.Match[str], kind: str, family: str, *, passes: bool, shaped: bool = False) -> None:
        """Note a number for which nothing but its check digit speaks: `settled` decides by its whole column, in which
        kinds of one family count together. `shaped`: it is written in the form of its kind."""
        finding = Finding(*found.span(), kind, digits_of(found[0]))
        if finding.placeholder is None:
            place = self.table.place(found.start())
            head = self.table.heads[place.line]
            listed = self.table.marks[place.line] or self.table.is_alone(*found.span())
            where = (head, place.column) if listed else (-1, found.start())
            self._doubtful[(family, *where)].append(_Doubtful(finding, passes, shaped))

    def settled(self) -> Iterator[Finding]:
        """The doubtful numbers that pass, unless others of their column and length do not: one in ten passes by
        chance."""
        for (_, head, _), members in self._doubtful.items():
            passing = [member for member in members if member.passes]
            if not passing:
                continue
            start = passing[0].finding.start
            lengths = {len(member.finding.value) for member in members}
            alike = 1 if head < 0 else sum(len(digits) in lengths for digits in self.column(start))
            failing = max(len(members), alike) - len(passing)
            lonely = len(passing) == 1 and head >= 0 and self.in_table(start) and not passing[0].shaped
            if failing <= max(len(members), alike) // TYPOS and not lonely:
                yield from (member.finding for member in passing)


def finding(found: re.Match[str], kind: str, keep: int = 0) -> Finding:
    """A match as a finding, known by its digits."""
    return Finding(*found.span(), kind, digits_of(found[0]), keep=keep)


def digits_of(text: str) -> str:
    """The digits of a number, look-alike letters among them (O1O-1234-5678)."""
    return "".join(filter(str.isdigit, text.translate(_LOOKALIKES)))


def has_sign(joint: str) -> bool:
    return bool(joint.strip())


def _is_latin(character: str) -> bool:
    return character.isascii() and (character.isalpha() or character == "_")
