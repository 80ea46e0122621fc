"""Numbers without a shape of their own that are called what they are: 계좌번호 12345678901234, a column headed 전화번호.

Goes from the names to the numbers, since a text has few names and may have thousands of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.filter.privacy import checksums, phones
from tasks.filter.privacy.labels import REACH, Label, same
from tasks.filter.privacy.page import JOINT, Page, digits_of
from tasks.filter.privacy.placeholders import Finding
from tasks.filter.privacy.registrations import resident_kind
from tasks.filter.privacy.tables import HEADLINE, Place
from tasks.filter.privacy.vocabulary import ACCOUNT, BUSINESS, CARD, CORPORATE, FOREIGNER, LICENCE, OTHER, PHONE, RESIDENT

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

_LEAST = 7
_SUFFIX = 6
"""Characters that a cell may have beside the name that it is: 전화번호 (필수)."""
_NUMBER = re.compile(rf"\d(?:{JOINT}\d)*")
_PIECE = re.compile(r"\d(?:[-./_~()]{0,2}\d)*")
_CELL = re.compile(rf"[\s\"'(+\[]*(?P<number>\d(?:{JOINT}\d)*)[\s\"')\]]*")
_PART = re.compile(r"[\s\"'(\[]*(?P<number>\d+)[\s\"')\]-]*")
_LIST = re.compile(r"[\s,/&·|]*(?:및|와|과|또는|그리고|,)?\s*")
_JUST_BEFORE = re.compile(
    rf"(?P<number>\d(?:{JOINT}\d)+)[\"'`]?\s?(?:은|는|이|가|로|으로|의|을|를)?[(\[<]?\s?(?P<between>(?:[가-힣A-Za-z]{{1,5}}[.,]?\s?){{0,3}})[(\[<]?\s?$"
)
_COPULA = re.compile(r"(?:이|인)?(?:예요|에요|입니다|데|야|거든|임)")
_IN_IT = re.compile(r"\s?(?:에서|에|으로|로|의)(?=\s)")
"""계좌에 1500000000: what is in an account is an amount."""
_DATE = re.compile(r"(?:19|20)\d\d([-./]?)(?:0?[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")
_DATED = re.compile(r"(?:19|20)\d\d ?(?:-|(?:0[1-9]|1[0-2]))|97[89]-")
_STAMP = re.compile(r"1[3-9]\d{11}|20[0-3]\d(?:0[1-9]|1[0-2])\d{8}|88\d{11}|97[89]\d{10}")
"""Milliseconds since 1970, a date and time, a barcode, an ISBN."""
_HALVED, _HALVES = frozenset((RESIDENT, FOREIGNER, CORPORATE)), re.compile(r"\d{6}\.\d{7}")
_DECIMAL = re.compile(r"\d+\.\d+")
_BESIDE_LEAST, _BESIDE_MOST = 11, 14
_COMPANY = re.compile(r"1[5-8]\d\d")
"""1588-1234: a company's."""


def find(page: Page) -> Iterator[Finding]:
    named = page.labels.all
    for at, label in enumerate(named):
        if label.kind not in LENGTHS:
            continue
        after = named[at + 1] if at + 1 < len(named) else None
        yield from _following(page, label, after)
        yield from _preceding(page, label)
        yield from _in_cells(page, label)
    if not named:
        yield from _alone(page)


def _following(page: Page, label: Label, after: Label | None) -> Iterator[Finding]:
    """The number after a name, and those listed with it, up to the next name or the end of the cell."""
    end = _cell_end(page, label)
    if after is not None:
        end = min(end, after.start)
    last = None
    for chunk in _NUMBER.finditer(page.text, label.end):
        if chunk.start() >= end or (last is None and chunk.start() >= label.end + REACH):
            return
        if last is not None and not _LIST.fullmatch(page.text, last, chunk.start()):
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


def _cell_end(page: Page, label: Label) -> int:
    place = page.table.place(label.start)
    if page.table.marks[place.line] in {"", " "}:
        return page.table.spans[place.line][1] + 1
    cell = page.table.cell(place)
    return cell[1] if cell else label.end


def _preceding(page: Page, label: Label) -> Iterator[Finding]:
    """The number before a name: 110-123-456789 (신한은행), 0212345678로 전화."""
    place = page.table.place(label.start)
    cell = page.table.cell(place) if page.table.marks[place.line] not in {"", " "} else page.table.spans[place.line]
    begin = max(cell[0] if cell else label.start, label.start - REACH)
    line = page.text[begin : label.start]
    found = _JUST_BEFORE.search(line)
    if found is None or (not label.strong and (found["between"] or (label.kind == ACCOUNT and "-" not in found["number"]))):
        return
    if "." in found["between"] and not _COPULA.match(page.text, label.end):
        return
    start = label.start - len(line) + found.start("number")
    end = start + len(found["number"])
    name = page.labels.before(max(page.table.spans[place.line][0], start - REACH), start)
    if page.starts_number(start) and (name is None or name.kind == label.kind):
        finding = _called(page, start, end, label.kind, strong=label.strong)
        if finding is not None:
            yield finding


