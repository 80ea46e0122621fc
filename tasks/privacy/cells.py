"""Numbers in the cells of a table or the lines of a list that a header, or the cell beside them, names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.privacy import checksums, phones
from tasks.privacy.called import LENGTHS, called
from tasks.privacy.labels import Label, same
from tasks.privacy.page import JOINT, Page, digits_of
from tasks.privacy.placeholders import Finding
from tasks.privacy.registrations import resident_kind
from tasks.privacy.tables import HEADLINE, Place
from tasks.privacy.vocabulary import (
    ACCOUNT,
    BUSINESS,
    CARD,
    CORPORATE,
    FOREIGNER,
    LICENCE,
    PHONE,
    RESIDENT,
)

_OVER_CELLS: dict[str, tuple[tuple[int, ...], ...]] = {
    RESIDENT: ((6, 7),),
    FOREIGNER: ((6, 7),),
    CORPORATE: ((6, 7),),
    BUSINESS: ((3, 2, 5),),
    CARD: ((4, 4, 4, 4),),
    PHONE: ((3, 4, 4), (3, 3, 4), (2, 4, 4), (2, 3, 4)),
    LICENCE: ((2, 2, 6, 2),),
}
"""Digits in each of the cells that one number is parted into."""

LEAST = 7
"""Digits of the shortest number that may be anybody's."""
_SUFFIX = 6
"""Characters that a cell may have beside the name that it is: 전화번호 (필수)."""
_CELL = re.compile(rf"[\s\"'(+\[]*(?P<number>\d(?:{JOINT}\d)*)[\s\"')\]]*")
_ACCOUNT_CELL = re.compile(
    r"[\s\"']*(?:[가-힣A-Za-z]{2,8}[ :/]{1,3})?(?P<number>\d{2,6}(?:-\d{1,8}){1,4}|\d{11,14})(?: ?[ (/] ?[가-힣A-Za-z.]{2,10}\)?)?[\s\"']*"
)
"""부산 112-2029-3381-02, 110-482-771823 (김하나): under the header of accounts, with a bank or an owner."""
_PART = re.compile(r"[\s\"'(\[]*(?P<number>\d+)[\s\"')\]-]*")


def find(page: Page, label: Label) -> Iterator[Finding]:
    """The cells under a header, and those beside a name that stands in a cell of its own."""
    table = page.table
    place = table.place(label.start)
    cell = table.cell(place)
    if cell is None or page.labels.of_cell(*cell) != label:
        return  # The last name of a cell is what its cells are called.
    if not table.marks[place.line]:
        yield from _listed(page, place.line, label)
        return
    if table.is_header(place.line):
        for below in table.below(place):
            yield from cell_of(page, below, label)
    last = len(table.cells(place.line)) if place.column == 0 and label.strong else place.column + 2
    for column in range(place.column + 1, last):
        beside = Place(place.line, column)
        header = table.header(beside)
        over = page.labels.of_cell(*header) if header else None
        if header is None or over is None or over.kind == label.kind:
            named = sum(one.end - one.start for one in page.labels.within(*cell) if same(one.kind, label.kind))
            alone = cell[1] - cell[0] - named <= _SUFFIX
            yield from cell_of(page, beside, label._replace(strong=label.strong and (header is None or alone)))


def _listed(page: Page, line: int, label: Label) -> Iterator[Finding]:
    """The lines under a short one, up to the first that is more than a number."""
    if page.table.spans[line][1] - page.table.spans[line][0] > HEADLINE:
        return
    for below in range(line + 1, len(page.table.spans)):
        found = _CELL.fullmatch(page.text, *page.table.spans[below])
        if found is None:
            return
        finding = called(page, *found.span("number"), label.kind, strong=label.strong)
        if finding is not None:
            yield finding


def cell_of(page: Page, place: Place, label: Label) -> Iterator[Finding]:
    """The number in a cell, if it can be what it is called, or the one of which the cell holds the first part."""
    span = page.table.cell(place)
    found = _CELL.fullmatch(page.text, *span) if span else None
    if span and found is None and label.kind == ACCOUNT and label.strong:
        found = _ACCOUNT_CELL.fullmatch(page.text, *span)
    if span is None or found is None:
        return
    if len(digits_of(found["number"])) < LEAST:
        yield from _over_cells(page, place, label)
        return
    finding = called(page, *found.span("number"), label.kind, strong=label.strong, bank=_is_bank(page, place, label))
    if finding is not None:
        yield finding


def _is_bank(page: Page, place: Place, label: Label) -> bool:
    """Whether a bank in a cell beside it may tell of an account: the row has no other long number."""
    if page.table.headers[place.line] >= 0 or label.kind != ACCOUNT:
        return False
    numbers = [_CELL.fullmatch(page.text, *span) for span in page.table.cells(place.line)]
    return sum(len(digits_of(number["number"])) >= LENGTHS[ACCOUNT][0] for number in numbers if number) == 1


def _over_cells(page: Page, place: Place, label: Label) -> Iterator[Finding]:
    """One number that is parted into cells: 010 | 1234 | 5678."""
    for groups in _OVER_CELLS.get(label.kind, ()) if label.strong or label.kind == CARD else ():
        parts = []
        for offset, count in enumerate(groups):
            span = page.table.cell(Place(place.line, place.column + offset))
            part = _PART.fullmatch(page.text, *span) if span else None
            if part is None or len(part["number"]) != count:
                break
            parts.append(part)
        if len(parts) == len(groups):
            digits = "".join(part["number"] for part in parts)
            kind = resident_kind(digits) if label.kind in {RESIDENT, FOREIGNER} else label.kind
            fits = digits[0] == "0" if kind == PHONE else label.strong or checksums.has_card_check(digits)
            if fits:
                keep = phones.trunk(digits) if kind == PHONE else 0
                yield Finding(parts[0].start("number"), parts[-1].end("number"), kind, digits, keep=keep)
            return
