"""One text under examination, and what finders of numbers ask about a match in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tasks.filter.privacy.labels import Label, lowered, name_of
from tasks.filter.privacy.placeholders import Finding
from tasks.filter.privacy.tables import Table
from tasks.filter.privacy.view import View

SIGN = r"[-./_~*=:()]"
JOINT = rf" {{0,2}}(?:{SIGN}{{1,3}}(?:\r?\n)?)? {{0,2}}"
"""What people put between the parts of a number: nothing, a sign, blanks. A line may break after the sign."""
END = r"(?!\d)"

_LOOKALIKES = str.maketrans("OolI", "0011")
_UNIT = re.compile(
    r"\s?(?:원|개|건|명|%|만|억|천|조|kg|년|월|일|회|대|점|달러|엔|행|열|셀|usd|krw|won)(?![a-z])", re.IGNORECASE
)
_NEIGHBOUR_BEFORE, _NEIGHBOUR_AFTER = re.compile(r"\d {1,2}$"), re.compile(r" {1,2}-?\d")


class _Doubtful(NamedTuple):
    """A number for which its check digit alone speaks."""

    finding: Finding
    passes: bool


class Page:
    """`hints` say what a pre-test saw, `spoken` which kinds the record's other texts name in full."""

    def __init__(self, view: View, hints: frozenset[str] = frozenset(), spoken: frozenset[str] = frozenset()) -> None:
        self.view, self.text, self.hints, self.spoken = view, view.text, hints, spoken
        self._table: Table | None = None
        self._doubtful: dict[tuple[str, int, int], list[_Doubtful]] = defaultdict(list)

    @property
    def table(self) -> Table:
        if self._table is None:
            self._table = Table.of(lowered(self.text))
        return self._table

    def label(self, found: re.Match[str]) -> Label | None:
        return name_of(self.table, *found.span())

    def kind(self, found: re.Match[str]) -> str | None:
        """The kind of number that a match is called, OTHER included; None where nothing names it."""
        label = self.label(found)
        return label.kind if label else None

    def before(self, at: int, count: int = 1) -> str:
        return self.text[max(0, at - count) : at]

    def starts_number(self, start: int) -> bool:
        """Whether a number starts here, not within 2024-02-123-4567 or 1.02."""
        before = self.before(start, 2)
        return not before[-1:].isdigit() and not (
            before[:1].isdigit() and before[-1:] in {"-", ".", "/"} and len(before) > 1
        )

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

    def doubt(self, found: re.Match[str], kind: str, *, passes: bool) -> None:
        """Note a number for which nothing but its check digit speaks: `settled` decides by its whole column."""
        finding = Finding(*found.span(), kind, digits_of(found[0]))
        if finding.placeholder is not None:
            return
        place = self.table.place(found.start())
        in_column = place.mark or self.table.is_alone(*found.span())
        column = (kind, place.header, place.column) if in_column else (kind, -1, found.start())
        self._doubtful[column].append(_Doubtful(finding, passes))

    def settled(self) -> Iterator[Finding]:
        """The doubtful numbers that pass, unless as many of their column do not: one in ten passes by chance."""
        for members in self._doubtful.values():
            passing = [member.finding for member in members if member.passes]
            if len(passing) * 2 > len(members):
                yield from passing


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