def _in_cells(page: Page, label: Label) -> Iterator[Finding]:
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
            yield from _cell(page, below, label)
    last = len(table.cells(place.line)) if place.column == 0 and label.strong else place.column + 2
    for column in range(place.column + 1, last):
        beside = Place(place.line, column)
        header = table.header(beside)
        over = page.labels.of_cell(*header) if header else None
        if header is None or over is None or over.kind == label.kind:
            named = sum(one.end - one.start for one in page.labels.within(*cell) if same(one.kind, label.kind))
            alone = cell[1] - cell[0] - named <= _SUFFIX
            yield from _cell(page, beside, label._replace(strong=label.strong and (header is None or alone)))


def _listed(page: Page, line: int, label: Label) -> Iterator[Finding]:
    """The lines under a short one, up to the first that is more than a number."""
    if page.table.spans[line][1] - page.table.spans[line][0] > HEADLINE:
        return
    for begin, end in page.table.spans[line + 1 :]:
        found = _CELL.fullmatch(page.text, begin, end)
        if found is None:
            return
        finding = _called(page, *found.span("number"), label.kind, strong=label.strong)
        if finding is not None:
            yield finding


def _cell(page: Page, place: Place, label: Label) -> Iterator[Finding]:
    span = page.table.cell(place)
    found = _CELL.fullmatch(page.text, *span) if span else None
    if span is None or found is None:
        return
    if len(digits_of(found["number"])) < _LEAST:
        yield from _over_cells(page, place, label)
        return
    finding = _called(page, *found.span("number"), label.kind, strong=label.strong, bank=_is_bank(page, place, label))
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


def _alone(page: Page) -> Iterator[Finding]:
    """Numbers on lines of their own in a text without names are what the record's other texts ask about."""
    kinds = [kind for kind in page.spoken if kind in LENGTHS]
    if len(kinds) != 1 or any(page.table.marks):
        return
    for line in range(len(page.table.spans)):
        for found in _cell(page, Place(line, 0), Label(0, 0, kinds[0], strong=True)):
            if len(found.value) >= LENGTHS[BUSINESS][0] - 1:
                yield found


def _called(page: Page, start: int, end: int, kind: str, *, strong: bool, bank: bool = False) -> Finding | None:
    """The number as a finding, if it can be of the kind that it is called."""
    text = page.text[start:end]
    digits = digits_of(text)
    if kind == OTHER or not LENGTHS[kind][0] <= len(digits) <= LENGTHS[kind][1]:
        return None
    if _is_amount(page, start, end, text) and not (strong and _HALVES.fullmatch(text) and kind in _HALVED):
        return None
    parted = not text.isdigit()
    if not strong and not (_is_shaped(kind, text) if parted else _is_plausible(page, start, kind, digits, bank=bank)):
        return None
    if kind == PHONE and not _is_phone(digits, strong=strong and page.before(start) != "-", parted=parted):
        return None
    if kind in {RESIDENT, FOREIGNER}:
        kind = resident_kind(digits)
    return Finding(start, end, kind, digits, keep=phones.trunk(digits) if kind == PHONE else 0)


def _is_phone(digits: str, *, strong: bool, parted: bool) -> bool:
    if phones.is_dialled(digits):
        return len(digits) >= 9
    return strong and len(digits) in {7, 8} and (parted or len(digits) == 8) and not _COMPANY.match(digits)


def _is_amount(page: Page, start: int, end: int, text: str) -> bool:
    """Whether a number is money, a measure, a decimal or a date, whatever stands near it."""
    if _DECIMAL.fullmatch(text) or _DATE.match(text) or not page.starts_number(start):
        return True
    if text.isdigit() and page.has_unit(end):
        return True
    grouped = page.before(start, 2)[-1:] == "," and page.before(start, 2)[:1].isdigit()
    return (
        (grouped and text.isdigit() and len(text) == 3)
        or bool(re.match(r",\d{3}(?!\d)", page.text[end:]))
        or page.before(start) in {"₩", "$", "€", "\\"}
    )


def _is_shaped(kind: str, text: str) -> bool:
    """Whether a number with gaps may be of a kind that only its surroundings speak of."""
    if kind != ACCOUNT:
        return True
    shaped = re.fullmatch(r"\d{2,6}(?: ?- ?\d{1,8}){1,4}", text) is not None and not _DATED.match(text)
    return shaped and sum(map(str.isdigit, text)) >= _BESIDE_LEAST


def _is_plausible(page: Page, start: int, kind: str, digits: str, *, bank: bool) -> bool:
    """Whether a bare number may be of a kind that only its surroundings speak of (전화, 입금, 신한)."""
    if kind == BUSINESS:
        return checksums.has_business_check(digits)
    if kind == CARD:
        return checksums.has_card_check(digits)
    if kind == PHONE:
        return phones.is_dialled(digits)
    told = bank or not page.in_table(start)
    return told and _BESIDE_LEAST <= len(digits) <= _BESIDE_MOST and not digits.endswith("000") and not _STAMP.fullmatch(digits)
