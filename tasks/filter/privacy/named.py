"""Numbers without a shape of their own that are called what they are: 계좌번호 12345678901234, a column headed 전화번호.

Goes from the names to the numbers, since a text has few names and may have thousands of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.filter.privacy import checksums, phones
from tasks.filter.privacy.labels import (
    ACCOUNT,
    BUSINESS,
    CARD,
    CORPORATE,
    FOREIGNER,
    LICENCE,
    OTHER,
    PHONE,
    REACH,
    RESIDENT,
    Label,
    header_names,
    labels,
)
from tasks.filter.privacy.page import JOINT, Page, digits_of
from tasks.filter.privacy.placeholders import Finding
from tasks.filter.privacy.registrations import resident_kind

LENGTHS: dict[str, tuple[int, int]] = {
    RESIDENT: (13, 13),
    FOREIGNER: (13, 13),
    CORPORATE: (13, 13),
    BUSINESS: (10, 10),
    CARD: (14, 16),
    PHONE: (7, 13),
    ACCOUNT: (10, 16),
    LICENCE: (10, 12),
}
"""Digits of a number of each kind, at least and at most."""

_LEAST = 7
_NUMBER = re.compile(rf"\d(?:{JOINT}\d)*")
_PIECE = re.compile(r"\d(?:[-./_~()]{0,2}\d)*")
_CELL = re.compile(r"[\s\"'(+]*(?P<number>\d(?:[-. )/]{0,2}\d)*)[\s\"')]*")
_LIST = re.compile(r"[\s,/&·|]*(?:및|와|과|또는|그리고|,)?\s*")
_JUST_BEFORE = re.compile(r"(?P<number>\d(?:[-. ]?\d)+)\s?(?:은|는|이|가|로|으로|의)?\s?[(\[]?\s?$")
_IN_IT = re.compile(r"\s?(?:에서|에|으로|로|의)(?=\s)")
"""계좌에 1500000000: what is in an account is an amount."""
_DATE = re.compile(r"(?:19|20)\d\d([-./])(?:0?[1-9]|1[0-2])\1\d")
_DECIMAL = re.compile(r"\d+\.\d+")
_STOP = re.compile(r"[\n\t|]")
_BESIDE_LEAST = 11


def find(page: Page) -> Iterator[Finding]:
    named = list(labels(page.table.text))
    for at, label in enumerate(named):
        if label.kind not in LENGTHS:
            continue
        after = named[at + 1] if at + 1 < len(named) else None
        if after and after.kind == label.kind and label.strong and not after.strong and after.start - label.end < REACH:
            named[at + 1] = after._replace(strong=True)  # 계좌번호는 국민은행 …: the bank stands for its account.
        yield from _following(page, label, after)
        yield from _preceding(page, label)
        yield from _in_cells(page, label, after)
    if not named:
        yield from _alone(page)


def _following(page: Page, label: Label, after: Label | None) -> Iterator[Finding]:
    """The number after a name, and those listed with it, up to the next name."""
    end = label.end + REACH
    if after is not None:
        end = min(end, after.start)
    stop = _STOP.search(page.text, label.end, end)
    end = stop.start() if stop else end
    last = None
    for chunk in _NUMBER.finditer(page.text, label.end):
        if chunk.start() >= end or (last is not None and not _LIST.fullmatch(page.text, last, chunk.start())):
            return
        if len(digits_of(chunk[0])) < _LEAST:
            continue
        loose = last is None and _IN_IT.match(page.text, label.end) is not None
        for start, stop_at in (chunk.span(), *(piece.span() for piece in _PIECE.finditer(page.text, *chunk.span()))):
            found = _called(page, start, stop_at, label.kind, strong=label.strong and not loose)
            if found is not None:
                yield found
                last = stop_at
                break


def _preceding(page: Page, label: Label) -> Iterator[Finding]:
    """The number before a name: 110-123-456789 (신한은행), 0212345678로 전화."""
    begin = max(0, label.start - REACH)
    line = _STOP.split(page.text[begin : label.start])[-1]
    found = _JUST_BEFORE.search(line)
    if found is None or (label.kind == ACCOUNT and "-" not in found["number"]):
        return
    start = label.start - len(line) + found.start("number")
    if page.starts_number(start):
        finding = _called(page, start, start + len(found["number"]), label.kind, strong=label.strong)
        if finding is not None:
            yield finding


def _in_cells(page: Page, label: Label, after: Label | None) -> Iterator[Finding]:
    """The cells under a header, and the one beside a name that stands in a cell of its own."""
    table = page.table
    place = table.place(label.start)
    same_cell = after is not None and table.place(after.start)[:2] == place[:2]
    if same_cell:
        return  # The last name of a cell is what its cells are called.
    if place.header == place.line:
        for start, cell in table.below(place):
            yield from _cell(page, start, cell, label.kind, strong=label.strong)
    if place.mark:
        for start, cell in table.cell(place.line, place.column + 1):
            over = header_names(table, table.place(start))
            if over is None or over.kind == label.kind:
                yield from _cell(page, start, cell, label.kind, strong=label.strong and over is not None)


def _cell(page: Page, start: int, cell: str, kind: str, *, strong: bool) -> Iterator[Finding]:
    found = _CELL.fullmatch(cell)
    if found is not None and len(digits_of(found["number"])) >= _LEAST:
        begin = start + found.start("number")
        finding = _called(page, begin, start + found.end("number"), kind, strong=strong)
        if finding is not None:
            yield finding


def _alone(page: Page) -> Iterator[Finding]:
    """Numbers on lines of their own in a text without names are what the record's other texts ask about."""
    kinds = [kind for kind in page.spoken if kind in LENGTHS]
    if len(kinds) != 1 or any(page.table.marks):
        return
    for line, start in enumerate(page.table.starts[:-1]):
        for found in _cell(page, start, page.table.line(line), kinds[0], strong=True):
            if len(found.value) >= LENGTHS[BUSINESS][0] - 1:
                yield found


