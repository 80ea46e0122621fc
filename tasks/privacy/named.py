"""Numbers without a shape of their own that are called what they are: 계좌번호 12345678901234, a column headed 전화번호.

Goes from the names to the numbers, since a text has few names and may have thousands of numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.privacy import cells
from tasks.privacy.called import LENGTHS, called
from tasks.privacy.labels import REACH, Label
from tasks.privacy.page import JOINT, Page, digits_of
from tasks.privacy.placeholders import Finding
from tasks.privacy.tables import Place
from tasks.privacy.vocabulary import ACCOUNT, BUSINESS, PHONE, TRANSFERS

_NUMBER = re.compile(rf"\d(?:{JOINT}\d)*")
_PIECE = re.compile(r"\d(?:[-./_~()]{0,2}\d)*")
_LIST = re.compile(r"[\s,/&·|]*(?:및|와|과|또는|그리고|,)?\s*")
_JUST_BEFORE = re.compile(
    rf"(?P<number>\d(?:{JOINT}\d)+)[\"'`]?\s?(?:은|는|이|가|로|으로|의|을|를)?[(\[<]?\s?(?P<between>(?:[가-힣A-Za-z]{{1,5}}[.,]?\s?){{0,3}})[(\[<]?\s?$"
)
_WITH_AREA = 9
"""Digits of a phone number that is known by a name behind it: 2024-1234 연락처 is anything."""
_COPULA = re.compile(r"(?:이|인)?(?:예요|에요|입니다|데|야|거든|임)")
_OWNER = re.compile(
    r"(?:은행|뱅크)?[)\]]?(?: ?[김이박최정강조윤장임한오서신권황안송류전홍유고문양손배백허남심노하곽성차주우구민진][가-힣]{2})?[)\].]?[ \r]*$",
    re.MULTILINE,
)
"""3333123456789 카뱅 김민수, at the end of a line."""
_IN_IT = re.compile(r"\s?(?:에서|에|으로|로|의)(?=\s)")
"""계좌에 1500000000: what is in an account is an amount."""


def find(page: Page) -> Iterator[Finding]:
    named = page.labels.all
    for at, label in enumerate(named):
        if label.kind not in LENGTHS:
            continue
        after = named[at + 1] if at + 1 < len(named) else None
        yield from _following(page, label, after)
        yield from _preceding(page, label)
        yield from cells.find(page, label)
    if not named:
        yield from _alone(page)


def _following(page: Page, label: Label, after: Label | None) -> Iterator[Finding]:
    """The number after a name, and those listed with it, up to the next name or the end of the cell."""
    end = _cell_end(page, label)
    if after is not None:
        end = min(end, after.start)
    last = None
    for chunk in _NUMBER.finditer(page.text, label.end, end + REACH):
        if chunk.start() >= end or (last is None and chunk.start() >= label.end + REACH):
            return
        if last is not None and not _LIST.fullmatch(page.text, last, chunk.start()):
            return
        if len(digits_of(chunk[0])) < cells.LEAST:
            continue
        if last is None and not page.labels.reaches(label, chunk.start()):
            return
        loose = last is None and _IN_IT.match(page.text, label.end) is not None
        for start, stop_at in (chunk.span(), *(piece.span() for piece in _PIECE.finditer(page.text, *chunk.span()))):
            found = called(page, start, stop_at, label.kind, strong=label.strong and not loose)
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
    if found is None or (
        not label.strong
        and (
            found["between"]
            or (label.kind == ACCOUNT and "-" not in found["number"] and not _is_last_bank(page, label))
        )
    ):
        return
    if "." in found["between"] and not _COPULA.match(page.text, label.end):
        return
    start = label.start - len(line) + found.start("number")
    end = start + len(found["number"])
    name = page.labels.before(max(page.table.spans[place.line][0], start - REACH), start)
    local = label.kind == PHONE and len(digits_of(found["number"])) < _WITH_AREA
    if not local and page.starts_number(start) and (name is None or name.kind == label.kind):
        finding = called(page, start, end, label.kind, strong=label.strong)
        if finding is not None:
            yield finding


def _is_last_bank(page: Page, label: Label) -> bool:
    """Whether a name is that of a bank, and nothing but an owner's name is behind it."""
    return page.text[label.start : label.end] not in TRANSFERS and _OWNER.match(page.text, label.end) is not None


def _alone(page: Page) -> Iterator[Finding]:
    """Numbers on lines of their own in a text without names are what the record's other texts ask about."""
    kinds = [kind for kind in page.spoken if kind in LENGTHS]
    if len(kinds) != 1 or any(page.table.marks):
        return
    for line in range(len(page.table.spans)):
        for found in cells.cell_of(page, Place(line, 0), Label(0, 0, kinds[0], strong=True)):
            if len(found.value) >= LENGTHS[BUSINESS][0] - 1:
                yield found