def _called(page: Page, start: int, end: int, kind: str, *, strong: bool) -> Finding | None:
    """The number as a finding, if it can be of the kind that it is called."""
    text = page.text[start:end]
    digits = digits_of(text)
    if kind == OTHER or not LENGTHS[kind][0] <= len(digits) <= LENGTHS[kind][1] or _is_amount(page, start, end, text):
        return None
    parted = not text.isdigit()
    if not strong and not (_is_shaped(kind, text) if parted else _is_plausible(kind, digits)):
        return None
    if kind == PHONE and len(digits) < 9 and not (strong and (parted or len(digits) == 8)):
        return None
    if kind in {RESIDENT, FOREIGNER}:
        kind = resident_kind(digits)
    return Finding(start, end, kind, digits, keep=phones.trunk(digits) if kind == PHONE else 0)


def _is_amount(page: Page, start: int, end: int, text: str) -> bool:
    """Whether a number is money, a measure, a decimal or a date, whatever stands near it."""
    if _DECIMAL.fullmatch(text) or _DATE.match(text) or page.has_unit(end) or not page.starts_number(start):
        return True
    grouped = page.before(start, 2)[-1:] == "," and page.before(start, 2)[:1].isdigit()
    return (
        (grouped and text.isdigit() and len(text) == 3)
        or bool(re.match(r",\d{3}(?!\d)", page.text[end:]))
        or page.before(start) in {"₩", "$", "€"}
    )


def _is_shaped(kind: str, text: str) -> bool:
    """Whether a number with gaps may be of a kind that only its surroundings speak of."""
    return kind != ACCOUNT or re.fullmatch(r"\d{2,6}(?:-\d{1,8}){1,4}", text) is not None


def _is_plausible(kind: str, digits: str) -> bool:
    """Whether a bare number may be of a kind that only its surroundings speak of (전화, 입금, 신한)."""
    if kind == BUSINESS:
        return checksums.has_business_check(digits)
    if kind == CARD:
        return checksums.has_card_check(digits)
    if kind == PHONE:
        return digits[0] == "0" or digits.startswith(("10", "82"))
    return len(digits) >= _BESIDE_LEAST and not digits.endswith("000")
